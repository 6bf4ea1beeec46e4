"""People from a table: a code, a name and perhaps a telephone number. Name and number are sealed, never in the log."""

from typing import Final

from domain.ledger.errors import Invalid
from domain.registry.authority import Acting
from domain.registry.import_rows import Column, Row
from domain.registry.importing import Import, Personal, Planned
from domain.registry.register_person import RegisterPerson
from domain.registry.rehearsal import Rehearsal
from domain.registry.wording import require_name

COLUMNS: Final = (
    Column("code", ("编号", "人员编号", "工号")),
    Column("name", ("姓名",)),
    Column("phone", ("电话", "手机", "联系电话"), required=False),
)


def _plan(row: Row, rehearsal: Rehearsal, acting: Acting, person: str) -> Planned | None:
    code = row.text("code")
    cells: dict[str, str] = {}
    for field in ("name", "phone"):
        if field == "name" or row.has(field):
            cells[field] = row.text(field)
            try:
                require_name(field, cells[field])
            except Invalid as invalid:
                if row.has(field):
                    row.refuse(field, invalid.code, str(invalid.details["rule"]))
    if row.errors:
        return None
    return Planned(
        row=row.number,
        identity=code,
        personal=tuple(
            Personal(row=row.number, field=field, value=value, subject=person) for field, value in cells.items()
        ),
        build=lambda sealed: RegisterPerson(
            acting=acting, person=person, code=code, name=sealed["name"], phone=sealed.get("phone")
        ),
    )


PEOPLE: Final = Import(
    kind="people", columns=COLUMNS, wave=lambda _: 0, plan=_plan, columns_of={"person_code_taken": "code"}
)
