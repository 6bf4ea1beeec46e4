"""One school's trail: all its school-days with everything recorded about them. Answered from the school-days."""

from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.postgres.view import Connection, read
from domain.reporting.school_day import SchoolDay
from domain.reporting.standing import DayStatus

MOST_DAYS: Final = 400
"""A year and a little: what one page shows."""

# The newest school-days of one school with their folds; index school_day_by_school.
TRAIL = """
SELECT status, state FROM views.school_day
WHERE generation = views.live('school_day') AND school = $1
ORDER BY business_date DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class TrailDay:
    """A school-day with its status and its fold."""

    status: DayStatus
    day: SchoolDay


_SCHOOL_DAY: Final = msgspec.json.Decoder(SchoolDay)


async def fetch_trail(connection: Connection, school: str, *, limit: int = MOST_DAYS) -> list[TrailDay]:
    """The newest days first."""
    rows = await read(connection, TRAIL, school, limit)
    return [TrailDay(DayStatus(row["status"]), _SCHOOL_DAY.decode(row["state"])) for row in rows]
