"""The duty board: the whole city, school × day, as narrow as a cell needs. Answered from the school-days.

A board is of one form: what a school owes twice on a day would share one cell.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.postgres.view import Connection, read
from domain.reporting.events import Nature
from domain.reporting.forms.f1 import F1
from domain.reporting.standing import DayStatus

DAILY: Final = F1.form

# Every cell of a form in a span of days, by district, school and day; index school_day_by_date.
BOARD = """
SELECT school, district, business_date, status, nature, answered, corrected_before OR corrected_after, returned,
       withdrawn, signed_level
FROM views.school_day
WHERE generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND form = $3 AND ($4::text IS NULL OR district = $4)
ORDER BY district, school, business_date
"""

# The first and the last day with duties of a form; index school_day_by_date.
SPAN = """
SELECT min(business_date) AS first, max(business_date) AS last FROM views.school_day
WHERE generation = views.live('school_day') AND form = $1
"""

# The forms that duties were opened with, each found by one step along the reports, whose names begin with theirs ("/"
# comes right after "."); primary key.
FORMS = """
WITH RECURSIVE found AS (
    (SELECT form, report FROM views.school_day WHERE generation = views.live('school_day') ORDER BY report LIMIT 1)
    UNION ALL
    SELECT further.form, further.report FROM found CROSS JOIN LATERAL (
        SELECT form, report FROM views.school_day
        WHERE generation = views.live('school_day') AND report > split_part(found.report, '.', 1) || '/'
        ORDER BY report LIMIT 1) AS further
)
SELECT form FROM found
"""


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One school-day on the board. ``answered``: a report stands."""

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


async def fetch_board(
    connection: Connection, first_day: date, last_day: date, *, form: str = DAILY, district: str | None = None
) -> list[BoardCell]:
    """Every cell of a form in a span (both ends included): 15,314 for 403 schools and 38 days. Not paged: it is one
    picture, and a school has one cell for a day.
    """
    statuses = {each.value: each for each in DayStatus}
    natures: dict[str | None, Nature | None] = {None: None, **{each.value: each for each in Nature}}
    return [
        BoardCell(school, at, day, statuses[status], natures[nature], *rest)
        for school, at, day, status, nature, *rest in await read(connection, BOARD, first_day, last_day, form, district)
    ]


async def fetch_span(connection: Connection, form: str = DAILY) -> tuple[date, date] | None:
    """The first and the last day for which any duty of a form was opened."""
    first, last = (await read(connection, SPAN, form))[0]
    return None if first is None else (first, last)


async def fetch_forms(connection: Connection) -> list[str]:
    """The forms with which any duty was opened."""
    return [row["form"] for row in await read(connection, FORMS)]
