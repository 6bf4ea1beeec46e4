"""No order of commands, by anyone, breaks an invariant of reporting.

Random commands by random people, some of whom hold offices at every level and some of whom pose as others, go through
``handle`` onto a log, alone and two at a time, while the registry changes; after every step an independent judge reads
what was stored. The last test says which commands are tried: all.
"""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

import domain.reporting
import domain.signing
from adapters.memory import InMemoryEventLog
from domain.catalogue import CATALOGUE
from domain.ledger.command import Command
from domain.ledger.entry import Actor, Context
from domain.ledger.handling import handle
from domain.ledger.ports import Append
from domain.registry.events import Role
from domain.reporting.errors import SamePerson
from domain.reporting.events import EVENTS
from domain.signing.events import EVENTS as SIGNING_EVENTS
from tests.domain.reporting.story import NOON, NORTH, ORIGIN, PRINCIPAL, Story, appointed, uuid
from tests.properties.commands_tried import built_by, commands_of
from tests.properties.reporting_city import CountedIds, RacingLog, StoppedClock
from tests.properties.reporting_registry import RegistryChanges


class ReportingMachine(RegistryChanges):
    """Everything is tried at once: reports, duties, and the registry that both rest on."""


@pytest.mark.parametrize("turned", [False, True])
async def test_of_a_report_and_a_roll_up_above_it_one_person_signs_one_even_at_once(turned: bool) -> None:
    office = uuid(413)
    story = Story(appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office))
    filed, rollup = story.filed(), story.does(story.builds())
    clock = StoppedClock(NOON)
    log = RacingLog(InMemoryEventLog(CATALOGUE, clock, origin=ORIGIN), clock)
    ids = CountedIds()

    def context() -> Context:
        key = ids.new()
        return Context(actor=Actor(person=PRINCIPAL), received_at=NOON, key=key, request=key.encode())

    names = tuple(ids.new() for _ in story.history)
    await log.append(Append(events=tuple(story.history), ids=names, command="city", context=context()))
    signs: list[Callable[[], Command]] = [
        lambda: story.signs(PRINCIPAL, 1, filed.digest),
        lambda: story.signs_rollup(rollup.digest, PRINCIPAL, appointment=office),
    ]
    outcomes = await asyncio.gather(
        *(handle(decide, context(), log=log, ids=ids) for decide in (reversed(signs) if turned else signs)),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [SamePerson]


def test_no_order_of_commands_by_anyone_breaks_an_invariant() -> None:
    ReportingMachine.happened.clear()
    run_state_machine_as_test(
        ReportingMachine,
        settings=settings(
            max_examples=300,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    # An attack that never gets through proves nothing: each kind of event must have been stored along the way.
    happened = ReportingMachine.happened
    assert {each.type_name for each in (*EVENTS, *SIGNING_EVENTS)} - happened.keys() == set(), happened


def test_every_command_of_reporting_and_of_signing_is_tried() -> None:
    commands = commands_of(domain.reporting) | commands_of(domain.signing)
    assert len(commands) > 23
    assert commands - built_by(ReportingMachine) == set()
