"""What is tried with people, offices, delegations and groups."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.authority import Acting
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.events import (
    Level,
    Role,
)
from domain.registry.form_group import FormGroup
from domain.registry.form_task_force import FormTaskForce
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.import_people import PEOPLE as PEOPLE_TABLE
from domain.registry.import_rows import Table, TableLine
from domain.registry.import_table import ImportTable
from domain.registry.issue_token import IssueToken
from domain.registry.register_person import RegisterPerson
from domain.registry.release_group_member import ReleaseGroupMember
from domain.registry.relieve import Relieve
from domain.registry.revoke_delegation import RevokeDelegation
from tests.domain.registry.town import SEALED, uuid
from tests.properties.registry_town import (
    BODIES,
    PEOPLE,
    Town,
    body,
    delegation,
    group,
    office,
    person,
    post,
    site,
    wait,
)


class PeopleChange(Town):
    """People come, are appointed, lend and leave; groups are formed and change."""

    @rule(who=st.sampled_from([*PEOPLE, uuid(106)]), code=st.sampled_from(("P106", "P101")))
    def register_a_person(self, who: str, code: str) -> None:
        self.attempt(RegisterPerson(acting=self.acting, person=who, code=code, name=SEALED))

    @rule(each=office, who=person, post=post, begin=wait, runs=st.none() | wait)
    def appoint(self, each: str, who: str, post: tuple[Role, str], begin: timedelta, runs: timedelta | None) -> None:
        valid_from = self.now + begin
        self.attempt(
            Appoint(
                acting=self.acting,
                appointment=each,
                person=who,
                role=post[0],
                organisation=post[1],
                valid_from=valid_from,
                valid_to=None if runs is None else valid_from + runs,
            )
        )

    @rule(each=office, who=person, other=office, begin=wait, runs=wait)
    def appoint_acting(self, each: str, who: str, other: str, begin: timedelta, runs: timedelta) -> None:
        valid_from = self.now + begin
        self.attempt(
            AppointActing(
                acting=self.acting,
                appointment=each,
                person=who,
                acting_for=other,
                valid_from=valid_from,
                valid_to=valid_from + runs,
            )
        )

    @rule(each=office, after=wait)
    def relieve(self, each: str, after: timedelta) -> None:
        self.attempt(Relieve(acting=self.acting, appointment=each, relieved_at=self.now + after))

    @rule(each=delegation, who=person, begin=wait, runs=wait, under=st.none() | office)
    def delegate(self, each: str, who: str, begin: timedelta, runs: timedelta, under: str | None) -> None:
        valid_from = self.now + begin
        self.attempt(
            GrantDelegation(
                acting=self.acting,
                delegation=each,
                appointment=under or self.acting.appointment,
                delegate=who,
                valid_from=valid_from,
                valid_to=valid_from + runs,
            )
        )

    @rule(each=delegation, after=wait, under=st.none() | office)
    def revoke(self, each: str, after: timedelta, under: str | None) -> None:
        self.attempt(
            RevokeDelegation(
                acting=self.acting,
                delegation=each,
                appointment=under or self.acting.appointment,
                revoked_at=self.now + after,
            )
        )

    @rule(each=group, by=site, covers=st.lists(site, max_size=2), members=st.lists(person, max_size=2))
    def form_a_group(self, each: str, by: str, covers: list[str], members: list[str]) -> None:
        self.attempt(
            FormGroup(
                acting=self.acting,
                group=each,
                level=Level.SCHOOL,
                formed_by=by,
                covers=tuple(covers),
                purpose="dissuasion",
                members=tuple(members),
            )
        )

    @rule(each=group, who=person, act=st.sampled_from(("assign", "release", "dissolve")))
    def change_a_group(self, each: str, who: str, act: str) -> None:
        if act == "assign":
            self.attempt(AssignGroupMember(acting=self.acting, group=each, person=who))
        elif act == "release":
            self.attempt(ReleaseGroupMember(acting=self.acting, group=each, person=who))
        else:
            self.attempt(DissolveGroup(acting=self.acting, group=each))

    @rule(each=group, who=person, under=office, joins=st.booleans())
    def a_holder_changes_a_group(self, each: str, who: str, under: str, joins: bool) -> None:
        held = [one for one in self.judge.appointments() if one.appointment == under]
        if held:
            self.acting = Acting(person=held[0].person, appointment=under, at=self.now)
        change = AssignGroupMember if joins else ReleaseGroupMember
        self.attempt(change(acting=self.acting, group=each, person=who))

    @rule(
        each=group, by=st.sampled_from(BODIES), covers=st.lists(body, max_size=2), members=st.lists(person, max_size=2)
    )
    def form_a_task_force(self, each: str, by: str, covers: list[str], members: list[str]) -> None:
        self.attempt(
            FormTaskForce(
                acting=self.acting,
                task_force=each,
                level=Level.BUREAU,
                formed_by=by,
                covers=tuple(covers),
                name="专班",
                members=tuple(members),
            )
        )

    @rule(who=st.sampled_from([*PEOPLE, uuid(106), uuid(107)]))
    def issue_a_token(self, who: str) -> None:
        self.attempt(IssueToken(token=f"t-{len(self.history)}", person=who, fingerprint=SEALED, expires_at=self.now))

    @rule(codes=st.lists(st.sampled_from(("P107", "P108", "P101")), min_size=1, max_size=2))
    def import_people(self, codes: list[str]) -> None:
        rows = (("code", "name"), *((code, "某") for code in codes))
        before = len(self.history)
        self.attempt(
            ImportTable(
                acting=self.acting,
                importing=PEOPLE_TABLE,
                table=Table(tuple(TableLine(number, cells) for number, cells in enumerate(rows, 1))),
                name_of=lambda row: uuid(700_000 + 100 * before + row),
                sealed={},
            )
        )
        assert len(self.history) - before in (0, len(codes))
