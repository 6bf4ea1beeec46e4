"""A town in which everybody tries everything: who acts, at which instant, and what is drawn."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from domain.ledger.command import Command
from domain.ledger.errors import Refusal
from domain.ledger.event import Event
from domain.registry.authority import Acting
from domain.registry.events import (
    Appointed,
    DelegationGranted,
    Role,
)
from domain.registry.found_bureau import FoundBureau
from domain.registry.organisation import OrganisationState
from domain.registry.rehearsal import Rehearsal
from tests.domain.registry.town import AT, SEALED, SECTION, TODAY, TOWN, uuid
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


class Town(RuleBasedStateMachine):
    """One town's registry; the rules of who acts. What is tried stands in the classes below it."""

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

    def state(self, organisation: str) -> OrganisationState:
        return self.states[organisation]
