"""Duties due: the absences that the missed-clock must record. Answered from the school-days.

A duty is due at a level that has the report (level 1: owes it), has never acted on it, whose deadline has passed, and
whose absence is not recorded yet.
"""

from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.view import Connection, read

# Absences to record at an instant, oldest deadline first; partial index school_day_awaited.
DUE = """
SELECT report, district, awaited_level, awaited_until, rules, awaited_rollup,
       coalesce(json_array_length(state -> 'revisions'), 0)
FROM views.school_day
WHERE generation = views.live('school_day') AND awaited_until < $1
ORDER BY awaited_until, report LIMIT $2
"""

# The next deadline at which something could be missed; partial index school_day_awaited.
NEXT = """
SELECT min(awaited_until) FROM views.school_day
WHERE generation = views.live('school_day') AND awaited_until >= $1
"""


@dataclass(frozen=True, slots=True)
class DueRow:
    """One absence to record: ``level`` had done nothing by ``deadline`` (inclusive)."""

    report: str
    district: str
    level: int
    deadline: datetime
    rules: str
    rollup: str | None
    """The roll-up whose signature is missing, where it is one."""
    filed: int
    """How many revisions there have been."""


async def fetch_duties_due(connection: Connection, now: datetime, *, limit: int = 1000) -> list[DueRow]:
    """What must be recorded as missed at ``now``: the deadline itself is still in time."""
    return [DueRow(*row) for row in await read(connection, DUE, now, limit)]


async def fetch_next_deadline(connection: Connection, now: datetime) -> datetime | None:
    """The earliest deadline that is awaited and has not passed at ``now``."""
    deadline: datetime | None = (await read(connection, NEXT, now))[0][0]
    return deadline
