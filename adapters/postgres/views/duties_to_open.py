"""Duties to open: the schools that owe a form on a day and have no duty for it, district by district.

Training institutions are sites, but no schools: what they owe is their own, and a person opens it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.postgres.view import Connection, read
from adapters.postgres.views.organisations import organisation_row
from domain.registry.events import SCHOOL_KINDS

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

KINDS: Final = sorted(kind.value for kind in SCHOOL_KINDS)


@dataclass(frozen=True, slots=True)
class ToOpenRow:
    """What one district has to open for one day; ``schools`` by id."""

    business_date: date
    district: str
    bureau: str
    schools: tuple[str, ...]


async def fetch_duties_to_open(connection: Connection, form: str, days: Sequence[date]) -> list[ToOpenRow]:
    """What is to be opened on the last of ``days``, and on those before it that were skipped; by day and district.

    A district skipped what lies after the last day of which it has a duty, and perhaps part of that day. One that
    never had a duty skipped nothing: it begins on the last of ``days``.
    """
    today = days[-1]
    bureaus: dict[str, str] = {}
    since: dict[str, date] = {}
    for position, state, last in await read(connection, DISTRICTS, form, today, KINDS):
        row = organisation_row(position, state)
        if row.parent is not None:
            bureaus[row.organisation] = row.parent
            since[row.organisation] = last or today
    earliest = min(since.values(), default=today)
    rows: list[ToOpenRow] = []
    for day in days:
        if day < earliest:
            continue
        owing: dict[str, list[str]] = {}
        for position, state in await read(connection, WITHOUT, form, day, KINDS):
            school = organisation_row(position, state)
            district = school.parent_on(day)
            if district in since and since[district] <= day and school.owes_on(day):
                owing.setdefault(district, []).append(school.organisation)
        rows += [ToOpenRow(day, each, bureaus[each], tuple(sorted(owing[each]))) for each in sorted(owing)]
    return rows
