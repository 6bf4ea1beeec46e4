"""The log itself, as a stream of lines, and what a school was as of an instant."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from api.identity import Asking
from api.position import Demanded
from api.routes.answers import POSITION_TOLD, READ
from api.routes.fields import Instant
from domain.catalogue import CATALOGUE
from domain.ledger.entry import Recorded
from domain.ledger.errors import Invalid
from domain.ledger.event import EventClass
from domain.ledger.ports import EventLog
from domain.ledger.query import EVERYTHING, QueryItem
from domain.ledger.query import Query as LogQuery
from domain.registry.reading import Reader

routes: Final = APIRouter(tags=["events"])
MEDIA_TYPE: Final = "application/x-ndjson"
PAGE: Final = 500
TagText = Annotated[str, StringConstraints(pattern=r"^[a-z]+:[A-Za-z0-9._-]{1,64}$")]
TypeText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,64}$")]
Position = Annotated[int, Query(ge=0, le=2**53)]


class EventLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"event_class": "class"}):
    """One event as it is read: its position, its envelope, its payload."""

    position: int
    id: str
    type: str
    version: int
    event_class: str
    tags: tuple[str, ...]
    received_at: datetime
    recorded_at: datetime
    actor: dict[str, str]
    command: str
    payload: dict[str, Any]
    occurred_at: datetime | None = None
    business_date: str | None = None
    causation: str | None = None
    correlation: str | None = None
    rules: str | None = None


def event_line(recorded: Recorded) -> EventLine:
    """An event for whoever may read it."""
    event = recorded.event
    return EventLine(
        position=recorded.position,
        id=recorded.id,
        type=event.type_name,
        version=event.version,
        event_class=event.event_class.value,
        tags=recorded.tags,
        received_at=recorded.received_at,
        recorded_at=recorded.recorded_at,
        actor=msgspec.to_builtins(recorded.actor),
        command=recorded.command,
        payload=msgspec.to_builtins(event),
        occurred_at=recorded.occurred_at,
        business_date=None if recorded.business_date is None else recorded.business_date.isoformat(),
        causation=recorded.causation,
        correlation=recorded.correlation,
        rules=recorded.rules,
    )


async def readable(
    log: EventLog,
    reader: Reader,
    query: LogQuery,
    *,
    after: int,
    upto: int,
    limit: int | None = None,
    only: EventClass | None = None,
) -> AsyncIterator[Recorded]:
    """The events of a span that the reader may see, in order, page by page; no snapshot outlives a page.

    ``only`` one class of them; ``limit`` (None: all) counts what is given, never what is passed over.
    """
    classes = frozenset(one.value for one in reader.classes if only in (None, one))
    if not classes:
        return
    given = 0
    while after < upto and given != limit:
        reading = await log.read(query, after=after, upto=upto, limit=PAGE, classes=classes)
        for recorded in reading.events:
            if reader.may_read(recorded.event.event_class, recorded.tags):
                yield recorded
                given += 1
                if given == limit:
                    return
        if len(reading.events) < PAGE:
            return
        after = reading.events[-1].position


async def span(
    log: EventLog,
    *,
    head: int,
    after: int,
    upto: int | None,
    recorded_from: datetime | None,
    recorded_to: datetime | None,
) -> tuple[int, int]:
    """(after, up to) in positions; ``recorded_to`` is the first instant outside."""
    last = head if upto is None else min(upto, head)
    if recorded_from is not None:
        after = max(after, await _before(log, recorded_from))
    if recorded_to is not None:
        last = min(last, await _before(log, recorded_to))
    return after, last


async def _before(log: EventLog, instant: datetime) -> int:
    """The last position recorded before an instant; instants have microseconds and nothing between."""
    return await log.read_recorded_until(instant - datetime.resolution)


@routes.get(
    "/api/v1/events",
    operation_id="events",
    response_class=StreamingResponse,
    responses={
        **READ["responses"],
        200: {
            "description": "One event a line.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            "headers": POSITION_TOLD,
        },
    },
)
async def events(
    *,
    asking: Asking,
    demanded: Demanded,
    response: Response,
    tag: Annotated[tuple[TagText, ...], Query(max_length=16, description="All of these tags.")] = (),
    type: Annotated[tuple[TypeText, ...], Query(max_length=60, description="Any of these types.")] = (),
    event_class: Annotated[EventClass | None, Query(alias="class")] = None,
    after: Position = 0,
    upto: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    recorded_from: Instant | None = None,
    recorded_to: Instant | None = None,
    limit: Annotated[int | None, Query(ge=1, le=2**53, description="At most so many; absent: all.")] = None,
) -> StreamingResponse:
    """Events that the asker may see, one JSON object a line, in position order.

    ``after`` is the last position already known; ``recorded_from`` is inside the span, ``recorded_to`` is not.
    """
    if set(type) - CATALOGUE.types.keys():
        raise Invalid("type", "no such event type")
    log = demanded.wiring.ledger.log
    head = await demanded.head()
    first, last = await span(
        log, head=head, after=after, upto=upto, recorded_from=recorded_from, recorded_to=recorded_to
    )
    query = LogQuery((QueryItem(frozenset(type), frozenset(tag)),)) if type or tag else EVERYTHING

    async def lines() -> AsyncIterator[bytes]:
        encode = msgspec.json.Encoder().encode
        async for recorded in readable(
            log, asking.reader, query, after=first, upto=last, limit=limit, only=event_class
        ):
            yield encode(event_line(recorded)) + b"\n"

    return StreamingResponse(lines(), media_type=MEDIA_TYPE, headers=dict(response.headers))
