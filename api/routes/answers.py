"""What every route answers, for the OpenAPI document: the shape of a problem and the codes that may come."""

from typing import Any, Final

from pydantic import BaseModel

from api.problems import MEDIA_TYPE


class ProblemBody(BaseModel):
    """An RFC 9457 problem. ``code`` is stable; ``title`` is a sentence in the reader's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    field: str | None = None
    rule: str | None = None
    details: dict[str, Any] | None = None


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


_ANY: Final[dict[int | str, dict[str, Any]]] = {
    400: _problem("Not JSON, or not to be parsed."),
    401: _problem("No token, or none that is valid."),
    403: _problem("Outside the asker's office."),
    404: _problem("Nothing by this name, or not for the asker."),
    405: _problem("Another method."),
    409: _problem("Refused, as things stand now."),
    413: _problem("The body is too large."),
    415: _problem("The body is not JSON."),
    422: _problem("Something in the request is not as it must be."),
    503: _problem("Not at the moment; nothing was stored unless the code says that the outcome is unknown."),
}
POSITION_TOLD: Final[dict[str, Any]] = {
    "Wenze-Position": {
        "description": "How far this answer knows the log; a later read may demand it by `Wenze-Position-AtLeast`.",
        "schema": {"type": "string"},
    }
}
RECEIPT_TOLD: Final[dict[str, Any]] = {
    "Link": {"description": "Where the receipts with their proofs are, by position.", "schema": {"type": "string"}}
}
COMMAND: Final[dict[str, Any]] = {"responses": {**_ANY, 200: {"headers": POSITION_TOLD | RECEIPT_TOLD}}}
READ: Final[dict[str, Any]] = {"responses": _ANY}
