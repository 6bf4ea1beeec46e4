"""What the synthetic sites put into form F1. Nobody is ever suspected or confirmed (figure 4 is 0).

Most reports are zero reports; a site with people back from elsewhere reports them under home observation for a while.
What a story gets wrong is wrong here, and nobody knows it yet.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from api.demo.city import Site
from api.demo.stories import Story
from domain.reporting.events import ClassRow, Content, Nature, Source

OBSERVED_FROM: Final = date(2020, 2, 1)
OBSERVED_FOR: Final = timedelta(days=14)
TWO_ARRIVALS: Final = {"K003": ((date(2020, 2, 1), 2), (date(2020, 2, 8), 1))}
"""Who came under observation, and when, at the kindergarten that later goes on counting those who are free again."""
BLANK_SHEETS: Final = 3
SLIPS: Final = frozenset(
    {Story.CORRECTED, Story.CORRECTED_AFTER, Story.RETURNED_BY_PRINCIPAL, Story.RETURNED_BY_DISTRICT}
)
"""Stories in which the first revision holds an honest mistake."""
_SOURCES: Final = (Source.TEACHER,) * 18 + (Source.SUBSTITUTE, Source.PHONE)


def content(
    site: Site,
    day: date,
    *,
    filed_at: datetime,
    prepared_by: str,
    chance: Random,
    story: Story,
    corrected: bool = False,
) -> Content:
    """What a site reports for a day.

    In a story with a slip, one person more is counted as outside the city, until that is ``corrected``.
    """
    roster = site.roster
    slip = story in SLIPS and not corrected
    outside = round(roster.students * 0.12 * max(0.0, 1 - (day - date(2020, 1, 27)).days / 30))
    returned = outside // 20
    observed = _observed(site, day, ever=story is Story.CUMULATIVE)
    given_at = filed_at - timedelta(minutes=chance.randint(15, 60))
    rows = tuple(
        _row(site, row.class_id, site.teacher_of(row), row.students, given_at, chance.random())
        for row in roster.classes
    )
    blank, given = (rows[:BLANK_SHEETS], rows[BLANK_SHEETS:]) if story is Story.BLANK else ((), rows)
    counted = {"outside_city": outside + slip, "returned_today": returned}
    if story is Story.SWAPPED:
        counted = {"outside_city": returned, "returned_today": outside}
    return Content(
        nature=Nature.POSITIVE if observed else Nature.ZERO,
        zero_attestation=not observed,
        counts={
            "roster_total": roster.staff + roster.students,
            "students_total": roster.students,
            "staff_total": roster.staff,
            "hubei_registered": _lot(site) % 4,
            **counted,
            "dissuaded_today": outside // 9,
            "home_observation": observed,
            "central_quarantine": 0,
            "fever_or_cough": 0,
            "suspected": 0,
            "confirmed": 0,
            "classes_expected": len(rows),
            "classes_reported": len(given),
        },
        flags={},
        choices={},
        classes=given,
        missing_classes=tuple(row.class_id for row in blank),
        prepared_by=prepared_by,
    )


def _lot(site: Site) -> int:
    return int(site.code[1:]) * 37 % 97


def _observed(site: Site, day: date, *, ever: bool) -> int:
    """How many are under observation on a day, or have ``ever`` been by then."""
    return sum(number for began, number in _arrivals(site) if began <= day and (ever or day < began + OBSERVED_FOR))


def _arrivals(site: Site) -> tuple[tuple[date, int], ...]:
    """From which day how many are observed: at about one site in eight, from a day of its own."""
    lot = _lot(site)
    ordinary = ((OBSERVED_FROM + timedelta(days=lot % 20), 1 + lot % 3),) if lot < 12 else ()
    return TWO_ARRIVALS.get(site.code, ordinary)


def _row(site: Site, class_id: str, teacher: str, students: int, given_at: datetime, draw: float) -> ClassRow:
    # A pupil who could not be reached that day is absent: about one class in twenty has one.
    absent = int(draw * 1000) % 20 == 0
    source = _SOURCES[int(draw * len(_SOURCES))]
    return ClassRow(
        class_id=class_id,
        given_by=site.reporter.person if source is Source.SUBSTITUTE else teacher,
        source=source,
        given_at=given_at,
        present=students - absent,
        absent=int(absent),
    )
