"""What the synthetic sites put into form F1. Nobody is ever suspected or confirmed (figure 4 is 0).

Most reports are zero reports; a site with people back from elsewhere reports them under home observation for a while.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from api.demo.city import Site
from domain.reporting.events import ClassRow, Content, Nature, Source

OBSERVED_FROM: Final = date(2020, 2, 1)
_SOURCES: Final = (Source.TEACHER,) * 18 + (Source.SUBSTITUTE, Source.PHONE)


def content(
    site: Site, day: date, *, filed_at: datetime, prepared_by: str, chance: Random, slip: bool = False
) -> Content:
    """What a site reports for a day.

    ``slip`` makes the honest mistake that a correction sets right: one person more counted as outside the city.
    """
    roster = site.roster
    outside = round(roster.students * 0.12 * max(0.0, 1 - (day - date(2020, 1, 27)).days / 30))
    # About one site in eight has somebody at home under observation, for 14 days from a day of its own.
    lot = int(site.code[1:]) * 37 % 97
    began = OBSERVED_FROM + timedelta(days=lot % 20)
    observed = 1 + lot % 3 if lot < 12 and began <= day < began + timedelta(days=14) else 0
    given_at = filed_at - timedelta(minutes=chance.randint(15, 60))
    rows = tuple(
        _row(site, row.class_id, site.teacher_of(row), row.students, given_at, chance.random())
        for row in roster.classes
    )
    return Content(
        nature=Nature.POSITIVE if observed else Nature.ZERO,
        zero_attestation=not observed,
        counts={
            "roster_total": roster.staff + roster.students,
            "students_total": roster.students,
            "staff_total": roster.staff,
            "hubei_registered": lot % 4,
            "outside_city": outside + slip,
            "returned_today": outside // 20,
            "dissuaded_today": outside // 9,
            "home_observation": observed,
            "central_quarantine": 0,
            "fever_or_cough": 0,
            "suspected": 0,
            "confirmed": 0,
            "classes_expected": len(rows),
            "classes_reported": len(rows),
        },
        flags={},
        choices={},
        classes=rows,
        missing_classes=(),
        prepared_by=prepared_by,
    )


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
