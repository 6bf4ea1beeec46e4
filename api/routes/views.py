"""The views over reporting. Whoever sees the whole city may ask for any district; a district's people for their own."""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from fastapi import APIRouter, Query, Response

from adapters.postgres.views.duty_board import DAILY, BoardCell, fetch_board
from adapters.postgres.views.lateness_by_level import LatenessRow, LateReport, fetch_late_reports, fetch_lateness
from adapters.postgres.views.missing_now import MissingRow, fetch_missing_now
from adapters.postgres.views.school_day import SchoolDayRow, fetch_school_days
from adapters.postgres.views.signature_latency import LatencyRow, fetch_latency_by_district, fetch_latency_by_person
from adapters.postgres.views.zero_coverage import CoverageRow, fetch_coverage
from api.identity import Asker, Asking
from api.position import Demanded
from api.routes.fields import Day, Form, Id
from api.routes.paging import Answers, AwareInstant, Cursor, Limit, key_after, page
from api.routes.span import require_span
from domain.reporting.standing import DayStatus

routes: Final = APIRouter(tags=["views"])
answers: Final = Answers()
DAYS: Final = "school_day"
FormKey: TypeAlias = tuple[date, str, str, str]
FIRST: Final[FormKey] = (date.min, "", "", "")


def scoped(asking: Asker, district: str | None) -> None:
    """Raises OutsideScope: the whole city for the bureau's people, one district for its own."""
    if district is None:
        asking.require_bureau()
    else:
        asking.require_district(district)


def _form_key(row: SchoolDayRow | LateReport) -> FormKey:
    return row.business_date, row.district, row.school, row.form


@routes.get("/api/v1/views/school_day", operation_id="school_day", **answers.page_of(SchoolDayRow))
async def school_day(
    *,
    asking: Asking,
    demanded: Demanded,
    first_day: Day,
    last_day: Day,
    district: Id | None = None,
    status: DayStatus | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """How each school stands on each day of a span, by day, district, school and form."""
    scoped(asking, district)
    position = await demanded.view(DAYS)
    key = FIRST if after is None else key_after(after, tuple[date, str, str, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_school_days(
            connection, first_day, last_day, district=district, status=status, after=key, limit=limit
        )
    return page(demanded, rows, position, limit=limit, key=_form_key)


@routes.get("/api/v1/views/duty_board", operation_id="duty_board", **answers.page_of(BoardCell))
async def duty_board(
    *,
    asking: Asking,
    demanded: Demanded,
    first_day: Day,
    last_day: Day,
    form: Form = DAILY,
    district: Id | None = None,
) -> Response:
    """The whole picture of one form in a span, school × day; at most 62 days, not paged."""
    scoped(asking, district)
    require_span(first_day, last_day)
    position = await demanded.view(DAYS)
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_board(connection, first_day, last_day, form=form, district=district)
    return page(demanded, rows, position)


@routes.get("/api/v1/views/missing_now", operation_id="missing_now", **answers.page_of(MissingRow))
async def missing_now(
    *,
    asking: Asking,
    demanded: Demanded,
    district: Id | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """What is missing now, with its reminders, longest missing first."""
    scoped(asking, district)
    position = await demanded.view(DAYS)
    key = None if after is None else key_after(after, tuple[AwareInstant, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_missing_now(connection, asking.at, district=district, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=lambda row: (row.due_1, row.report))


@routes.get("/api/v1/views/lateness_by_level", operation_id="lateness_by_level", **answers.page_of(LatenessRow))
async def lateness_by_level(
    *, asking: Asking, demanded: Demanded, first_day: Day, last_day: Day, district: Id | None = None
) -> Response:
    """Which level lost how much time, by district; at most 62 days."""
    scoped(asking, district)
    require_span(first_day, last_day)
    position = await demanded.view(DAYS)
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_lateness(connection, first_day, last_day, district=district)
    return page(demanded, rows, position)


@routes.get("/api/v1/views/late_reports", operation_id="late_reports", **answers.page_of(LateReport))
async def late_reports(
    *,
    asking: Asking,
    demanded: Demanded,
    first_day: Day,
    last_day: Day,
    district: Id | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """The reports that a level made late, by day, district, school and form."""
    scoped(asking, district)
    position = await demanded.view(DAYS)
    key = FIRST if after is None else key_after(after, tuple[date, str, str, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_late_reports(connection, first_day, last_day, district=district, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=_form_key)


@routes.get("/api/v1/views/zero_coverage", operation_id="zero_coverage", **answers.page_of(CoverageRow))
async def zero_coverage(
    *, asking: Asking, demanded: Demanded, first_day: Day, last_day: Day, district: Id | None = None
) -> Response:
    """What each day's zero stands on: how many were expected, how many reported, who did not; at most 62 days."""
    scoped(asking, district)
    require_span(first_day, last_day)
    position = await demanded.view(DAYS)
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_coverage(connection, first_day, last_day, district=district)
    return page(demanded, rows, position)


@routes.get("/api/v1/views/signature_latency", operation_id="signature_latency", **answers.page_of(LatencyRow))
async def signature_latency(
    *,
    asking: Asking,
    demanded: Demanded,
    first_day: Day,
    last_day: Day,
    by: Annotated[Literal["district", "person"], Query()] = "district",
    district: Id | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """How fast each level signed, by district or by person; at most 62 days."""
    scoped(asking, district)
    require_span(first_day, last_day)
    position = await demanded.view(DAYS)
    key = ("", 0) if after is None else key_after(after, tuple[str, int])
    async with demanded.wiring.pool.acquire() as connection:
        if by == "district":
            return page(
                demanded,
                await fetch_latency_by_district(connection, first_day, last_day, district=district),
                position,
            )
        rows = await fetch_latency_by_person(connection, first_day, last_day, district=district, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=lambda row: (row.by, row.level))
