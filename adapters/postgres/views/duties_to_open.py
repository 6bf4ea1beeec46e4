"""Duties to open: the sites that owe a form on a day and have no duty for it, district by district."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.postgres.view import Connection, read
from adapters.postgres.views.organisations import organisation_row
from domain.registry.events import SITE_KINDS

# Every district with the last day, up to one, of which it has a duty of a form; index organisation_by_kind, for the
# sites of each organisation_by_parent, and for the newest day of each site school_day_by_school.
DISTRICTS = """
SELECT district.position, district.state,
       (SELECT max(newest.business_date)
        FROM views.organisation AS site
        CROSS JOIN LATERAL (
            SELECT day.business_date FROM views.school_day AS day
            WHERE day.generation = (SELECT views.live('school_day')) AND day.school = site.organisation
              AND day.business_date <= $2 AND day.form = $1 AND day.district = district.organisation
            ORDER BY day.business_date DESC LIMIT 1
        ) AS newest
        WHERE site.generation = district.generation AND site.parent = district.organisation)
FROM views.organisation AS district
WHERE district.generation = views.live('organisations') AND district.kind = 'district'
"""

# The sites that are there on a day and have no duty of a form for it: all sites, by any index (all lead with
# generation), less those of the day, by index school_day_by_date.
WITHOUT = """
SELECT site.position, site.state FROM views.organisation AS site
WHERE site.generation = views.live('organisations') AND site.kind = ANY ($3::text[])
  AND site.opened_on <= $2 AND (site.closed_on IS NULL OR site.closed_on > $2)
  AND NOT EXISTS (
    SELECT FROM views.school_day AS day
    WHERE day.generation = views.live('school_day') AND day.business_date = $2 AND day.form = $1
      AND day.school = site.organisation
  )
"""

KINDS: Final = sorted(kind.value for kind in SITE_KINDS)


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
    for position, state, last in await read(connection, DISTRICTS, form, today):
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
            site = organisation_row(position, state)
            district = site.parent_on(day)
            if district in since and since[district] <= day and site.owes_on(day):
                owing.setdefault(district, []).append(site.organisation)
        rows += [ToOpenRow(day, each, bureaus[each], tuple(sorted(owing[each]))) for each in sorted(owing)]
    return rows
