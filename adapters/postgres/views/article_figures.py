"""The article's figures, rebuilt from events, as of any recorded instant or position.

Keyed by the numbers of the reference's table 1.2. A figure is a count over small dated *facts*: one for each event that
can move a figure, never changed afterwards. So every figure can be asked as of any instant, a missing event moves
exactly the figures that it is a fact of, and the positions of the counted facts lead to the events. What needs events
that the ledger does not know yet says "not yet".

Row 2 counts schools and kindergartens (no training institution) that are open on the day of the instant. Row 3 is the
sum of their newest rosters. Row 4 is a zero with coverage: the suspected and confirmed cases in what stands reported,
of which duties were due by then and how many are answered. Row 10 counts the persons of row 9's groups (domain report
section 6.2); groups of all purposes count, since the article names only one. Row 9 also says what it would be if every
school and every district had one group of its own: the article's 404 is not that, and does not say why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, LiteralString
from urllib.parse import urlencode

import msgspec

from adapters.postgres.view import Connection, read
from domain.ledger.time import business_date_of, instant_text
from domain.registry.events import SCHOOL_KINDS, Level, OrganisationKind

ROWS: Final = 40
LATEST: Final = 2**53
END_OF_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)

# The instant at which the last fact up to a position was recorded; primary key.
RECORDED_AT = """
SELECT max(recorded_at), max(position) FROM views.article_fact
WHERE generation = views.live('article_figures') AND position <= $1 AND recorded_at <= $2
"""

# Rows 2 and 3: the schools open on a day, and the people of their newest rosters; primary key, by fact.
SCHOOLS = """
WITH fact AS (
    SELECT * FROM views.article_fact
    WHERE generation = views.live('article_figures') AND fact IN ('organisation', 'gone', 'roster')
      AND position <= $1 AND recorded_at <= $2 AND day <= $3
), school AS (
    SELECT subject FROM fact AS opened
    WHERE fact = 'organisation' AND detail = ANY ($4::text[])
      AND NOT EXISTS (SELECT FROM fact AS gone WHERE gone.fact = 'gone' AND gone.subject = opened.subject)
), roster AS (
    SELECT DISTINCT ON (subject) subject, number FROM fact
    WHERE fact = 'roster' ORDER BY subject, day DESC, position DESC
)
SELECT count(*), coalesce(sum(roster.number), 0)::bigint FROM school LEFT JOIN roster USING (subject)
"""

# Row 4: the cases in what stands reported, and its coverage; primary key, by fact. Of a duty and of a report the newest
# fact counts: one that was lifted has no time, one that was withdrawn no number. One pass and no join: right after a
# load or a rebuild the planner knows nothing about these rows, and would join 15,000 duties to 15,000 reports by loops.
CASES = """
WITH one AS (
    SELECT subject,
           CASE WHEN (array_agg(due ORDER BY position DESC) FILTER (WHERE fact = 'duty'))[1] <= $2
                THEN (array_agg(day ORDER BY position DESC) FILTER (WHERE fact = 'duty'))[1] END AS day,
           (array_agg(number ORDER BY position DESC) FILTER (WHERE fact = 'report'))[1] AS number
    FROM views.article_fact
    WHERE generation = views.live('article_figures') AND fact IN ('duty', 'report')
      AND position <= $1 AND recorded_at <= $2
    GROUP BY subject
)
SELECT coalesce(sum(number), 0)::bigint, count(day), count(number) FILTER (WHERE day IS NOT NULL), max(day),
       count(*) FILTER (WHERE day = (SELECT max(day) FROM one)),
       count(number) FILTER (WHERE day = (SELECT max(day) FROM one))
FROM one
"""

# Rows 5, 8, 9: task forces and groups that were not dissolved, by level; primary key, by fact.
GROUPS = """
SELECT fact, detail, count(*) FROM views.article_fact AS formed
WHERE generation = views.live('article_figures') AND fact IN ('task_force', 'group')
  AND position <= $1 AND recorded_at <= $2
  AND NOT EXISTS (
    SELECT FROM views.article_fact AS dissolved
    WHERE dissolved.generation = formed.generation AND dissolved.fact = 'dissolved'
      AND dissolved.subject = formed.subject AND dissolved.position <= $1 AND dissolved.recorded_at <= $2)
