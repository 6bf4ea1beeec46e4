"""Alive, ready, and what a monitor counts. Ready means: an append can commit; nothing else makes it 503."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Response

from api.identity import Wired
from api.readiness import Readiness, readiness_of
from api.routes.fields import Body

routes: Final = APIRouter(tags=["health"])


class Health(Body):
    """``reason`` says why not, in the words of an error code."""

    status: Literal["live", "ready", "not_ready"]
    reason: str | None = None


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
async def ready(response: Response, readiness: Annotated[Readiness, Depends(readiness_of)]) -> Health:
    """Appends can commit."""
    reason = await readiness.probe()
    if reason is None:
        return Health(status="ready")
    response.status_code = 503
    return Health(status="not_ready", reason=reason)


@routes.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(wiring: Wired) -> Response:
    """Counters in the text format of Prometheus."""
    return Response(wiring.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
