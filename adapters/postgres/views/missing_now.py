"""What is missing now: duties past their deadline that nothing answers, with their reminders.

Answered from the school-days. A withdrawn report is missing again. What was missed, excused or reminded stays visible.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from adapters.postgres.view import Connection, read
from domain.reporting.school_day import SchoolDay
from domain.reporting.school_day_parts import Reminder
from domain.reporting.standing import DayStatus

# Unanswered duties past their deadline at an instant, longest first, page by page; partial index school_day_unanswered.
MISSING = """
SELECT report, school, district, heir, business_date, due_1, status, withdrawn, missed_1, position, state
FROM views.school_day
WHERE generation = views.live('school_day') AND NOT answered AND due_1 < $1
  AND (due_1, report) > ($2, $3) AND ($4::text IS NULL OR district = $4)
ORDER BY due_1, report LIMIT $5
"""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow:
    """One duty that nothing answers. ``recorded``: the clock has recorded the absence."""

    report: str
    school: str
    district: str
    heir: str | None
    business_date: date
    due_1: datetime
    status: DayStatus
    withdrawn: bool
    recorded: bool
    reminders: tuple[Reminder, ...]
    position: int


async def fetch_missing_now(
    connection: Connection,
    now: datetime,
    *,
    district: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 500,
) -> list[MissingRow]:
    """What is missing at an instant, after a key (due_1, report), at most ``limit``."""
    key = after or (EARLIEST, "")
    return [
        MissingRow(
            report=row["report"],
            school=row["school"],
            district=row["district"],
            heir=row["heir"],
            business_date=row["business_date"],
            due_1=row["due_1"],
            status=DayStatus(row["status"]),
            withdrawn=row["withdrawn"],
            recorded=row["missed_1"],
            reminders=_STATE.decode(row["state"]).reminders,
            position=row["position"],
        )
        for row in await read(connection, MISSING, now, *key, district, limit)
    ]


_STATE: Final = msgspec.json.Decoder(SchoolDay)
