"""Signature latency: how long a report lay with a level before that level signed it.

Answered from the school-days: the standing signatures over current revisions, from the receipt from the level below
(level 1: from the filing) to the signature, both by arrival at our edge.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from adapters.postgres.view import Connection, read

# Per district and level over a span of days; index school_day_by_date.
BY_DISTRICT = """
SELECT district, level, count(*), count(DISTINCT person),
       percentile_disc(ARRAY[0.5, 0.9]::float8[]) WITHIN GROUP (ORDER BY after), max(after), min(after)
FROM views.school_day AS day
CROSS JOIN LATERAL (VALUES
    (1, signed_1_by, signed_1_after_s), (2, signed_2_by, signed_2_after_s), (3, signed_3_by, signed_3_after_s)
) AS each (level, person, after)
WHERE day.generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR district = $3) AND person IS NOT NULL
GROUP BY district, level ORDER BY district, level
"""

# Per person and level over a span of days, page by page; index school_day_by_date.
BY_PERSON = """
SELECT person, level, count(*), 1,
       percentile_disc(ARRAY[0.5, 0.9]::float8[]) WITHIN GROUP (ORDER BY after), max(after), min(after)
FROM views.school_day AS day
CROSS JOIN LATERAL (VALUES
    (1, signed_1_by, signed_1_after_s), (2, signed_2_by, signed_2_after_s), (3, signed_3_by, signed_3_after_s)
) AS each (level, person, after)
WHERE day.generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR district = $3) AND (person, level) > ($4, $5)
GROUP BY person, level ORDER BY person, level LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """How fast one level of a district, or one person at a level, signed. ``by`` is the district or the person."""

    by: str
    level: int
    signatures: int
    persons: int
    median: timedelta
    p90: timedelta
    longest: timedelta
    shortest: timedelta


async def fetch_latency_by_district(
    connection: Connection, first_day: date, last_day: date, *, district: str | None = None
) -> list[LatencyRow]:
    """Up to three rows for each district with signatures in the span (both ends included)."""
    return [_row(*row) for row in await read(connection, BY_DISTRICT, first_day, last_day, district)]


async def fetch_latency_by_person(
    connection: Connection,
    first_day: date,
    last_day: date,
    *,
    district: str | None = None,
    after: tuple[str, int] = ("", 0),
    limit: int = 500,
) -> list[LatencyRow]:
    """A row for each signer and level, after a key (person, level), at most ``limit``."""
    return [_row(*row) for row in await read(connection, BY_PERSON, first_day, last_day, district, *after, limit)]


def _row(
    by: str, level: int, signatures: int, persons: int, at: list[float], longest: float, shortest: float
) -> LatencyRow:
    median, p90 = (timedelta(seconds=each) for each in at)
    ends = timedelta(seconds=longest), timedelta(seconds=shortest)
    return LatencyRow(by, level, signatures, persons, median, p90, *ends)
