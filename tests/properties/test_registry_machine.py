"""No order of registry commands, by anyone, breaks an invariant.

Anyone tries anything, at instants that only go forward; most is refused. What is accepted is judged by a second, plain
reading of the history (``registry_judge.py``), and compared with what must always hold. The last test says which
commands are tried: all.
"""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import domain.registry
from domain.ledger.command import Command
from domain.ledger.errors import Refusal
from domain.ledger.event import Event
from domain.ledger.time import business_date_of
from domain.registry.abolish_organisation import AbolishOrganisation
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.authority import Acting
from domain.registry.change_calendar import ChangeCalendar
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.end_small_site_exemption import EndSmallSiteExemption
from domain.registry.events import (
    Appointed,
    CalendarName,
    ClassRoster,
    DelegationGranted,
    GroupFormed,
    Level,
    OrganisationKind,
    OrganisationRegistered,
    PersonRegistered,
    Role,
    SiteClosed,
    SiteMerged,
    TaskForceFormed,
)
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.form_group import FormGroup
from domain.registry.form_task_force import FormTaskForce
from domain.registry.found_bureau import FoundBureau
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.import_people import PEOPLE as PEOPLE_TABLE
from domain.registry.import_rows import Table, TableLine
from domain.registry.import_table import ImportTable
from domain.registry.issue_token import IssueToken
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.organisation import OrganisationState
from domain.registry.publish_calendar import PublishCalendar
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.register_person import RegisterPerson
from domain.registry.rehearsal import Rehearsal
from domain.registry.release_group_member import ReleaseGroupMember
from domain.registry.relieve import Relieve
from domain.registry.resume_site import ResumeSite
from domain.registry.revoke_delegation import RevokeDelegation
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import AT, BUREAU, SEALED, SECTION, TODAY, TOWN, uuid
from tests.properties.registry_judge import Judge

PEOPLE = [uuid(n) for n in range(101, 105)]
BODIES = [uuid(n) for n in (1, 3, 4, 11, 12, 13, 14, 15)]
OFFICES = [uuid(n) for n in (201, 202, 204, 205, 206, 207)]
DELEGATIONS = [uuid(n) for n in (301, 302)]
GROUPS = [uuid(n) for n in (401, 402)]
person, body, office = st.sampled_from(PEOPLE), st.sampled_from(BODIES), st.sampled_from(OFFICES)
site, district = st.sampled_from(BODIES[3:6]) | body, st.sampled_from(BODIES[1:3]) | body
delegation, group = st.sampled_from(DELEGATIONS), st.sampled_from(GROUPS)
day = st.integers(-9, 12).map(lambda days: TODAY + timedelta(-40 if days == -9 else days))
wait = st.integers(-8, 120).map(lambda hours: timedelta(hours=-40 * 24 if hours < -6 else hours))
"""From now to an instant that a command names."""
post = st.sampled_from(
    [
        (Role.REGISTRAR, BODIES[0]),
        (Role.REGISTRAR, SECTION),
        (Role.DISTRICT_REVIEWER, BODIES[1]),
        (Role.PRINCIPAL, BODIES[1]),
    ]
    + [(role, each) for role in (Role.PRINCIPAL, Role.REPORTER) for each in BODIES[3:6]]
)
code = st.sampled_from(("P01", "K01", "P02", "P03"))
DISTRICTS = [uuid(3), uuid(4)]
WORKING_DAYS = st.lists(st.integers(-2, 12).map(lambda days: TODAY + timedelta(days)), max_size=2).map(tuple)


