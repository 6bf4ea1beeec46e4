"""Lateness by level: which level used more time than it had. Answered from the school-days.

Level n's time runs from the later of its deadline's start and the receipt from level n−1, so nobody is late through
the level below. What an outage or the level above excused is counted apart.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adapters.postgres.view import Connection, read

# Per district, level and act over a span of days: how many decided, late, excused, missed, and the time lost;
# index school_day_by_date.
BY_DISTRICT = """
SELECT district, level, act, count(decided), count(*) FILTER (WHERE late > 0 AND NOT excused),
       count(*) FILTER (WHERE late > 0 AND excused), count(*) FILTER (WHERE missed),
       coalesce(sum(late) FILTER (WHERE NOT excused), 0), coalesce(max(late) FILTER (WHERE NOT excused), 0)
FROM views.school_day AS day
CROSS JOIN LATERAL (VALUES
    (1, 'report', decided_1, late_1_s, excused_1, missed_1),
    (2, 'report', decided_2, late_2_s, excused_2, missed_2),
    (2, 'rollup', decided_rollup, late_rollup_s, excused_rollup, missed_rollup),
    (3, 'rollup', decided_3, late_3_s, excused_3, missed_3)
) AS each (level, act, decided, late, excused, missed)
WHERE day.generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR district = $3)
GROUP BY district, level, act ORDER BY district, level, act
"""

# Single reports that some level made late in a span of days, page by page; index school_day_by_date.
LATE = """
SELECT report, form, school, district, business_date, due_1, deadline_2, deadline_3, decided_1, decided_2, decided_3,
       CASE WHEN excused_1 THEN 0 ELSE coalesce(late_1_s, 0) END,
       CASE WHEN excused_2 THEN 0 ELSE coalesce(late_2_s, 0) END,
       CASE WHEN excused_3 THEN 0 ELSE coalesce(late_3_s, 0) END,
       CASE WHEN excused_rollup THEN 0 ELSE coalesce(late_rollup_s, 0) END
FROM views.school_day
WHERE generation = views.live('school_day') AND business_date BETWEEN $1 AND $2
  AND (business_date, district, school, form) > ($3, $4, $5, $6) AND ($7::text IS NULL OR district = $7)
  AND (late_1_s > 0 AND NOT excused_1 OR late_2_s > 0 AND NOT excused_2 OR late_3_s > 0 AND NOT excused_3
    OR late_rollup_s > 0 AND NOT excused_rollup)
ORDER BY business_date, district, school, form LIMIT $8
"""

# Whether level 1 or 2 was late with one report, by any of its acts; primary key.
WAS_LATE = """
SELECT CASE $2::integer WHEN 1 THEN late_1_s > 0 ELSE greatest(late_2_s, late_rollup_s) > 0 END
FROM views.school_day WHERE generation = views.live('school_day') AND report = $1
"""


@dataclass(frozen=True, slots=True)
class LatenessRow:
    """One act of one level of one district over a span. ``late`` and its times leave out what was excused.

    ``act``: level 1 and level 2 decide on the ``report``; level 2 and level 3 sign a ``rollup`` that covers it.
    """

    district: str
    level: int
    act: str
    decided: int
    late: int
    excused: int
    missed: int
    lost: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReport:
    """One report and the time that each level lost beyond its own deadline; zero where it was in time or excused.

    Deadlines, decisions and losses of level 2 are those of its decision on the report; ``lost_rollup`` is what its
    roll-up lost.
    """

    report: str
    form: str
    school: str
    district: str
    business_date: date
    deadlines: tuple[datetime | None, datetime | None, datetime | None]
    decided: tuple[datetime | None, datetime | None, datetime | None]
    lost: tuple[timedelta, timedelta, timedelta]
    lost_rollup: timedelta

    @property
    def level(self) -> int:
        """The level that lost the most time."""
        first, second, third = self.lost
        lost = {1: first, 2: max(second, self.lost_rollup), 3: third}
        return max(lost, key=lambda level: lost[level])


async def fetch_lateness(
    connection: Connection, first_day: date, last_day: date, *, district: str | None = None
) -> list[LatenessRow]:
    """Four rows for each district with duties in the span (both ends included)."""
    return [
        LatenessRow(by, level, act, decided, late, excused, missed, timedelta(seconds=lost), timedelta(seconds=longest))
        for by, level, act, decided, late, excused, missed, lost, longest in await read(
            connection, BY_DISTRICT, first_day, last_day, district
        )
    ]


async def fetch_late_reports(
    connection: Connection,
    first_day: date,
    last_day: date,
    *,
    district: str | None = None,
    after: tuple[date, str, str, str] = (date.min, "", "", ""),
    limit: int = 500,
) -> list[LateReport]:
    """The reports that a level made late, after a key (day, district, school, form), at most ``limit``."""
    return [
        LateReport(
            report=row["report"],
            form=row["form"],
            school=row["school"],
            district=row["district"],
            business_date=row["business_date"],
            deadlines=(row["due_1"], row["deadline_2"], row["deadline_3"]),
            decided=(row["decided_1"], row["decided_2"], row["decided_3"]),
            lost=(timedelta(seconds=row[11]), timedelta(seconds=row[12]), timedelta(seconds=row[13])),
            lost_rollup=timedelta(seconds=row[14]),
        )
        for row in await read(connection, LATE, first_day, last_day, *after, district, limit)
    ]


async def fetch_was_late(connection: Connection, report: str, level: int) -> bool:
    """Whether level 1 or 2 was late with a report; not for a report that nobody owes."""
    rows = await read(connection, WAS_LATE, report, level)
    return bool(rows and rows[0][0])
