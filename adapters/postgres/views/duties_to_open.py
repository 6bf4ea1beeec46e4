"""Duties to open: the sites that owe a form on a day and have no duty for it, district by district.

Which kinds of site owe it on which day, the rules say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from adapters.postgres.view import Connection, read
from adapters.postgres.views.organisations import organisation_row
from domain.registry.events import OrganisationKind

# Every district with the last day, up to one, of which a school of it has a duty of a form; index organisation_by_kind,
# for the schools of each organisation_by_parent, and for the newest day of each school_day_by_school.
DISTRICTS = """
SELECT district.position, district.state,
       (SELECT max(newest.business_date)
        FROM views.organisation AS school
        CROSS JOIN LATERAL (
            SELECT day.business_date FROM views.school_day AS day
            WHERE day.generation = (SELECT views.live('school_day')) AND day.school = school.organisation
              AND day.business_date <= $2 AND day.form = $1 AND day.district = district.organisation
            ORDER BY day.business_date DESC LIMIT 1
        ) AS newest
        WHERE school.generation = district.generation AND school.parent = district.organisation
          AND school.kind = ANY ($3::text[]))
FROM views.organisation AS district
WHERE district.generation = (SELECT views.live('organisations')) AND district.kind = 'district'
"""

# The schools that are there on a day and have no duty of a form for it: all schools, by any index (all lead with
# generation), less those of the day, by index school_day_by_date.
WITHOUT = """
SELECT school.position, school.state FROM views.organisation AS school
WHERE school.generation = (SELECT views.live('organisations')) AND school.kind = ANY ($3::text[])
  AND school.opened_on <= $2 AND (school.closed_on IS NULL OR school.closed_on > $2)
  AND NOT EXISTS (
    SELECT FROM views.school_day AS day
    WHERE day.generation = (SELECT views.live('school_day')) AND day.business_date = $2 AND day.form = $1
      AND day.school = school.organisation
  )
"""


@dataclass(frozen=True, slots=True)
class ToOpenRow:
    """What one district has to open for one day: ``schools`` by id, and where the registry last spoke of one."""

    business_date: date
    district: str
    schools: tuple[str, ...]
    position: int


async def fetch_duties_to_open(
    connection: Connection, form: str, owed: Mapping[date, Iterable[OrganisationKind]], today: date
) -> list[ToOpenRow]:
    """What is to be opened today, and on the days of ``owed`` that were skipped; by day and district.

    ``owed`` are the days for which the form is owed up to today, earliest first, each with the kinds of site. A
    district skipped what lies after the last day of which it has a duty, and perhaps part of that day. One that never
    had a duty skipped nothing: it begins today.
    """
    since: dict[str, date] = {}
    for position, state, last in await read(connection, DISTRICTS, form, today, _kinds(chain(*owed.values()))):
        since[organisation_row(position, state).organisation] = last or today
    earliest = min(since.values(), default=today)
    rows: list[ToOpenRow] = []
    for day, kinds in owed.items():
        if day < earliest:
            continue
        owing: dict[str, dict[str, int]] = {}
        for position, state in await read(connection, WITHOUT, form, day, _kinds(kinds)):
            school = organisation_row(position, state)
            district = school.parent_on(day)
            if district in since and since[district] <= day and school.owes_on(day):
                owing.setdefault(district, {})[school.organisation] = position
        rows += [
            ToOpenRow(day, district, tuple(sorted(schools)), max(schools.values()))
            for district, schools in sorted(owing.items())
        ]
    return rows


def _kinds(kinds: Iterable[OrganisationKind]) -> list[str]:
    return sorted({kind.value for kind in kinds})
