"""School-day status: how each school stands on each day. Rows and queries; the fold is ``school_day_fold.py``."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from adapters.postgres.view import Connection, read
from domain.reporting.corrections import Correction
from domain.reporting.events import Nature
from domain.reporting.school_day import SchoolDay
from domain.reporting.standing import DayStatus

COLUMNS: Final = """
report, form, school, district, bureau, heir, business_date, rules, status, answered, corrected_before,
corrected_after, corrections, returned, withdrawn, nature, revision, digest, signed_level, voided_signatures, due_1,
due_2, due_3, closes_at, received_at, recorded_at, counted_at, missed_1, missed_2, missed_3, missed_rollup, excused_1,
excused_2, excused_3, excused_rollup, reminders_sent, reminders_served, position
"""

# The school-days of a span of days, in order of (day, district, school, form), page by page; index school_day_by_date,
# and the few forms of one school and day are sorted behind it.
DAYS = (
    "SELECT "
    + COLUMNS
    + """
FROM views.school_day
WHERE generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND (business_date, district, school, form) > ($3, $4, $5, $6)
  AND ($7::text IS NULL OR district = $7) AND ($8::text IS NULL OR status = $8)
ORDER BY business_date, district, school, form LIMIT $9
"""
)

# The school-days of one school in a span of days, oldest first, then by form, page by page; index school_day_by_school.
DAYS_OF_SCHOOL = (
    "SELECT "
    + COLUMNS
    + """
FROM views.school_day
WHERE generation = views.live('school_day') AND school = $1 AND business_date BETWEEN $2 AND $3
  AND (business_date, form) > ($4, $5)
ORDER BY business_date, form LIMIT $6
"""
)

# One school-day with its fold; primary key.
DAY = (
    "SELECT "
    + COLUMNS
    + ", state"
    + """
FROM views.school_day WHERE generation = views.live('school_day') AND report = $1
"""
)

_CORRECTIONS: Final = msgspec.json.Decoder(tuple[Correction, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDayRow:
    """How one school stands on one day.

    ``received_at`` and ``recorded_at`` are those of the submission that what stands began with, ``counted_at`` the one
    of them that decides.
    ``nature``, ``revision`` and ``digest`` are those of the current revision. ``missed_n`` and ``excused_n``: the clock
    recorded the absence of level n; the level above, or an outage, excused it. ``…_2`` is level 2's decision on the
    report, ``…_rollup`` its signature over a roll-up that covers it.
    """

    report: str
    form: str
    school: str
    district: str
    bureau: str
    heir: str | None
    business_date: date
    rules: str
    status: DayStatus
    answered: bool
    corrected_before: bool
    corrected_after: bool
    corrections: tuple[Correction, ...]
    returned: bool
    withdrawn: bool
    nature: Nature | None
    revision: int | None
    digest: str | None
    signed_level: int
    voided_signatures: int
    due_1: datetime
    due_2: datetime
    due_3: datetime
    closes_at: datetime
    received_at: datetime | None
    recorded_at: datetime | None
    counted_at: datetime | None
    missed_1: bool
    missed_2: bool
    missed_3: bool
    missed_rollup: bool
    excused_1: bool
    excused_2: bool
    excused_3: bool
    excused_rollup: bool
    reminders_sent: int
    reminders_served: int
    position: int

    @property
    def corrected(self) -> bool:
        """Whether any revision superseded an earlier one."""
        return bool(self.corrections)

    @property
    def service_delay(self) -> timedelta | None:
        """How long our own queue took with that submission."""
        if self.received_at is None or self.recorded_at is None:
            return None
        return max(self.recorded_at - self.received_at, timedelta())


async def fetch_school_days(
    connection: Connection,
    first_day: date,
    last_day: date,
    *,
    district: str | None = None,
    status: DayStatus | None = None,
    after: tuple[date, str, str, str] = (date.min, "", "", ""),
    limit: int = 500,
) -> list[SchoolDayRow]:
    """The school-days of a span (both ends included), after a key (day, district, school, form), at most
    ``limit``.
    """
    rows = await read(connection, DAYS, first_day, last_day, *after, district, status, limit)
    return [_row(dict(row)) for row in rows]


async def fetch_days_of_school(
    connection: Connection,
    school: str,
    first_day: date = date.min,
    last_day: date = date.max,
    *,
    after: tuple[date, str] = (date.min, ""),
    limit: int = 500,
) -> list[SchoolDayRow]:
    """The school-days of one school, oldest first, after a key (day, form), at most ``limit``."""
    return [
        _row(dict(row)) for row in await read(connection, DAYS_OF_SCHOOL, school, first_day, last_day, *after, limit)
    ]


async def fetch_school_day(connection: Connection, report: str) -> tuple[SchoolDayRow, SchoolDay] | None:
    """One school-day with all its revisions, signatures (void ones too), objections and reminders."""
    rows = await read(connection, DAY, report)
    if not rows:
        return None
    columns = dict(rows[0])
    day = msgspec.json.decode(columns.pop("state"), type=SchoolDay)
    return _row(columns), day


def _row(values: dict[str, Any]) -> SchoolDayRow:
    values["status"] = DayStatus(values["status"])
    values["corrections"] = _CORRECTIONS.decode(values["corrections"])
    values["nature"] = None if values["nature"] is None else Nature(values["nature"])
    return SchoolDayRow(**values)
