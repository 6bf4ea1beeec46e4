"""F2, the roll-up (汇总表): what a district's or the bureau's roll-up shows, as a form for print and for reading.

Nobody fills it in. ``RollupBuilt`` holds its values, counted from what stands below, with the gaps by name.
"""

from typing import Final

from domain.reporting.events import ArithmeticRule, FieldKind, FormField, FormPublished


def _count(name: str, label_zh: str, label_en: str) -> FormField:
    return FormField(
        name=name, kind=FieldKind.COUNT, label_zh=label_zh, label_en=label_en, required=True, positive=False
    )


F2: Final = FormPublished(
    form="F2",
    form_version=1,
    title_zh="日汇总表",
    title_en="Daily roll-up",
    has_classes=False,
    fields=(
        _count("expected", "应报单位数", "Expected"),
        _count("covered", "已报单位数", "Covered"),
        _count("missing", "缺报单位数", "Missing"),
        _count("excused", "免责单位数", "Excused"),
        _count("unsigned", "未签字单位数", "Unsigned"),
        _count("not_owed", "无需报送单位数", "Not owed"),
    ),
    rules=(ArithmeticRule(rule="all", left=("covered", "missing", "excused"), relation="=", right=("expected",)),),
)
