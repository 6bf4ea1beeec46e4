"""Duties left: what a closed or merged site left open and its heir does not answer yet.

Left open is what it owed and can still be answered in its time and has no report, and what was returned and never
corrected.
"""

from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.view import Connection, read
from adapters.postgres.views.organisations import organisation_row
from domain.ledger.time import business_date_of

# What is to be handed over: by the schools that ended, which are few, each by index school_day_by_school; who answers
# now (the school, or an heir that has ended in its turn) by primary key.
LEFT = """
SELECT day.report, ended.organisation, ended.heir, day.rules, day.position, day.business_date, school.position,
       school.state
FROM views.organisation AS school
JOIN views.school_day AS day ON day.generation = views.live('school_day') AND day.school = school.organisation
JOIN views.organisation AS ended
  ON ended.generation = school.generation AND ended.organisation = coalesce(day.heir, day.school)
WHERE school.generation = views.live('organisations') AND school.heir IS NOT NULL
  AND day.business_date < school.closed_on AND ended.heir IS NOT NULL AND ended.closed_on <= $1
  AND (day.returned OR (NOT day.answered AND day.closes_at >= $2))
ORDER BY day.report
"""


@dataclass(frozen=True, slots=True)
class LeftRow:
    """One duty to hand over: ``ended`` answered it until now, and the registry named ``heir``.

    ``position`` is of the last word about the duty: one that was lifted and opened again is handed over again.
    """

    report: str
    ended: str
    heir: str
    rules: str
    position: int


async def fetch_duties_left(connection: Connection, now: datetime) -> list[LeftRow]:
    """What the heirs of sites that have ended by now do not answer yet; without the days of a suspension."""
    return [
        LeftRow(*row)
        for *row, day, position, state in await read(connection, LEFT, business_date_of(now), now)
        if organisation_row(position, state).owes_on(day)
    ]