class RegistryMachine(RuleBasedStateMachine):
    """A town in which everybody tries everything."""

    def __init__(self) -> None:
        super().__init__()
        self.rehearsal = Rehearsal(TOWN)
        self.history: list[Event] = []
        self.judge = Judge(TOWN, AT)
        self.judged = 0
        self.states = {each: OrganisationState(each) for each in (*BODIES, SECTION)}
        for event in TOWN:
            self.happened(event)
        self.now = AT
        self.acting = Acting(person=PEOPLE[0], appointment=OFFICES[0], at=AT)

    @initialize()
    def nobody_founds_a_second_bureau(self) -> None:
        self.attempt(
            FoundBureau(
                bureau=uuid(2),
                name="又一局",
                registrar_person=uuid(199),
                registrar_code="P199",
                registrar_name=SEALED,
                appointment=uuid(299),
                at=AT,
            )
        )

    @rule(hours=st.integers(1, 30))
    def time_moves(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.acting = Acting(person=PEOPLE[0], appointment=OFFICES[0], at=self.now)

    @rule(who=person, under=office, by=st.none() | delegation)
    def somebody_else_acts(self, who: str, under: str, by: str | None) -> None:
        self.acting = Acting(person=who, appointment=under, at=self.now, delegation=by)

    @rule(under=office)
    def the_holder_acts(self, under: str) -> None:
        for one in self.history:
            if isinstance(one, Appointed) and one.appointment == under:
                self.acting = Acting(person=one.person, appointment=under, at=self.now)

    @rule(each=delegation)
    def the_delegate_acts(self, each: str) -> None:
        for one in self.history:
            if isinstance(one, DelegationGranted) and one.delegation == each:
                self.acting = Acting(person=one.delegate, appointment=one.appointment, at=self.now, delegation=each)

    def attempt(self, command: Command) -> None:
        """Whoever else acts does so once: most attempts are the registrar's, or hardly anything would be accepted."""
        try:
            events = self.rehearsal.carry_out(command)
        except Refusal:
            events = ()
        for event in events:
            self.judge.take(event, self.acting)
            self.happened(event)
        self.acting = Acting(person=PEOPLE[0], appointment=OFFICES[0], at=self.now)

    def happened(self, event: Event) -> None:
        self.history.append(event)
        for state in self.states.values():
            event.mutate(state)

    @rule(each=st.sampled_from(BODIES[6:]) | site, code=code, parent=district, opened_on=day)
    def register_a_site(self, each: str, code: str, parent: str, opened_on: date) -> None:
        self.attempt(
            RegisterOrganisation(
                acting=self.acting,
                organisation=each,
                kind=OrganisationKind.PRIMARY,
                code=code,
                name="小学",
                parent=parent,
                opened_on=opened_on,
                public=True,
            )
        )

    @rule(site=site, heir=site, on=day, merge=st.booleans())
    def end_a_site(self, site: str, heir: str, on: date, merge: bool) -> None:
        if merge:
            self.attempt(MergeSite(acting=self.acting, organisation=site, merged_on=on, into=heir))
        else:
            self.attempt(CloseSite(acting=self.acting, organisation=site, closed_on=on, heir=heir))

    @rule(site=site, on=day, resume=st.booleans())
    def suspend_or_resume(self, site: str, on: date, resume: bool) -> None:
        if resume:
            self.attempt(ResumeSite(acting=self.acting, organisation=site, resumed_on=on))
        else:
            self.attempt(SuspendSite(acting=self.acting, organisation=site, suspended_on=on))

    @rule(site=site, to=district, on=day)
    def move(self, site: str, to: str, on: date) -> None:
        self.attempt(MoveSite(acting=self.acting, organisation=site, to_parent=to, moved_on=on))

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

    @rule(body=st.sampled_from([SECTION, *DISTRICTS, *BODIES]), on=day)
    def abolish(self, body: str, on: date) -> None:
        self.attempt(AbolishOrganisation(acting=self.acting, organisation=body, abolished_on=on))

    @rule(on=st.integers(-8, 0).map(lambda days: TODAY + timedelta(days)), at=st.sampled_from(DISTRICTS))
    def a_district_is_emptied(self, on: date, at: str) -> None:
        for site in BODIES[3:6]:
            self.attempt(MoveSite(acting=self.acting, organisation=site, to_parent=at, moved_on=on))

    @rule(site=site, on=day, classes=st.lists(st.sampled_from(("1a", "1b")), max_size=2))
    def declare_a_roster(self, site: str, on: date, classes: list[str]) -> None:
        rows = tuple(ClassRoster(class_id=each, grade=1, students=30) for each in classes)
        self.attempt(DeclareRoster(acting=self.acting, organisation=site, as_of=on, staff=3, classes=rows))

    @rule(site=site, begin=wait, runs=st.none() | wait)
    def exempt(self, site: str, begin: timedelta, runs: timedelta | None) -> None:
        valid_from = self.now + begin
        self.attempt(
            ExemptSmallSite(
                acting=self.acting,
                organisation=site,
                valid_from=valid_from,
                valid_to=None if runs is None else valid_from + runs,
                reason=SEALED,
            )
        )

    @rule(site=site, after=wait)
    def end_an_exemption(self, site: str, after: timedelta) -> None:
        self.attempt(EndSmallSiteExemption(acting=self.acting, organisation=site, ended_at=self.now + after))

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

    @rule(
        name=st.sampled_from(CalendarName),
        first=st.integers(-2, 5),
        length=st.integers(-1, 6),
        work=WORKING_DAYS,
        rest=WORKING_DAYS,
        known=wait,
    )
    def publish_a_calendar(
        self,
        name: CalendarName,
        first: int,
        length: int,
        work: tuple[date, ...],
        rest: tuple[date, ...],
        known: timedelta,
    ) -> None:
        first_day = TODAY + timedelta(first)
        self.attempt(
            PublishCalendar(
                acting=self.acting,
                calendar=name,
                first_day=first_day,
                last_day=first_day + timedelta(length),
                work_days=work,
                rest_days=rest,
                known_at=self.now + known,
                source="通知",
            )
        )

    @rule(name=st.sampled_from(CalendarName), work=WORKING_DAYS, rest=WORKING_DAYS, known=wait)
    def change_a_calendar(
        self, name: CalendarName, work: tuple[date, ...], rest: tuple[date, ...], known: timedelta
    ) -> None:
        self.attempt(
            ChangeCalendar(
                acting=self.acting,
                calendar=name,
                work_days=work,
                rest_days=rest,
                known_at=self.now + known,
                source="通知",
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

    @invariant()
    def what_must_always_hold_holds(self) -> None:
        self.judge.somebody_can_always_act_in_the_registry(self.now)
        if self.judged == len(self.history):
            return
        self.judged = len(self.history)
        self.every_id_and_code_is_given_once()
        self.a_site_ends_once_and_what_it_leaves_reaches_an_open_site()
        self.a_site_is_in_one_district_on_every_day_it_is_open()
        self.nobody_holds_one_office_twice_at_once()
        self.appointments_begin_in_an_open_organisation()
        self.judge.no_office_outlasts_its_organisation()
        self.judge.one_exemption_at_a_time()
        self.judge.every_open_site_is_in_a_district_that_is_there(
            [TODAY + timedelta(days) for days in (-8, -3, 0, 1, 5, 12, 60)]
        )
        self.judge.members_join_and_leave_in_turn_and_never_after_the_end()

    def every_id_and_code_is_given_once(self) -> None:
        named = [
            ("group" if kind in (GroupFormed, TaskForceFormed) else kind.__name__ + name, getattr(one, name))
            for one in self.history
            for kind, names in (
                (Appointed, ("appointment",)),
                (OrganisationRegistered, ("organisation", "code")),
                (PersonRegistered, ("person", "code")),
                (DelegationGranted, ("delegation",)),
                (GroupFormed, ("group",)),
                (TaskForceFormed, ("task_force",)),
            )
            if isinstance(one, kind)
            for name in names
        ]
        assert len(named) == len(set(named))

    def a_site_ends_once_and_what_it_leaves_reaches_an_open_site(self) -> None:
        ends = {
            one.organisation: (one.closed_on, one.heir) if isinstance(one, SiteClosed) else (one.merged_on, one.into)
            for one in self.history
            if isinstance(one, SiteClosed | SiteMerged)
        }
        assert len(ends) == sum(isinstance(one, SiteClosed | SiteMerged) for one in self.history)
        for site, (ended_on, heir) in ends.items():
            state = self.state(site)
            assert not any(state.owes_on(ended_on + timedelta(days)) for days in (0, 1, 400))
            followed = {site}
            on, last = ended_on, heir
            while last in ends:
                assert last not in followed
                assert ends[last][0] > on
                followed.add(last)
                on, last = ends[last]
            assert self.state(last).open_on(on)

    def a_site_is_in_one_district_on_every_day_it_is_open(self) -> None:
        for site in BODIES[3:]:
            state = self.state(site)
            for days in range(-3, 13):
                on = TODAY + timedelta(days)
                assert (not state.is_registered) or not state.open_on(on) or state.parent_on(on) in BODIES[1:3]
                assert not (state.owes_on(on) and state.suspended_on(on))

    def nobody_holds_one_office_twice_at_once(self) -> None:
        offices = [one for one in self.history if isinstance(one, Appointed)]
        instants = {one.valid_from for one in offices}
        for at in instants:
            holding = [
                (one.person, one.role, one.organisation)
                for one in offices
                if one.valid_from <= at and not self.judge.ended(one, at)
            ]
            assert len(holding) == len(set(holding))

    def appointments_begin_in_an_open_organisation(self) -> None:
        for one in self.history:
            if isinstance(one, Appointed) and one.organisation != BUREAU:
                state = self.state(one.organisation)
                assert state.is_registered
                begin = business_date_of(one.valid_from)
                assert state.opened_on is None or state.opened_on <= begin

    def state(self, organisation: str) -> OrganisationState:
        return self.states[organisation]


RegistryMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
TestRegistry = RegistryMachine.TestCase


def test_every_command_of_the_registry_is_tried() -> None:
    for module in pkgutil.iter_modules(domain.registry.__path__, "domain.registry."):
        import_module(module.name)

    def below(command: type[Command]) -> Iterator[type[Command]]:
        for each in command.__subclasses__():
            yield each
            yield from below(each)

    commands = {
        each.__name__
        for each in below(Command)
        if each.__module__.startswith("domain.registry.") and "name" in vars(each)
    }
    built = {
        node.func.id
        for node in ast.walk(ast.parse(inspect.getsource(RegistryMachine)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert len(commands) > 25
    assert commands - built == set()
