"""Receipts: what was stored at a position, and the proof that it is in the published log.

A receipt is for whoever may read the event. ``recorded``: stored, and in no published checkpoint yet; ``published``:
proved by a checkpoint that has no quorum of witnesses; ``witnessed``: proved by one that has. The proof is a
``.tlog-proof`` (C2SP): with it and the entry anybody can show that it was filed, whatever we say later.
"""

import asyncio
import re
from datetime import datetime
from time import monotonic
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Request, Response
from fastapi import Path as InPath

from adapters.publisher.errors import NotYetPublished
from adapters.publisher.published import Published
from adapters.publisher.rows import PostgresRows
from api.identity import Asking, Wired
from api.routes.answers import READ
from api.routes.events import readable
from api.routes.fields import Body
from api.wiring import Wiring
from domain.evidence.tlog_proof import TlogProof
from domain.ledger.entry import Recorded
from domain.ledger.errors import NotFound
from domain.ledger.query import EVERYTHING

routes: Final = APIRouter(tags=["receipts"])
LONGEST_WAIT_S: Final = 10
LOOK_S: Final = 0.05
RETRY_AFTER: Final = {"Retry-After": "1"}
_WAIT: Final = re.compile(r'(?:^|,)[ \t]*wait[ \t]*=[ \t]*"?([0-9]{1,9})"?[ \t]*(?=[;,]|$)', re.IGNORECASE)

Position = Annotated[int, InPath(ge=1, le=2**53)]
Prefer = Annotated[
    str | None,
    Header(max_length=200, description="`wait=2`: wait so many seconds, at most 10, until it is published."),
]


class ReceiptAnswer(Body):
    """``leaf`` is the leaf hash (64 hex digits), ``size`` the tree size of the checkpoint in ``proof``."""

    position: int
    leaf: str
    recorded_at: datetime
    received_at: datetime
    state: Literal["recorded", "published", "witnessed"]
    size: int | None = None
    proof: str | None = None


def _answers(media_type: str, description: str) -> dict[str, Any]:
    text = {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}
    return {"response_class": Response, "responses": {**READ["responses"], 200: text}}


@routes.get(
    "/api/v1/receipts/{position}",
    operation_id="receipt",
    response_model=ReceiptAnswer,
    response_model_exclude_none=True,
    responses={
        **READ["responses"],
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The receipt, or its proof."},
    },
)
async def receipt(
    position: Position,
    request: Request,
    response: Response,
    wiring: Wired,
    asking: Asking,
    prefer: Prefer = None,
) -> ReceiptAnswer | Response:
    """What was stored at a position. With ``Accept: text/plain`` the proof alone, as ``…/tlog-proof`` gives it."""
    if _wants_text(request.headers.get("accept", "")):
        return await tlog_proof(position, wiring, asking, prefer)
    recorded, leaf = await _stored(wiring, asking, position)
    published = await _published(wiring, position, response, prefer)
    told = ReceiptAnswer(
        position=position,
        leaf=leaf.hex(),
        recorded_at=recorded.recorded_at,
        received_at=recorded.received_at,
        state="recorded",
    )
    response.headers["Vary"] = "Accept"
    if published is None:
        response.headers.update(RETRY_AFTER)
        return told
    proof = await _proof(wiring, published, position, leaf)
    return told.model_copy(
        update={
            "state": "witnessed" if published.witnessed else "published",
            "size": published.checkpoint.size,
            "proof": proof.encoded().decode(),
        }
    )


@routes.get(
    "/api/v1/receipts/{position}/tlog-proof",
    operation_id="receipt_proof",
    **_answers("text/plain", "The `.tlog-proof` file."),
)
async def tlog_proof(position: Position, wiring: Wired, asking: Asking, prefer: Prefer = None) -> Response:
    """The proof of one entry, a file to keep. Before it is published: ``not_yet_published``, with Retry-After."""
    _, leaf = await _stored(wiring, asking, position)
    response = Response(media_type="text/plain")
    published = await _published(wiring, position, response, prefer)
    if published is None:
        raise NotYetPublished(position=position)
    proof = await _proof(wiring, published, position, leaf)
    response.body = proof.encoded()
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Content-Disposition"] = f'attachment; filename="{position}.tlog-proof"'
    response.headers["Wenze-Witnessed"] = "true" if published.witnessed else "false"
    response.headers["Vary"] = "Accept"
    return response


async def _stored(wiring: Wiring, asking: Asking, position: int) -> tuple[Recorded, bytes]:
    """The event, if the asker may read it, and its leaf hash. Raises NotFound."""
    log = wiring.ledger.log
    async for recorded in readable(log, asking.reader, EVERYTHING, after=position - 1, upto=position):
        ((_, leaf),) = await PostgresRows(wiring.pool).leaves(position - 1, 1)
        return recorded, leaf
    raise NotFound("position")


async def _published(wiring: Wiring, position: int, response: Response, prefer: str | None) -> Published | None:
    """The checkpoint that proves a position, waited for if that is preferred."""
    wait_s = wait_of(prefer)
    if wait_s:
        response.headers["Preference-Applied"] = f"wait={wait_s}"
    until = monotonic() + wait_s
    while True:
        published = await asyncio.to_thread(wiring.published.holding, position)
        # While signing is refused nothing comes, however long one waits.
        if published is not None or monotonic() >= until or wiring.publishing.why_refused is not None:
            return published
        await asyncio.sleep(LOOK_S)


async def _proof(wiring: Wiring, published: Published, position: int, leaf: bytes) -> TlogProof:
    return await asyncio.to_thread(wiring.published.proof, published, position, leaf)


def wait_of(prefer: str | None) -> int:
    """The whole seconds that a ``Prefer`` header asks to wait (RFC 7240), at most 10; 0 without a wish."""
    wished = _WAIT.search(prefer or "")
    return min(int(wished[1]), LONGEST_WAIT_S) if wished else 0


def _wants_text(accept: str) -> bool:
    """Whether plain text is asked for by name, and JSON is not."""
    named = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return "text/plain" in named and "application/json" not in named
