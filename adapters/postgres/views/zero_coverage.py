"""Zero with coverage: a zero is published with how many were expected, and who did not report.

Answered from the school-days. "0 of 403 reporting" is another statement than "0 of those that happened to report".
"""

from dataclasses import dataclass
from datetime import date

from adapters.postgres.view import Connection, read

# Per day over a span, for the city or one district; index school_day_by_date.
COVERAGE = """
SELECT business_date, count(*) AS expected, count(*) FILTER (WHERE answered) AS reported,
       count(*) FILTER (WHERE nature = 'zero') AS zero, count(*) FILTER (WHERE nature = 'positive') AS positive,
       count(*) FILTER (WHERE status IN ('on_time', 'service_delay')) AS in_time,
       count(*) FILTER (WHERE status = 'late') AS late,
       count(*) FILTER (WHERE status = 'excused') AS excused,
       coalesce(array_agg(school ORDER BY school) FILTER (WHERE NOT answered), '{}') AS non_reporters
FROM views.school_day
WHERE generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR district = $3)
GROUP BY business_date ORDER BY business_date
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """What a day's zero stands on. ``expected`` = ``reported`` + the non-reporters; zero + positive = reported."""

    business_date: date
    expected: int
    reported: int
    zero: int
    positive: int
    in_time: int
    late: int
    excused: int
    non_reporters: tuple[str, ...]


async def fetch_coverage(
    connection: Connection, first_day: date, last_day: date, *, district: str | None = None
) -> list[CoverageRow]:
    """One row for each day with duties in the span (both ends included)."""
    rows = await read(connection, COVERAGE, first_day, last_day, district)
    return [CoverageRow(**{**dict(row), "non_reporters": tuple(row["non_reporters"])}) for row in rows]
