"""Appointments from a table, by codes: who, as what, where, from when, until when, standing in for whom.

A bare day under ``valid_from`` means its begin, one under ``valid_to`` its end: the last day is included. A row that
names somebody under ``acting_for`` is an acting appointment for the one that this person holds in that role there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.ledger.command import Command
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.authority import Acting
from domain.registry.events import Role
from domain.registry.import_rows import Column, Row
from domain.registry.importing import Import, Planned, known
from domain.registry.rehearsal import Rehearsal

COLUMNS: Final = (
    Column("person", ("人员编号", "工号")),
    Column("role", ("角色", "职务", "岗位")),
    Column("organisation", ("单位编号", "学校编号", "任职单位")),
    Column("valid_from", ("任职开始", "任职起始", "起始日期", "开始日期")),
    Column("valid_to", ("任职结束", "任职截止", "截止日期", "结束日期"), required=False),
    Column("acting_for", ("代理", "代理对象", "被代理人编号"), required=False),
)
ROLES: Final = {
    "信息报送专人": "school.reporter",
    "报送员": "school.reporter",
    "班主任": "school.class_teacher",
    "校长": "school.principal",
    "园长": "school.principal",
    "第一责任人": "school.principal",
    "学区审核员": "district.reviewer",
    "责任科室": "bureau.section",
    "登记员": "bureau.registrar",
    "督查": "inspector",
    "纪检": "discipline",
    **{role.value: role.value for role in Role if role is not Role.CLOCK},
}
BUREAU_WORDS: Final = frozenset({"局", "教育局", "bureau"})
"""The bureau has no code of its own."""


class _TakenOver(Appoint):
    """An office that began before it was entered, perhaps years ago: a fact, not an order (ADR 0015)."""

    is_bounded = False


class _ActingTakenOver(AppointActing):
    """The same of one that stands in for another."""

    is_bounded = False


def _wave(row: Row) -> int:
    return 1 if row.has("acting_for") else 0


def _plan(row: Row, rehearsal: Rehearsal, acting: Acting, appointment: str) -> Planned | None:
    person_code, role_name, place = row.text("person"), row.one_of("role", ROLES), row.text("organisation")
    valid_from = row.instant("valid_from")
    valid_to = row.instant("valid_to", ends=True) if row.has("valid_to") else None
    known(row, "person", rehearsal.people, person_code)
    organisation = rehearsal.bureau if place.lower() in BUREAU_WORDS else rehearsal.organisations.get(place)
    if place and organisation is None:
        known(row, "organisation", rehearsal.organisations, place)
    if role_name is None or organisation is None or valid_from is None or row.errors:
        return None
    role, person = Role(role_name), rehearsal.people[person_code]
    if not row.has("acting_for"):
        return Planned(
            row=row.number,
            identity=f"{person_code}/{role_name}/{organisation}/{valid_from}",
            build=lambda _: _TakenOver(
                acting=acting,
                appointment=appointment,
                person=person,
                role=role,
                organisation=organisation,
                valid_from=valid_from,
                valid_to=valid_to,
            ),
        )
    return _standing_in(row, rehearsal, acting, (appointment, person, role, organisation, valid_from, valid_to))


def _standing_in(
    row: Row,
    rehearsal: Rehearsal,
    acting: Acting,
    terms: tuple[str, str, Role, str, datetime, datetime | None],
) -> Planned | None:
    appointment, person, role, organisation, valid_from, valid_to = terms
    other = row.text("acting_for")
    known(row, "acting_for", rehearsal.people, other)
    held = rehearsal.holder_of(rehearsal.people.get(other, ""), role, organisation)
    if other in rehearsal.people and held is None:
        row.refuse("acting_for", "holds_no_such_office", "does not hold this role there")
    if valid_to is None:
        row.refuse("valid_to", "cell_empty", "standing in has an end")
    if held is None or valid_to is None:
        return None
    end = valid_to

    def build(_: Mapping[str, str]) -> Command:
        return _ActingTakenOver(
            acting=acting,
            appointment=appointment,
            person=person,
            acting_for=held,
            valid_from=valid_from,
            valid_to=end,
        )

    return Planned(
        row=row.number,
        identity=f"{person}/{role}/{organisation}/{valid_from}",
        build=build,
    )


APPOINTMENTS: Final = Import(
    kind="appointments",
    columns=COLUMNS,
    wave=_wave,
    plan=_plan,
    columns_of={
        "person_unknown": "person",
        "already_appointed": "person",
        "acting_for_oneself": "acting_for",
        "outside_appointment": "valid_from",
        "empty_interval": "valid_to",
        "role_unfit": "role",
        "not_yet_opened": "valid_from",
        "already_closed": "valid_from",
        "organisation_unknown": "organisation",
    },
)
