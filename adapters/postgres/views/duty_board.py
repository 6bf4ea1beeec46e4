"""The duty board: the whole city, school × day, as narrow as a cell needs. Answered from the school-days."""

from dataclasses import dataclass
from datetime import date

from adapters.postgres.view import Connection, read
from domain.reporting.events import Nature
from domain.reporting.standing import DayStatus

# Every cell of a span of days, by district, school and day; index school_day_by_date.
BOARD = """
SELECT school, district, business_date, status, nature, answered, corrected_before OR corrected_after, returned,
       withdrawn, signed_level, received_at IS NOT NULL
FROM views.school_day
WHERE generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR district = $3)
ORDER BY district, school, business_date
"""

# The first and the last day with duties; index school_day_by_date.
SPAN = """
SELECT min(business_date) AS first, max(business_date) AS last FROM views.school_day
WHERE generation = views.live('school_day')
"""


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One school-day on the board. ``filed``: a report was ever received; ``answered``: one stands now."""

    school: str
    district: str
    business_date: date
    status: DayStatus
    nature: Nature | None
    answered: bool
    corrected: bool
    returned: bool
    withdrawn: bool
    signed_level: int
    filed: bool


async def fetch_board(
    connection: Connection, first_day: date, last_day: date, *, district: str | None = None
) -> list[BoardCell]:
    """Every cell of a span (both ends included): 15,314 for 403 schools and 38 days. Not paged: it is one picture."""
    statuses = {each.value: each for each in DayStatus}
    natures: dict[str | None, Nature | None] = {None: None, **{each.value: each for each in Nature}}
    return [
        BoardCell(school, at, day, statuses[status], natures[nature], *rest)
        for school, at, day, status, nature, *rest in await read(connection, BOARD, first_day, last_day, district)
    ]


async def fetch_span(connection: Connection) -> tuple[date, date] | None:
    """The first and the last day for which any duty was opened."""
    first, last = (await read(connection, SPAN))[0]
    return None if first is None else (first, last)
