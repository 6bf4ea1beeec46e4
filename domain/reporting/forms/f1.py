"""F1, the daily report (日报告表), with a row per class.

Who, which day, nature, attestation, rows and remarks stand in ``Content`` itself. Positive are the counts of people
whose health is watched: any of them makes the report positive. People outside the city, back today or dissuaded are
facts of the day and can stand on a zero report.
"""

from typing import Final

from domain.reporting.events import ArithmeticRule, FieldKind, FormField, FormPublished

_LARGEST_SITE: Final = 20_000


def _count(name: str, label_zh: str, label_en: str, *, positive: bool = False, required: bool = True) -> FormField:
    return FormField(
        name=name,
        kind=FieldKind.COUNT,
        label_zh=label_zh,
        label_en=label_en,
        required=required,
        positive=positive,
        maximum=_LARGEST_SITE,
    )


def _other(name: str, kind: FieldKind, label_zh: str, label_en: str) -> FormField:
    return FormField(name=name, kind=kind, label_zh=label_zh, label_en=label_en, required=False, positive=False)


F1: Final = FormPublished(
    form="F1",
    form_version=1,
    title_zh="日报告表",
    title_en="Daily report",
    has_classes=True,
    fields=(
        _count("roster_total", "师生总数", "Staff and students"),
        _count("students_total", "学生总数", "Students"),
        _count("staff_total", "教职工总数", "Staff"),
        _count("hubei_registered", "湖北籍人数", "Registered in Hubei"),
        _count("outside_city", "在外人数", "Outside the city"),
        _count("returned_today", "当日返回人数", "Returned today"),
        _count("not_returned", "尚未返回人数", "Not yet returned", required=False),
        _count("dissuaded_today", "当日劝返人数", "Dissuaded today"),
        _count("home_observation", "居家观察人数", "Under observation at home", positive=True),
        _count("central_quarantine", "集中隔离人数", "In central quarantine", positive=True),
        _count("fever_or_cough", "发热咳嗽人数", "With fever or cough", positive=True),
        _count("suspected", "疑似病例", "Suspected cases", positive=True),
        _count("confirmed", "确诊病例", "Confirmed cases", positive=True),
        _count("classes_expected", "应报班级数", "Classes expected"),
        _count("classes_reported", "已报班级数", "Classes reported"),
        _other("duty_leader", FieldKind.PERSON, "值班领导", "Leader on duty"),
        _other("named_list", FieldKind.LIST, "人员名单", "List of names"),
        _other("remarks", FieldKind.TEXT, "备注", "Remarks"),
    ),
    rules=(
        ArithmeticRule(rule="people", left=("students_total", "staff_total"), relation="=", right=("roster_total",)),
        ArithmeticRule(rule="hubei", left=("hubei_registered",), relation="<=", right=("roster_total",)),
        ArithmeticRule(rule="outside", left=("outside_city",), relation="<=", right=("roster_total",)),
        ArithmeticRule(rule="returned", left=("returned_today",), relation="<=", right=("roster_total",)),
        ArithmeticRule(rule="not_returned", left=("not_returned",), relation="<=", right=("roster_total",)),
        ArithmeticRule(rule="fever", left=("fever_or_cough",), relation="<=", right=("roster_total",)),
        ArithmeticRule(
            rule="observed",
            left=("home_observation", "central_quarantine", "suspected", "confirmed"),
            relation="<=",
            right=("roster_total",),
        ),
        ArithmeticRule(rule="classes", left=("classes_reported",), relation="<=", right=("classes_expected",)),
    ),
)
