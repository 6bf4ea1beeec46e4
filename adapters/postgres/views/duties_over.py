"""Duties over: those whose time to answer has ended and whose end is not recorded yet."""

from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.view import Connection, read

# What the service's clock has to close at an instant, what ended first at the head; partial index school_day_open.
OVER = """
SELECT report, rules FROM views.school_day
WHERE generation = views.live('school_day') AND NOT closed AND closes_at < $1
ORDER BY closes_at, report LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class OverRow:
    """One duty to close."""

    report: str
    rules: str


async def fetch_duties_over(connection: Connection, now: datetime, *, limit: int = 1000) -> list[OverRow]:
    """What must be closed at ``now``: at its very end a duty still runs."""
    return [OverRow(*row) for row in await read(connection, OVER, now, limit)]
