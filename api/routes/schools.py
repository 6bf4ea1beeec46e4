"""One school: its days, how often it stood how, one report, and its history as of any instant, folded from the log."""

from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from adapters.postgres.views.organisations import OrganisationRow, fetch_organisation
from adapters.postgres.views.school_day import SchoolDayRow, fetch_days_of_school, fetch_school_day
from adapters.postgres.views.school_state import SchoolStateRow, fetch_school_state
from api.identity import Asker, Asking
from api.position import Demand, Demanded
from api.routes.fields import Day, Id, ReportId
from api.routes.paging import Answers, Cursor, Limit, json_answer, key_after, page
from api.routes.views import DAYS
from domain.ledger.errors import NotFound, PositionBeyondHead
from domain.ledger.ports import EventLog
from domain.ledger.time import business_date_of, parse_instant
from domain.registry.events import SITE_KINDS
from domain.reporting.identifiers import parts_of
from domain.reporting.school_day import SchoolDay
from domain.reporting.school_history import Snapshot, Step, replay_school

routes: Final = APIRouter(tags=["schools"])
answers: Final = Answers()
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


class ReportDay(msgspec.Struct, frozen=True, kw_only=True):
    """How one report stands, with everything recorded about it: void signatures too."""

    row: SchoolDayRow
    day: SchoolDay
    position: int


class DayThen(msgspec.Struct, frozen=True):
    """One school-day as it stood, and everything recorded about it by then."""

    report: str
    stood: Snapshot
    day: SchoolDay


class SchoolState(msgspec.Struct, frozen=True, kw_only=True):
    """How often one school stood how in a span of days."""

    school: str
    row: SchoolStateRow
    position: int
    simulated: bool


class SchoolThen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A school as of a position. ``open`` and ``district`` are those of the last day that the position knows."""

    school: str
    position: int
    name: str
    kind: str
    open: bool
    days: list[DayThen]
    steps: list[Step]
    simulated: bool
    district: str | None = None
    heir: str | None = None


async def _require_school(asking: Asker, demanded: Demand, school: str) -> OrganisationRow:
    """Raises NotFound for what is no site, OutsideScope for other people's schools."""
    await demanded.view("organisations")
    async with demanded.wiring.pool.acquire() as connection:
        row = await fetch_organisation(connection, school)
    if row is None or row.kind not in SITE_KINDS:
        raise NotFound(school=school)
    asking.require_school(school, row.parent)
    return row


@routes.get("/api/v1/schools/{school}/days", operation_id="school_days", **answers.page_of(SchoolDayRow))
async def school_days(
    *,
    asking: Asking,
    demanded: Demanded,
    school: Id,
    first_day: Day = FIRST_DAY,
    last_day: Day = LAST_DAY,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """How one school stands on each day, oldest first, then by form."""
    await _require_school(asking, demanded, school)
    position = await demanded.view(DAYS)
    key = (date.min, "") if after is None else key_after(after, tuple[date, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_days_of_school(connection, school, first_day, last_day, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=lambda row: (row.business_date, row.form))


@routes.get("/api/v1/views/school_state", operation_id="school_state", **answers.one(SchoolState))
async def school_state(
    *, asking: Asking, demanded: Demanded, school: Id, first_day: Day = FIRST_DAY, last_day: Day = LAST_DAY
) -> Response:
    """How often one school stood how in a span of days, both ends included."""
    await _require_school(asking, demanded, school)
    position = await demanded.view(DAYS)
    async with demanded.wiring.pool.acquire() as connection:
        row = await fetch_school_state(connection, school, first_day, last_day)
    simulated = demanded.wiring.simulated
    return json_answer(demanded, SchoolState(school=school, row=row, position=position, simulated=simulated))


@routes.get("/api/v1/reports/{report}", operation_id="report", **answers.one(ReportDay))
async def report(*, asking: Asking, demanded: Demanded, report: ReportId) -> Response:
    """One duty with its revisions, signatures, returns and reminders."""
    position = await demanded.view(DAYS)
    async with demanded.wiring.pool.acquire() as connection:
        found = await fetch_school_day(connection, report)
    if found is None:
        raise NotFound(report=report)
    row, day = found
    if row.heir is None or not asking.reader.sees_school(row.heir, None):
        asking.require_school(parts_of(report)[2], row.district)
    return json_answer(demanded, ReportDay(row=row, day=day, position=position))


@routes.get("/api/v1/schools/{school}/state", operation_id="school_history", **answers.one(SchoolThen))
async def school_history(
    *,
    asking: Asking,
    demanded: Demanded,
    school: Id,
    as_of: Annotated[
        str | None, Query(max_length=40, description="A recorded instant (RFC 3339) or a position; absent: now.")
    ] = None,
    first_day: Day = FIRST_DAY,
    last_day: Day = LAST_DAY,
) -> Response:
    """The school as the ledger knew it then: folded from the events up to that position, from nothing else."""
    log = demanded.wiring.ledger.log
    position = await _position(log, await demanded.head(), as_of)
    history, steps = await replay_school(log, school, upto=position)
    site = history.organisation
    if not site.is_site:
        raise NotFound(school=school)
    last = (await log.read(after=position - 1, upto=position)).events[0]
    day = business_date_of(last.recorded_at)
    asking.require_school(school, site.parent_on(day))
    days = [
        DayThen(report, history.snapshot(report), each)
        for report, each in sorted(history.days.items())
        if first_day <= each.business_date <= last_day
    ]
    demanded.tell(position)
    return json_answer(
        demanded,
        SchoolThen(
            school=school,
            position=position,
            name=site.name or "",
            kind=str(site.kind),
            open=site.open_on(day),
            district=site.parent_on(day),
            heir=site.heir,
            days=days,
            steps=[step for step in steps if first_day <= step.business_date <= last_day],
            simulated=demanded.wiring.simulated,
        ),
    )


async def _position(log: EventLog, head: int, as_of: str | None) -> int:
    """Raises Invalid for what is neither; PositionBeyondHead; NotFound before the first event."""
    if as_of is None:
        position = head
    elif as_of.isascii() and as_of.isdigit():
        position = int(as_of)
        if position > head:
            raise PositionBeyondHead(head=head)
    else:
        instant: datetime = parse_instant(as_of, field="as_of")
        position = await log.read_recorded_until(instant)
    if position == 0:
        raise NotFound("nothing was recorded by then")
    return position
