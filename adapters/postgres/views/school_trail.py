"""One school's trail: its school-days with everything recorded about them. Answered from the school-days."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg
import msgspec

from adapters.postgres.view import Connection, read
from domain.reporting.school_day import SchoolDay
from domain.reporting.standing import DayStatus

# The school-days of one school and form up to a day with their folds, newest first; index school_day_by_school.
TRAIL = """
SELECT status, state FROM views.school_day
WHERE generation = views.live('school_day') AND school = $1 AND form = $2 AND business_date <= $3
ORDER BY business_date DESC LIMIT $4
"""

# The same of the duties that it answers for others, which closed or merged; partial index school_day_by_heir.
INHERITED = """
SELECT status, state FROM views.school_day
WHERE generation = views.live('school_day') AND heir = $1 AND form = $2 AND business_date <= $3
ORDER BY business_date DESC, school LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class TrailDay:
    """A school-day with its status and its fold."""

    status: DayStatus
    day: SchoolDay


_SCHOOL_DAY: Final = msgspec.json.Decoder(SchoolDay)


async def fetch_trail(connection: Connection, school: str, *, form: str, until: date, limit: int) -> list[TrailDay]:
    """The newest days first, up to ``until``, at most ``limit``."""
    return [_trail_day(row) for row in await read(connection, TRAIL, school, form, until, limit)]


async def fetch_inherited(connection: Connection, heir: str, *, form: str, until: date, limit: int) -> list[TrailDay]:
    """What a school answers for others; the newest days first, up to ``until``, at most ``limit``."""
    return [_trail_day(row) for row in await read(connection, INHERITED, heir, form, until, limit)]


def _trail_day(row: asyncpg.Record) -> TrailDay:
    return TrailDay(DayStatus(row["status"]), _SCHOOL_DAY.decode(row["state"]))
