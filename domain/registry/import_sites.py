"""Sites, districts and sections from a table. Districts and sections come first; sites may lie in them."""

from typing import Final

from domain.registry.authority import Acting
from domain.registry.events import OrganisationKind
from domain.registry.import_rows import Column, Row
from domain.registry.importing import Import, Planned, known
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.rehearsal import Rehearsal

COLUMNS: Final = (
    Column("code", ("编号", "单位编号", "学校编号")),
    Column("name", ("名称", "单位名称", "学校名称")),
    Column("kind", ("类型", "单位类型")),
    Column("parent", ("上级", "上级编号", "所属学区", "学区编号"), required=False),
    Column("opened_on", ("开办日期", "成立日期", "启用日期")),
    Column("public", ("公办", "办别", "性质")),
)
KINDS: Final = {
    "科室": "section",
    "责任科室": "section",
    "学区": "district",
    "幼儿园": "kindergarten",
    "小学": "primary",
    "初中": "junior",
    "高中": "senior",
    "职业学校": "vocational",
    "中职": "vocational",
    "培训机构": "training",
    **{kind.value: kind.value for kind in OrganisationKind if kind is not OrganisationKind.BUREAU},
}
_UNDER_BUREAU: Final = {"section", "district"}


def _wave(row: Row) -> int:
    return 0 if KINDS.get(row.word("kind")) in _UNDER_BUREAU else 1


def _plan(row: Row, rehearsal: Rehearsal, acting: Acting, organisation: str) -> Planned | None:
    code, name, kind = row.text("code"), row.text("name"), row.one_of("kind", KINDS)
    opened_on, public = row.day("opened_on"), row.yes("public")
    parent_code = row.text("parent") if row.has("parent") or kind not in _UNDER_BUREAU else ""
    known(row, "parent", rehearsal.organisations, parent_code)
    parent = rehearsal.organisations.get(parent_code) if parent_code else rehearsal.bureau
    if kind is None or opened_on is None or parent is None or row.errors:
        return None
    return Planned(
        row=row.number,
        identity=code,
        build=lambda _: RegisterOrganisation(
            acting=acting,
            organisation=organisation,
            kind=OrganisationKind(kind),
            code=code,
            name=name,
            parent=parent,
            opened_on=opened_on,
            public=public,
        ),
    )


SITES: Final = Import(
    kind="sites",
    columns=COLUMNS,
    wave=_wave,
    plan=_plan,
    columns_of={
        "organisation_code_taken": "code",
        "wrong_parent": "parent",
        "organisation_unknown": "parent",
        "not_yet_opened": "opened_on",
        "already_closed": "parent",
    },
)
