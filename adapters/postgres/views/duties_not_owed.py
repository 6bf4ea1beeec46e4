"""Duties not owed: open and unanswered ones of sites that are closed or suspended on their day."""

from dataclasses import dataclass

from adapters.postgres.view import Connection, read
from adapters.postgres.views.organisations import organisation_row

# The open and unanswered duties of sites that ended by their day or were ever suspended: by a partial index
# (school_day_open, school_day_unanswered), and the site of each by primary key.
NOT_OWED = """
SELECT day.report, day.rules, day.business_date, school.position, school.state
FROM views.organisation AS school
JOIN views.school_day AS day ON day.generation = views.live('school_day') AND day.school = school.organisation
WHERE school.generation = views.live('organisations')
  AND (school.closed_on <= day.business_date OR (school.state -> 'suspensions') IS NOT NULL)
  AND NOT day.closed AND NOT day.answered AND NOT (day.missed_1 OR day.missed_2 OR day.missed_rollup)
ORDER BY day.report
"""


@dataclass(frozen=True, slots=True)
class NotOwedRow:
    """One duty to lift; ``position`` is of the registry's last word about the site."""

    report: str
    rules: str
    position: int


async def fetch_duties_not_owed(connection: Connection) -> list[NotOwedRow]:
    """What was opened before it was known that nothing is owed."""
    return [
        NotOwedRow(report, rules, position)
        for report, rules, day, position, state in await read(connection, NOT_OWED)
        if not organisation_row(position, state).owes_on(day)
    ]
