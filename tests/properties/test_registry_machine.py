"""No order of registry commands, by anyone, breaks an invariant.

Anyone tries anything, at instants that only go forward; most is refused. What is accepted is judged by a second, plain
reading of the history (``registry_judge.py``), and compared with what must always hold. The last test says which
commands are tried: all.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis.stateful import invariant

import domain.registry
from domain.ledger.time import business_date_of
from domain.registry.events import (
    Appointed,
    DelegationGranted,
    GroupFormed,
    OrganisationRegistered,
    PersonRegistered,
    SiteClosed,
    SiteMerged,
    TaskForceFormed,
)
from tests.domain.registry.town import BUREAU, TODAY
from tests.properties.commands_tried import built_by, commands_of
from tests.properties.registry_organisations import OrganisationsChange
from tests.properties.registry_people import PeopleChange
from tests.properties.registry_town import (
    BODIES,
)


class RegistryMachine(OrganisationsChange, PeopleChange):
    """A town in which everybody tries everything."""

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


RegistryMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
TestRegistry = RegistryMachine.TestCase


def test_every_command_of_the_registry_is_tried() -> None:
    commands = commands_of(domain.registry)
    assert len(commands) > 25
    assert commands - built_by(RegistryMachine) == set()
