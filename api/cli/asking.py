"""Asking the API from a terminal, as the person whose token is at hand."""

from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import uuid4

from api.settings import Holder, user_language
from domain.ledger.errors import Invalid, WenzeError

if TYPE_CHECKING:
    import httpx

WAIT_S: Final = 30


class ServerDeclined(WenzeError):
    """The server declined, and says why."""

    code: ClassVar[str] = "server_declined"


class ServerAway(WenzeError):
    """Nothing answers there, or not as this service does."""

    code: ClassVar[str] = "server_away"


def client_of(holder: Holder, **office: str | None) -> "httpx.Client":
    """Asks the holder's server under the holder's token; ``office`` names appointment and delegation.

    Raises Invalid without a token.
    """
    import httpx

    if holder.token is None:
        raise Invalid("WENZE_TOKEN", "needed: the token from `wenze token`")
    headers = {"Authorization": f"Bearer {holder.token.get_secret_value()}", "Accept-Language": user_language()}
    headers |= {f"Wenze-{name.capitalize()}": value for name, value in office.items() if value is not None}
    return httpx.Client(base_url=holder.server, headers=headers, timeout=WAIT_S)


def got(server: "httpx.Client", path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
    """What the API answers to a question. Raises ServerAway, ServerDeclined."""
    return _answer(server, server.build_request("GET", path, params=query))


def sent(server: "httpx.Client", path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the API answers to a request, under a fresh key. Raises ServerAway, ServerDeclined."""
    return _answer(server, server.build_request("POST", path, json=body, headers={"Idempotency-Key": str(uuid4())}))


def _answer(server: "httpx.Client", request: "httpx.Request") -> dict[str, Any]:
    import httpx

    try:
        response = server.send(request)
        told: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ServerAway(server=str(server.base_url)) from error
    if response.is_error:
        raise ServerDeclined(told["title"], code=told["code"])
    return told
