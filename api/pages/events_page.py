"""The events page: the envelopes of public events, filtered by type, tag and position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import Request, Response

from adapters.postgres.views.article_figures import FACTS_OF, TYPES_OF
from adapters.postgres.views.figure_events import fetch_figure_positions
from api.pages.answering import instant_parameter, page_router, pages_of, position_parameter, reading
from api.pages.article import Claim
from api.pages.figures import CLAIM_OF
from api.pages.public import OfficeOnly, Public, public_of
from api.pages.words import EVENTS
from api.wiring import wiring_of
from domain.ledger.entry import Recorded
from domain.ledger.errors import Invalid
from domain.ledger.ports import EventLog
from domain.ledger.query import EVERYTHING, Query, QueryItem
from domain.ledger.tags import normal_tags

PAGE: Final = 50
BATCH: Final = 200
MOST_BATCHES: Final = 25
router = page_router()


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event's envelope."""

    position: int
    recorded_at: datetime
    type: str
    tags: tuple[str, ...]
    person: str | None


@router.get("/events")
async def events_page(request: Request) -> Response:
    """``type`` and ``tag`` may be repeated: any of the types, all of the tags. ``from`` and ``upto`` are positions.

    ``figure`` is a row of the article: the events that it is rebuilt from, as of ``upto`` and ``as_of``, and no other.
    """
    tags = normal_tags(tag for tag in request.query_params.getlist("tag") if tag)
    chosen = tuple(dict.fromkeys(name for name in request.query_params.getlist("type") if name))
    first, upto = position_parameter(request, "from"), position_parameter(request, "upto")
    public = public_of(request)
    shown = public.types(tags)
    if not set(chosen) <= public.types():
        raise Invalid("type", "must be a public event type")
    figure, instant = _figure(request), instant_parameter(request, "as_of")
    if figure is not None and not public.shows_figure(figure.row):
        raise OfficeOnly
    async with reading(request) as (connection, head):
        positions = None
        if figure is not None:
            positions = await fetch_figure_positions(
                connection, figure.row, instant=instant, position=upto, after=(first or 1) - 1, limit=PAGE + 1
            )
    log = wiring_of(request).ledger.log
    types = shown & set(chosen) if chosen else shown
    if positions is None:
        lines, following = await _lines(log, public, types, tags, first or 1, upto or head.position)
    else:
        lines, following = await _lines_at(log, public, positions, figure.row if figure else 0)
    return pages_of(request).answer(
        request,
        "events.html",
        head=head,
        rows=lines,
        types=sorted(public.types(), key=list(EVENTS).index),
        chosen_types=chosen,
        tags=tags,
        figure=figure,
        first=first,
        upto=upto,
        following=following,
        newest=max(head.position - PAGE + 1, 1),
    )


async def _lines(
    log: EventLog, public: Public, types: frozenset[str], tags: tuple[str, ...], first: int, upto: int
) -> tuple[list[EventLine], int | None]:
    """One page of lines from a position on, and where the next page begins.

    Types are asked of the log only when few were chosen; otherwise batches are read along the positions and sifted
    here, so that a page of everything costs what it shows. After ``MOST_BATCHES`` the page ends early.
    """
    narrow = bool(tags) or len(types) < len(public.types()) // 2
    query = Query((QueryItem(types, frozenset(tags)),)) if narrow else EVERYTHING
    lines: list[EventLine] = []
    after = first - 1
    for _ in range(MOST_BATCHES):
        reading_now = await log.read(query, after=after, upto=upto, limit=BATCH, classes=public.classes)
        for recorded in reading_now.events:
            if recorded.event.type_name in types:
                if len(lines) == PAGE:
                    return lines, recorded.position
                lines.append(_line(public, recorded))
        if len(reading_now.events) < BATCH:
            return lines, None
        after = reading_now.events[-1].position
    return lines, after + 1


def _figure(request: Request) -> Claim | None:
    """The row of the article that is asked for. Raises Invalid when there is no such row."""
    text = request.query_params.get("figure")
    if not text:
        return None
    claim = CLAIM_OF.get(int(text)) if text.isascii() and text.isdigit() and len(text) <= 2 else None
    if claim is None:
        raise Invalid("figure", "must be a row of the article")
    return claim


async def _lines_at(
    log: EventLog, public: Public, positions: Sequence[int], row: int
) -> tuple[list[EventLine], int | None]:
    """The lines of some positions; the last of them only says that there is another page."""
    shown, following = positions[:PAGE], positions[PAGE] if len(positions) > PAGE else None
    if not shown:
        return [], None
    types = frozenset(name for fact in FACTS_OF.get(row, ()) for name in TYPES_OF[fact])
    query = Query((QueryItem(types & public.types(), frozenset()),))
    found = await log.read(query, after=shown[0] - 1, upto=shown[-1], classes=public.classes)
    wanted = set(shown)
    return [_line(public, recorded) for recorded in found.events if recorded.position in wanted], following


def _line(public: Public, recorded: Recorded) -> EventLine:
    return EventLine(
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        type=recorded.event.type_name,
        tags=public.tags_of(recorded),
        person=public.person_of(recorded),
    )
