"""The HTTP of a witness, as C2SP tlog-witness has it: ``POST /add-checkpoint``, ``GET /<origin hash>/checkpoint``.

An app of its own, with nothing of the ledger's behind it. What is refused is told in one line of plain text, in
English, for the program and the log file at the other end.
"""

import asyncio
import re
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.witness.errors import OtherSize, UnknownLog, WitnessStateWrong
from adapters.witness.state import WitnessState
from adapters.witness.witness import Witness
from domain.evidence.errors import MalformedError, ProofError, SignatureError

LONGEST: Final = 64 * 1024
"""Bytes of a request: 63 hashes are 2,835, and a checkpoint may bring 100 signatures."""
PATIENCE_S: Final = 10.0
SIZE: Final = "text/x.tlog.size"
_HASH: Final = re.compile("[0-9a-f]{64}")

_log = structlog.get_logger(__name__)


def create_witness_app(witness: Witness, state: WitnessState) -> Starlette:
    """The app of one witness."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(PATIENCE_S):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return _refused(408, "the request did not come to its end")
        if body is None:
            return _refused(413, f"a request has at most {LONGEST} bytes")
        try:
            line = await asyncio.to_thread(witness.add_checkpoint, body)
        except OtherSize as error:
            # Not as a media type: a charset would be added to it, and the specification has none.
            return Response(f"{error.size}\n", 409, {"Content-Type": SIZE})
        except UnknownLog:
            return _refused(404, "no log of this origin is watched here")
        except MalformedError as error:
            return _refused(400, str(error))
        except SignatureError as error:
            return _refused(403, str(error))
        except ProofError as error:
            return _refused(422, str(error))
        except (WitnessStateWrong, OSError) as error:
            # Nothing was answered, and what was cosigned last is on the disk or is not: both are right.
            _log.error("not_cosigned", error=type(error).__name__, detail=str(error))
            return _refused(503, "the witness cannot keep what it cosigns")
        return PlainTextResponse(line.line())

    async def checkpoint(request: Request) -> Response:
        hashed = request.path_params["origin_hash"]
        data = await asyncio.to_thread(state.cosigned_bytes, hashed) if _HASH.fullmatch(hashed) else None
        return _refused(404, "nothing cosigned") if data is None else PlainTextResponse(data)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is too long: no more of it is read then."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            return None
    return bytes(body)


def _refused(status: int, why: str) -> Response:
    return PlainTextResponse(f"{why}\n", status)