GROUP BY fact, detail
"""

# Row 10: distinct persons in the standing groups of some levels; primary key, by fact.
MEMBERS = """
WITH fact AS (
    SELECT * FROM views.article_fact
    WHERE generation = views.live('article_figures') AND fact IN ('group', 'dissolved', 'member', 'released')
      AND position <= $1 AND recorded_at <= $2
), standing AS (
    SELECT subject FROM fact WHERE fact = 'group' AND detail = ANY ($3::text[])
    EXCEPT SELECT subject FROM fact WHERE fact = 'dissolved'
), newest AS (
    SELECT DISTINCT ON (subject, detail) subject, detail, fact FROM fact
    WHERE fact IN ('member', 'released') ORDER BY subject, detail, position DESC
)
SELECT count(DISTINCT newest.detail) FROM newest JOIN standing USING (subject) WHERE newest.fact = 'member'
"""

# Row 6: how many levels of organisations lie from a school up to the bureau; primary key, by fact.
LEVELS = """
WITH RECURSIVE fact AS (
    SELECT * FROM views.article_fact
    WHERE generation = views.live('article_figures') AND fact IN ('organisation', 'parent')
      AND position <= $1 AND recorded_at <= $2 AND (day <= $3 OR day IS NULL)
), parent AS (
    SELECT DISTINCT ON (subject) subject, detail AS above FROM fact
    WHERE fact = 'parent' ORDER BY subject, day DESC, position DESC
), climb AS (
    SELECT subject AS at, 1 AS level FROM fact WHERE fact = 'organisation' AND detail = ANY ($4::text[])
    UNION
    SELECT parent.above, climb.level + 1 FROM climb JOIN parent ON parent.subject = climb.at
    WHERE climb.level < 16 AND EXISTS (
        SELECT FROM fact AS known WHERE known.fact = 'organisation' AND known.subject = parent.above)
)
SELECT coalesce(max(level), 0) FROM climb
"""

# Row 7: the levels that must sign under the newest rules in force on a day; primary key, by fact.
SIGNING_LEVELS = """
SELECT number FROM views.article_fact
WHERE generation = views.live('article_figures') AND fact = 'rules'
  AND position <= $1 AND recorded_at <= $2 AND day <= $3
ORDER BY day DESC, position DESC LIMIT 1
"""

FACTS_OF: Final[dict[int, tuple[str, ...]]] = {
    2: ("organisation", "gone"),
    3: ("organisation", "gone", "roster"),
    4: ("duty", "report"),
    5: ("task_force", "dissolved"),
    6: ("organisation", "parent"),
    7: ("rules",),
    8: ("group", "dissolved"),
    9: ("group", "dissolved"),
    10: ("group", "dissolved", "member", "released"),
}
TYPES_OF: Final[dict[str, tuple[str, ...]]] = {
    "organisation": ("BureauFounded", "OrganisationRegistered"),
    "parent": ("OrganisationRegistered", "SiteMoved"),
    "gone": ("SiteClosed", "SiteMerged"),
    "roster": ("RosterDeclared",),
    "duty": ("DutyOpened", "DutyLifted"),
    "report": ("ReportSubmitted", "ReportCorrected", "ReportWithdrawn"),
    "task_force": ("TaskForceFormed",),
    "group": ("GroupFormed",),
    "dissolved": ("GroupDissolved",),
    "member": ("GroupMemberAssigned",),
    "released": ("GroupMemberReleased",),
    "rules": ("RulesAdopted",),
}
SCHOOLS_BY_KIND: Final = sorted(kind.value for kind in SCHOOL_KINDS)
DISSUASION_GROUPS: Final = 9
BELOW: Final = [Level.DISTRICT.value, Level.SCHOOL.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a zero stands on: duties due so far and how many are answered; the same for the newest of their days."""

    expected: int
    reported: int
    day: date | None
    expected_on_day: int
    reported_on_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure. ``types`` are those of its events, up to ``upto``; which they are, ``figure_events`` says.

    "not yet" has nothing else.
    """

    row: int
    value: int | None = None
    relation: str | None = None
    as_of: datetime | None = None
    upto: int | None = None
    types: tuple[str, ...] = ()
    coverage: Coverage | None = None
    one_group_each: int | None = None

    @property
    def status(self) -> str:
        """ "rebuilt" or "not yet"."""
        return "not yet" if self.value is None else "rebuilt"

    def as_json(self) -> dict[str, Any]:
        """The figure as programs read it, without its row number."""
        if self.value is None or self.as_of is None:
            return {"status": self.status}
        return {
            "value": self.value,
            "relation": self.relation,
            "status": self.status,
            "as_of": instant_text(self.as_of),
        }

    def with_evidence(self) -> "FigureAnswer":
        """The same, with where its events are listed and what a zero stands on."""
        events = None
        if self.as_of is not None:
            query = urlencode({"instant": instant_text(self.as_of), "at_position": self.upto})
            events = f"/api/v1/views/article_figures/{self.row}?{query}"
        return FigureAnswer(**self.as_json(), events=events, coverage=self.coverage, one_group_each=self.one_group_each)


class FigureAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure with its evidence. "not yet" has nothing else."""

    status: Literal["rebuilt", "not yet"]
    value: int | None = None
    relation: str | None = None
    as_of: str | None = None
    events: str | None = None
    coverage: Coverage | None = None
    one_group_each: int | None = None


