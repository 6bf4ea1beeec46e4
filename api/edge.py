"""The edge: what happens to every request before and after its route.

``received_at`` is taken here, before anything else is done: our own queue makes nobody late. The body is read here, up
to its limit, so that no route ever holds more. One canonical line and one count leave here for every request.
"""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.publisher.state import WhyRefused
from api.errors import TABLE
from api.logs import request_line
from api.metrics import Metrics
from api.problems import Answer, language_of, problem

QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_HARDENING: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Edge:
    """Outermost layer of the app. ``now`` is the corrected clock; it is None until the app has started.

    ``simulated``: the log's time is not real, and every answer says so. So it does when signing is ``refused``.
    ``unforeseen`` answers what nobody foresaw.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        body_limit: int,
        now: Callable[[], datetime | None],
        simulated: Callable[[], bool],
        refused: Callable[[], WhyRefused | None],
        metrics: Metrics,
        unforeseen: Answer,
    ) -> None:
        self.app = app
        self.body_limit = body_limit
        self.now = now
        self.simulated = simulated
        self.refused = refused
        self.metrics = metrics
        self.unforeseen = unforeseen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        state = scope.setdefault("state", {})
        state["received_at"] = self.now()
        state["request_id"] = str(uuid4())
        status = 0
        failure: BaseException | None = None

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HARDENING.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = state["request_id"]
                if self.simulated():
                    headers["Wenze-Simulated"] = "true"
                if (why := self.refused()) is not None:
                    headers["Wenze-Log"] = f"not signed; code={why.code}; position={why.position}"
            await send(message)

        try:
            refused = await self._read(scope, receive)
            if isinstance(refused, str):
                state["problem"] = refused
                language = language_of(Headers(scope=scope).get("accept-language", ""))
                await problem(refused, TABLE[refused], language)(scope, receive, answer)
            else:
                await self.app(scope, _replay(refused, receive), answer)
        except Exception as error:
            # Starlette answers what nobody foresaw and raises it again. It goes no further: the server would write down
            # what the error says, and cuts off an answer that has begun and is not whole all the same.
            failure = error
            state.setdefault("problem", "internal")
            if not status:
                response = await self.unforeseen(Request(scope), error)
                await response(scope, receive, answer)
        finally:
            self._leave(scope, status, perf_counter() - began, failure)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | str:
        """The body, or the code of the problem with it; a declared length is believed when it is too large."""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > self.body_limit):
            return "body_too_large"
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            body += message.get("body", b"")
            if len(body) > self.body_limit:
                return "body_too_large"
            more = message.get("more_body", False)
        if body and scope["path"].startswith("/api/") and not _is_json(headers.get("content-type", "")):
            return "not_json"
        return bytes(body)

    def _leave(self, scope: Scope, status: int, seconds: float, failure: BaseException | None) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        state = scope["state"]
        code = state.get("problem", "")
        self.metrics.requests.labels(route, str(status), code).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        if route in QUIET and status < 400:
            return
        fields: dict[str, object] = {
            "request_id": state["request_id"],
            "method": scope["method"],
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
        }
        for name in ("problem", "command", "position", "duplicate"):
            if name in state:
                fields[name] = state[name]
        request_line(fields, failure)


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body that was read, and after it whatever the server says, such as a disconnect."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
