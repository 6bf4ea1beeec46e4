"""What may go, what was proposed and decided, and what is held. Holds are told to the discipline office alone."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from adapters.postgres.views.keys_due import fetch_keys_due
from api.identity import Asking, OutsideScope
from api.position import Demanded
from api.routes.fields import Key
from api.routes.paging import Answers, Cursor, Limit, key_after, page
from domain.erasure.erasure_state import ErasureState
from domain.erasure.events import ErasureProposed, Ground, SealedUnder
from domain.erasure.holds import Hold, Holds
from domain.erasure.offices import IDENTITY
from domain.erasure.retention import Period, Retention
from domain.ledger.command import Perspective
from domain.ledger.entry import Recorded
from domain.ledger.event import Event, EventClass
from domain.ledger.ports import EventLog
from domain.ledger.query import Query as LogQuery
from domain.ledger.query import QueryItem
from domain.ledger.time import business_date_of

routes: Final = APIRouter(tags=["erasure"])
answers: Final = Answers()


class Stage(StrEnum):
    """How far an erasure has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    DONE = "done"


class KeyDueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A key whose period is over, and since which day."""

    subject: str
    purpose: str
    term: int
    due_on: date


class ErasureRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One erasure: a person, or keys. ``position`` is that of the proposal."""

    erasure: str
    stage: Stage
    ground: Ground
    proposed_by: str
    proposed_at: datetime
    position: int
    person: str | None = None
    keys: tuple[SealedUnder, ...] | None = None


@routes.get("/api/v1/erasure/retention", operation_id="retention", **answers.page_of(Period))
async def retention(*, asking: Asking, demanded: Demanded) -> Response:
    """The retention periods in force, by purpose."""
    position = await demanded.head()
    periods = (await _retention(demanded.wiring.ledger.log)).periods
    return page(demanded, [periods[purpose] for purpose in sorted(periods)], position)


@routes.get("/api/v1/erasure/due", operation_id="keys_due", **answers.page_of(KeyDueRow))
async def keys_due(
    *, asking: Asking, demanded: Demanded, purpose: Key, after: Cursor = None, limit: Limit = 100
) -> Response:
    """The keys of a purpose that may go, the oldest first. Whoever is in office keeps a name and a number."""
    asking.require_bureau()
    position = await demanded.view("appointments")
    key = (0, "") if after is None else key_after(after, tuple[int, str])
    periods = await _retention(demanded.wiring.ledger.log)
    last = periods.due_terms(business_date_of(asking.at)).get(purpose)
    if last is None:
        return page(demanded, [], position)
    async with demanded.wiring.pool.acquire() as connection:
        due = await fetch_keys_due(
            connection, purpose, last, asking.at, kept_in_office=purpose in IDENTITY, after=key, limit=limit
        )
    rows = [
        KeyDueRow(
            subject=each.subject, purpose=purpose, term=each.term, due_on=periods.periods[purpose].due_on(each.term)
        )
        for each in due
    ]
    return page(
        demanded, rows, position, limit=limit, key=lambda row: (row.term, f"{row.subject}/{row.purpose}/{row.term}")
    )


@routes.get("/api/v1/erasure/erasures", operation_id="erasures", **answers.page_of(ErasureRow))
async def erasures(
    *, asking: Asking, demanded: Demanded, stage: Annotated[tuple[Stage, ...], Query(max_length=4)] = ()
) -> Response:
    """Every erasure, or those of some stages, in the order of their proposals."""
    asking.require_bureau()
    position = await demanded.head()
    rows = [row for row in await fetch_erasures(demanded.wiring.ledger.log) if not stage or row.stage in stage]
    return page(demanded, rows, position)


@routes.get("/api/v1/erasure/holds", operation_id="legal_holds", **answers.page_of(Hold))
async def legal_holds(*, asking: Asking, demanded: Demanded) -> Response:
    """The legal holds that hold now."""
    if EventClass.SEALED not in asking.reader.classes:
        raise OutsideScope
    position = await demanded.head()
    holds = Holds()
    for recorded in await _recorded(demanded.wiring.ledger.log, Holds):
        recorded.event.mutate(holds)
    rows = [hold for _, hold in sorted(holds.holds.items()) if asking.at < hold.ends_at]
    return page(demanded, rows, position)


async def fetch_erasures(log: EventLog) -> list[ErasureRow]:
    """All erasures, in the order of their proposals."""
    states: dict[str, ErasureState] = {}
    proposals: list[Recorded] = []
    for each in await _recorded(log, ErasureState):
        event: Event = each.event
        if isinstance(event, ErasureProposed):
            states[event.erasure] = ErasureState(event.erasure)
            proposals.append(each)
        event.mutate(states[str(event.as_dict()["erasure"])])
    return [
        ErasureRow(
            erasure=proposed.erasure,
            stage=_stage(states[proposed.erasure]),
            ground=proposed.ground,
            proposed_by=proposed.proposed_by,
            proposed_at=each.recorded_at,
            position=each.position,
            person=proposed.person,
            keys=proposed.keys,
        )
        for each in proposals
        if isinstance(proposed := each.event, ErasureProposed)
    ]


def _stage(state: ErasureState) -> Stage:
    if state.is_done:
        return Stage.DONE
    if state.is_approved:
        return Stage.APPROVED
    return Stage.DECLINED if state.is_declined else Stage.PROPOSED


async def _retention(log: EventLog) -> Retention:
    folded = Retention()
    for recorded in await _recorded(log, Retention):
        recorded.event.mutate(folded)
    return folded


async def _recorded(log: EventLog, perspective: type[Perspective]) -> Sequence[Recorded]:
    """Everything that a perspective folds, of whatever name: few events, found by their types."""
    types = frozenset(str(getattr(each, "type_name")) for each in perspective.projected_types)  # noqa: B009
    return (await log.read(LogQuery((QueryItem(types),)))).events
