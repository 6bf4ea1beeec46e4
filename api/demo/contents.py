"""Form F1 and what the synthetic sites put into it. Nobody is ever suspected or confirmed (figure 4 is 0).

Most reports are zero reports; a site with people back from elsewhere reports them under home observation for a while.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from api.demo.city import Site
from domain.reporting.events import ArithmeticRule, ClassRow, Content, FieldKind, FormField, Nature, Source

FORM: Final = "F1"
FORM_VERSION: Final = 1


def _count(name: str, label_zh: str, label_en: str, *, positive: bool = False) -> FormField:
    return FormField(
        name=name,
        kind=FieldKind.COUNT,
        label_zh=label_zh,
        label_en=label_en,
        required=True,
        positive=positive,
        maximum=20_000,
    )


FIELDS: Final = (
    _count("roster_total", "师生总数", "Staff and pupils"),
    _count("students_total", "学生总数", "Pupils"),
    _count("staff_total", "教职工总数", "Staff"),
    _count("hubei_registered", "湖北籍人数", "Registered in Hubei"),
    _count("outside_city", "在外人数", "Outside the city"),
    _count("returned_today", "当日返回人数", "Returned today"),
    _count("dissuaded_today", "当日劝返人数", "Dissuaded today"),
    _count("home_observation", "居家观察人数", "Under observation at home", positive=True),
    _count("central_quarantine", "集中隔离人数", "In central quarantine", positive=True),
    _count("fever_or_cough", "发热咳嗽人数", "With fever or cough", positive=True),
    _count("suspected", "疑似病例", "Suspected cases", positive=True),
    _count("confirmed", "确诊病例", "Confirmed cases", positive=True),
    _count("classes_expected", "应报班级数", "Classes expected"),
    _count("classes_reported", "已报班级数", "Classes reported"),
)
RULES: Final = (
    ArithmeticRule(rule="people", left=("students_total", "staff_total"), relation="=", right=("roster_total",)),
    ArithmeticRule(rule="classes", left=("classes_reported",), relation="<=", right=("classes_expected",)),
    ArithmeticRule(rule="outside", left=("outside_city",), relation="<=", right=("roster_total",)),
    ArithmeticRule(
        rule="observed",
        left=("home_observation", "central_quarantine", "suspected", "confirmed"),
        relation="<=",
        right=("roster_total",),
    ),
)
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


def form_arguments() -> dict[str, Any]:
    """The arguments of publishing the form."""
    return {
        "form": FORM,
        "form_version": FORM_VERSION,
        "title_zh": "日报告表",
        "title_en": "Daily report",
        "has_classes": True,
        "fields": FIELDS,
        "rules": RULES,
    }
