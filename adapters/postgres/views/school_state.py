"""School state: what a school is and how it has reported over a span of days. Answered from the school-days.

The state as of an earlier instant is replayed from the log: ``domain.reporting.school_history``.
"""

from dataclasses import dataclass
from datetime import date

from adapters.postgres.view import Connection, read

# A school's days of a span, counted; index school_day_by_school.
STATE = """
SELECT count(*) AS owed, count(*) FILTER (WHERE answered) AS answered,
       count(*) FILTER (WHERE status = 'on_time') AS on_time,
       count(*) FILTER (WHERE status = 'service_delay') AS service_delay,
       count(*) FILTER (WHERE status = 'late') AS late, count(*) FILTER (WHERE status = 'missing') AS missing,
       count(*) FILTER (WHERE status = 'excused') AS excused, count(*) FILTER (WHERE status = 'open') AS open,
       count(*) FILTER (WHERE corrected_before) AS corrected_before,
       count(*) FILTER (WHERE corrected_after) AS corrected_after, count(*) FILTER (WHERE returned) AS returned,
       count(*) FILTER (WHERE signed_level = 3) AS fully_signed, min(business_date) AS first_day,
       max(business_date) AS last_day, coalesce(max(position), 0) AS position
FROM views.school_day
WHERE generation = views.live('school_day') AND school = $1 AND business_date BETWEEN $2 AND $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolStateRow:
    """How often a school stood how. ``returned`` are sent back and not yet corrected; position is of the last event."""

    owed: int
    answered: int
    on_time: int
    service_delay: int
    late: int
    missing: int
    excused: int
    open: int
    corrected_before: int
    corrected_after: int
    returned: int
    fully_signed: int
    first_day: date | None
    last_day: date | None
    position: int


async def fetch_school_state(
    connection: Connection, school: str, first_day: date = date.min, last_day: date = date.max
) -> SchoolStateRow:
    """The counts of a span (both ends included); all zero for a school that never owed a report."""
    return SchoolStateRow(**dict((await read(connection, STATE, school, first_day, last_day))[0]))
