"""Alive, ready, and what a monitor counts. Ready means: an append can commit; nothing else makes it 503."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Response

from adapters.postgres.projector import ViewState
from adapters.publisher.state import WitnessStanding
from api.identity import Wired
from api.problems import DATABASE_AWAY
from api.readiness import Readiness, readiness_of
from api.routes.fields import Body
from api.wiring import Wiring
from domain.ledger.replay import head_of

routes: Final = APIRouter(tags=["health"])


class Health(Body):
    """``reason`` says why not, in the words of an error code. ``degraded`` views refuse their reads; appends go on.

    ``projecting`` and ``publishing`` name the errors that interrupt them in this process: views that are behind refuse
    their reads, and checkpoints are late. ``not_signed``: what was appended is not what was signed before.
    ``witnesses`` are those that refuse to cosign. See ``/api/v1/log`` for both.
    """

    status: Literal["live", "ready", "not_ready"]
    reason: str | None = None
    degraded: list[str] | None = None
    projecting: str | None = None
    publishing: str | None = None
    not_signed: str | None = None
    witnesses: list[str] | None = None


async def view_states(wiring: Wiring) -> list[ViewState]:
    """How the views stand; nothing when the database cannot be asked."""
    try:
        return await wiring.projector.states()
    except DATABASE_AWAY:
        return []


async def witness_standings(wiring: Wiring) -> Sequence[WitnessStanding]:
    """How it stands with the witnesses, whichever process asks them."""
    return await asyncio.to_thread(wiring.publishing.publisher.state.standings)


@routes.get("/health/live", operation_id="live", response_model_exclude_none=True)
async def live() -> Health:
    """This process answers."""
    return Health(status="live")


@routes.get(
    "/health/ready",
    operation_id="ready",
    response_model_exclude_none=True,
    responses={503: {"model": Health, "description": "Appends cannot commit."}},
)
async def ready(response: Response, wiring: Wired, readiness: Annotated[Readiness, Depends(readiness_of)]) -> Health:
    """Appends can commit."""
    reason = await readiness.probe()
    why = wiring.publishing.why_refused
    health = Health(
        status="ready" if reason is None else "not_ready",
        reason=reason,
        projecting=wiring.projector.trouble,
        publishing=wiring.publishing.trouble,
        witnesses=[each.name for each in await witness_standings(wiring) if each.state == "refuses"] or None,
        not_signed=None if why is None else f"{why.code} at position {why.position}: {why.detail}",
    )
    if reason is None:
        degraded = [state.name for state in await view_states(wiring) if state.degraded]
        return health.model_copy(update={"degraded": degraded or None})
    response.status_code = 503
    return health


@routes.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(wiring: Wired) -> Response:
    """Counters in the text format of Prometheus. Without a database they are those of before."""
    for state in await view_states(wiring):
        wiring.metrics.view_position.labels(state.name).set(state.position)
        wiring.metrics.view_degraded.labels(state.name).set(state.degraded)
    wiring.metrics.projecting.set(wiring.projector.trouble is None)
    wiring.metrics.signing.set(wiring.publishing.why_refused is None)
    published = (await asyncio.to_thread(wiring.publishing.standing)).published
    wiring.metrics.published.set(0 if published is None else published.size)
    for witness in await witness_standings(wiring):
        wiring.metrics.witness_cosigns.labels(witness.name).set(witness.state == "cosigns")
        wiring.metrics.witness_refuses.labels(witness.name).set(witness.state == "refuses")
    with suppress(*DATABASE_AWAY):
        wiring.metrics.head.set(await head_of(wiring.ledger.log))
    return Response(wiring.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