async def fetch_figures(
    connection: Connection, *, instant: datetime | None = None, position: int | None = None
) -> dict[int, FigureRow]:
    """All rows of table 1.2, by number, as of a recorded instant or a position (both inclusive), or as of now.

    Without an instant, dates are judged on the day on which the last counted fact was recorded.
    """
    upto = LATEST if position is None else position
    found = await read(connection, RECORDED_AT, upto, instant or END_OF_TIME)
    last_instant, last_position = found[0]
    if last_position is None:
        return {row: FigureRow(row=row) for row in range(1, ROWS + 1)}
    at = instant or last_instant
    counting = _Figures(connection, upto, at)
    figures = await counting.all()
    districts = await counting.districts()
    return {
        row: FigureRow(
            row=row,
            value=figures[row][0],
            relation="≥" if row == 3 else "=",
            as_of=at,
            upto=last_position,
            types=tuple(name for fact in FACTS_OF[row] for name in TYPES_OF[fact]),
            coverage=figures[row][1],
            one_group_each=figures[2][0] + districts if row == DISSUASION_GROUPS else None,
        )
        if row in figures
        else FigureRow(row=row)
        for row in range(1, ROWS + 1)
    }


class _Figures:
    """The figures as of one (position, instant)."""

    def __init__(self, connection: Connection, upto: int, instant: datetime) -> None:
        self._connection = connection
        self._bounds = (upto, instant)
        self._day = business_date_of(instant)

    async def all(self) -> dict[int, tuple[int, Coverage | None]]:
        schools, people = await self._one(SCHOOLS, self._day, SCHOOLS_BY_KIND)
        cases, expected, reported, day, expected_on_day, reported_on_day = await self._one(CASES)
        rows = await read(self._connection, GROUPS, *self._bounds)
        formed: dict[tuple[str, str], int] = {(fact, level): count for fact, level, count in rows}
        (members,) = await self._one(MEMBERS, BELOW)
        (levels,) = await self._one(LEVELS, self._day, SCHOOLS_BY_KIND)
        signing = await read(self._connection, SIGNING_LEVELS, *self._bounds, self._day)
        coverage = Coverage(
            expected=expected,
            reported=reported,
            day=day,
            expected_on_day=expected_on_day,
            reported_on_day=reported_on_day,
        )
        return {
            2: (schools, None),
            3: (people, None),
            4: (cases, coverage),
            5: (formed.get(("task_force", "bureau"), 0), None),
            6: (levels, None),
            7: (signing[0][0] if signing else 0, None),
            8: (formed.get(("group", "bureau"), 0), None),
            9: (sum(formed.get(("group", level), 0) for level in BELOW), None),
            10: (members, None),
        }

    async def districts(self) -> int:
        """The districts that are there on the day."""
        count: int = (await self._one(SCHOOLS, self._day, [OrganisationKind.DISTRICT.value]))[0]
        return count

    async def _one(self, sql: LiteralString, *arguments: object) -> Sequence[Any]:
        return tuple((await read(self._connection, sql, *self._bounds, *arguments))[0])
