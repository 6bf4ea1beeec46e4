"""The events behind one of the article's figures: exactly those, and no other of the same types.

A figure counts *own* facts (row 8: the bureau's groups), and facts *about* the same subjects can take them away or fill
them (their dissolution, their members). Answered from the facts, as the figures are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.postgres.view import Connection, read
from adapters.postgres.views.article_figures import BELOW, END_OF_TIME, LATEST, SCHOOLS_BY_KIND
from domain.ledger.time import business_date_of

# The instant at which the last fact up to a position was recorded; primary key.
RECORDED_AT = """
SELECT max(recorded_at) FROM views.article_fact
WHERE generation = views.live('article_figures') AND position <= $1 AND recorded_at <= $2
"""

# The positions of a figure's own facts and of those about their subjects, page by page; primary key, by fact.
POSITIONS = """
WITH fact AS (
    SELECT fact, position, subject, detail FROM views.article_fact
    WHERE generation = views.live('article_figures') AND fact = ANY ($1::text[] || $3::text[])
      AND position <= $4 AND recorded_at <= $5 AND (day IS NULL OR day <= $6)
), own AS (
    SELECT position, subject FROM fact WHERE fact = ANY ($1) AND ($2::text[] IS NULL OR detail = ANY ($2))
)
SELECT position FROM own WHERE position > $7
UNION
SELECT position FROM fact WHERE fact = ANY ($3) AND position > $7 AND subject IN (SELECT subject FROM own)
ORDER BY position LIMIT $8
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which facts a figure counts: its own, perhaps of some details (kinds, levels), and those about them."""

    own: tuple[str, ...]
    details: tuple[str, ...] | None = None
    about: tuple[str, ...] = ()


EVIDENCE: Final[dict[int, Evidence]] = {
    2: Evidence(("organisation",), tuple(SCHOOLS_BY_KIND), ("gone",)),
    3: Evidence(("organisation",), tuple(SCHOOLS_BY_KIND), ("gone", "roster")),
    4: Evidence(("duty", "report")),
    5: Evidence(("task_force",), ("bureau",), ("dissolved",)),
    6: Evidence(("organisation",), (*SCHOOLS_BY_KIND, "district", "bureau"), ("parent",)),
    7: Evidence(("rules",)),
    8: Evidence(("group",), ("bureau",), ("dissolved",)),
    9: Evidence(("group",), tuple(BELOW), ("dissolved",)),
    10: Evidence(("group",), tuple(BELOW), ("dissolved", "member", "released")),
}


async def fetch_figure_positions(
    connection: Connection,
    row: int,
    *,
    instant: datetime | None = None,
    position: int | None = None,
    after: int = 0,
    limit: int = 500,
) -> list[int]:
    """The positions of the events that a figure is rebuilt from, in order; none where it is not yet.

    As of the same instant and position as the figure: what holds only from a later day is not among them.
    """
    evidence = EVIDENCE.get(row)
    upto = (LATEST if position is None else position, instant or END_OF_TIME)
    last = None if evidence is None else (await read(connection, RECORDED_AT, *upto))[0][0]
    if evidence is None or last is None:
        return []
    facts = (list(evidence.own), None if evidence.details is None else list(evidence.details), list(evidence.about))
    day = business_date_of(instant or last)
    return [each[0] for each in await read(connection, POSITIONS, *facts, *upto, day, after, limit)]
