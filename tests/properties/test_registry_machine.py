"""No order of registry commands, by anyone, breaks an invariant.

Anyone tries anything, at instants that only go forward; most is refused. What is accepted is folded here a second
time, in a plain way of its own, and compared with what must always hold.
"""

from datetime import date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.ledger.command import Command
from domain.ledger.errors import Refusal
from domain.ledger.event import Event
from domain.ledger.time import business_date_of
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.authority import Acting
from domain.registry.close_site import CloseSite
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.events import (
    Appointed,
    BureauFounded,
    DelegationGranted,
    DelegationRevoked,
    GroupDissolved,
    GroupFormed,
    GroupMemberAssigned,
    GroupMemberReleased,
    Level,
    OrganisationKind,
    OrganisationRegistered,
    PersonRegistered,
    Relieved,
    Role,
    SiteClosed,
    SiteMerged,
    SiteMoved,
    SiteResumed,
    SiteSuspended,
)
from domain.registry.form_group import FormGroup
from domain.registry.found_bureau import FoundBureau
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.organisation import OrganisationState
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.register_person import RegisterPerson
from domain.registry.rehearsal import Rehearsal
from domain.registry.release_group_member import ReleaseGroupMember
from domain.registry.relieve import Relieve
from domain.registry.resume_site import ResumeSite
from domain.registry.revoke_delegation import RevokeDelegation
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import AT, BUREAU, SEALED, TODAY, TOWN, uuid

PEOPLE = [uuid(n) for n in range(101, 105)]
BODIES = [uuid(n) for n in (1, 3, 4, 11, 12, 13, 14, 15)]
OFFICES = [uuid(n) for n in (201, 202, 204, 205, 206, 207)]
DELEGATIONS = [uuid(n) for n in (301, 302)]
GROUPS = [uuid(n) for n in (401, 402)]
person, body, office = st.sampled_from(PEOPLE), st.sampled_from(BODIES), st.sampled_from(OFFICES)
site, district = st.sampled_from(BODIES[3:]) | body, st.sampled_from(BODIES[1:3]) | body
delegation, group = st.sampled_from(DELEGATIONS), st.sampled_from(GROUPS)
day = st.integers(-3, 12).map(lambda days: TODAY + timedelta(days))
wait = st.integers(-6, 120).map(lambda hours: timedelta(hours=hours))
"""From now to an instant that a command names."""
post = st.sampled_from(
    [(Role.REGISTRAR, BODIES[0]), (Role.DISTRICT_REVIEWER, BODIES[1]), (Role.PRINCIPAL, BODIES[1])]
    + [(role, each) for role in (Role.PRINCIPAL, Role.REPORTER) for each in BODIES[3:6]]
)
code = st.sampled_from(("P01", "K01", "P02", "P03"))
REGISTRAR_ACTS = (
    OrganisationRegistered,
    SiteClosed,
    SiteMerged,
    SiteMoved,
    SiteSuspended,
    SiteResumed,
    PersonRegistered,
    Appointed,
    Relieved,
    GroupFormed,
    GroupDissolved,
)


class RegistryMachine(RuleBasedStateMachine):
    """A town in which everybody tries everything."""

    def __init__(self) -> None:
        super().__init__()
        self.rehearsal = Rehearsal(TOWN)
        self.history: list[Event] = []
        self.judged = 0
        self.states = {each: OrganisationState(each) for each in BODIES}
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
        try:
            events = self.rehearsal.carry_out(command)
        except Refusal:
            return
        for event in events:
            self.judge(event)
            self.happened(event)

    def happened(self, event: Event) -> None:
        self.history.append(event)
        for state in self.states.values():
            event.mutate(state)

    def judge(self, event: Event) -> None:
        """Whoever did this held the office for it at that instant, by the plain reading of the history so far."""
        assert not isinstance(event, BureauFounded)
        held = self.held_now()
        if isinstance(event, DelegationGranted):
            assert held == (event.role, event.organisation)
            assert self.acting.delegation is None
        elif isinstance(event, DelegationRevoked):
            assert held is not None
        elif isinstance(event, REGISTRAR_ACTS):
            assert held is not None
            assert held[0] is Role.REGISTRAR

    def held_now(self) -> tuple[Role, str] | None:
        acting, at = self.acting, self.acting.at
        granted = [one for one in self.history if isinstance(one, Appointed) and one.appointment == acting.appointment]
        if not granted or not granted[0].valid_from <= at or self.ended(granted[0], at):
            return None
        holder = granted[0].person
        if acting.delegation is None:
            return (granted[0].role, granted[0].organisation) if holder == acting.person else None
        runs = any(
            isinstance(one, DelegationGranted)
            and (one.delegation, one.appointment) == (acting.delegation, acting.appointment)
            and (one.holder, one.delegate) == (holder, acting.person)
            and one.valid_from <= at < one.valid_to
            for one in self.history
        ) and not any(
            isinstance(one, DelegationRevoked) and one.delegation == acting.delegation and one.revoked_at <= at
            for one in self.history
        )
        return (granted[0].role, granted[0].organisation) if runs else None

    def ended(self, one: Appointed, at: datetime) -> bool:
        return (one.valid_to is not None and one.valid_to <= at) or any(
            isinstance(relief, Relieved) and relief.appointment == one.appointment and relief.relieved_at <= at
            for relief in self.history
        )

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
                purpose="劝返",
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

    @invariant()
    def what_must_always_hold_holds(self) -> None:
        if self.judged == len(self.history):
            return
        self.judged = len(self.history)
        self.every_id_and_code_is_given_once()
        self.a_site_ends_once_and_what_it_leaves_reaches_an_open_site()
        self.a_site_is_in_one_district_on_every_day_it_is_open()
        self.nobody_holds_one_office_twice_at_once()
        self.appointments_begin_in_an_open_organisation()
        self.members_join_and_leave_in_turn_and_never_after_the_end()

    def every_id_and_code_is_given_once(self) -> None:
        named = [
            (type(one).__name__, name, getattr(one, name))
            for one in self.history
            for kind, names in (
                (Appointed, ("appointment",)),
                (OrganisationRegistered, ("organisation", "code")),
                (PersonRegistered, ("person", "code")),
                (DelegationGranted, ("delegation",)),
                (GroupFormed, ("group",)),
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
                if one.valid_from <= at and not self.ended(one, at)
            ]
            assert len(holding) == len(set(holding))

    def appointments_begin_in_an_open_organisation(self) -> None:
        for one in self.history:
            if isinstance(one, Appointed) and one.organisation != BUREAU:
                state = self.state(one.organisation)
                assert state.is_registered
                begin = business_date_of(one.valid_from)
                assert state.opened_on is None or one.acting_for is not None or state.opened_on <= begin

    def members_join_and_leave_in_turn_and_never_after_the_end(self) -> None:
        members: dict[str, set[str]] = {}
        over: set[str] = set()
        for one in self.history:
            if isinstance(one, GroupMemberAssigned):
                assert one.group not in over
                assert one.person not in members.setdefault(one.group, set())
                members[one.group].add(one.person)
            elif isinstance(one, GroupMemberReleased):
                assert one.group not in over
                members[one.group].remove(one.person)
            elif isinstance(one, GroupDissolved):
                assert one.group not in over
                over.add(one.group)

    def state(self, organisation: str) -> OrganisationState:
        return self.states[organisation]


RegistryMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestRegistry = RegistryMachine.TestCase
