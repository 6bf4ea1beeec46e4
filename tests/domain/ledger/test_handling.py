"""What handling makes of a command: ends that pass before anything is recorded, and boundaries that grow."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from adapters.memory import InMemoryEventLog
from adapters.preparation import Prepared
from domain.catalogue import CATALOGUE
from domain.ledger.command import Command
from domain.ledger.entry import Actor, Context
from domain.ledger.errors import ConditionFailed, ContentionError, EndedBeforeRecorded
from domain.ledger.event import Event
from domain.ledger.handling import ATTEMPTS, handle
from domain.ledger.ports import Append, Receipt
from domain.ledger.time import instant_text
from domain.registry.authority import Acting
from domain.registry.declare_roster import DeclareRoster
from domain.registry.events import Relieved, Role
from tests.domain.registry.town import (
    AS_PRINCIPAL,
    AT,
    DAY,
    MICRO,
    PRINCIPAL,
    PRINCIPAL_OFFICE,
    SCHOOL,
    TODAY,
    TOWN,
    uuid,
)
from tests.domain.reporting import story

END = AT + 30 * DAY


@dataclass
class SetClock:
    instant: datetime = AT

    def now(self) -> datetime:
        return self.instant


@dataclass
class Numbers:
    count: int = 5000

    def new(self) -> str:
        self.count += 1
        return uuid(self.count)


@dataclass
class Ledger:
    """A log in memory that remembers what was tried; ``before_append`` is what happens just before."""

    clock: SetClock = field(default_factory=SetClock)
    tried: list[Prepared] = field(default_factory=list)
    before_append: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        ledger = self

        class Log(InMemoryEventLog):
            async def append_prepared(self, prepared: Prepared) -> Receipt:
                ledger.before_append()
                ledger.tried.append(prepared)
                return await super().append_prepared(prepared)

        self.ids = Numbers()
        self.log = Log(CATALOGUE, self.clock)

    def context(self, at: datetime, key: str | None = None) -> Context:
        key = key or self.ids.new()
        return Context(actor=Actor(person=PRINCIPAL), received_at=at, key=key, request=key.encode())

    async def stores(self, *events: Event) -> None:
        ids = tuple(self.ids.new() for _ in events)
        await self.log.append(Append(events=events, ids=ids, command="given", context=self.context(AT)))
        self.tried.clear()

    async def handles(self, decide: Callable[[], Command], at: datetime, key: str | None = None) -> Receipt:
        return await handle(decide, self.context(at, key), log=self.log, ids=self.ids)


def declares(acting: Acting = AS_PRINCIPAL) -> DeclareRoster:
    return DeclareRoster(acting=acting, organisation=SCHOOL, as_of=TODAY, staff=4, classes=())


async def in_the_town(clock: SetClock | None = None) -> Ledger:
    ledger = Ledger(clock or SetClock())
    await ledger.stores(*TOWN)
    return ledger


async def test_what_arrives_before_an_office_ends_and_could_not_be_recorded_before_says_so_at_once() -> None:
    ledger = await in_the_town()
    head = len(ledger.log.entries)
    ledger.clock.instant = END
    with pytest.raises(EndedBeforeRecorded) as refused:
        await ledger.handles(lambda: declares(replace(AS_PRINCIPAL, at=END - MICRO)), END - MICRO)
    assert refused.value.details == {"command": "declare_roster", "ended_at": instant_text(END)}
    assert len([each for each in ledger.tried if each.templates]) == 1
    assert len(ledger.log.entries) == head


async def test_a_relief_that_slips_in_is_an_end_like_any_other() -> None:
    ledger = await in_the_town()
    relieved_at = AT + DAY
    relief = Relieved(appointment=PRINCIPAL_OFFICE, person=PRINCIPAL, organisation=SCHOOL, relieved_at=relieved_at)
    await ledger.stores(relief)
    ledger.clock.instant = relieved_at
    with pytest.raises(EndedBeforeRecorded) as refused:
        await ledger.handles(declares, AT)
    assert refused.value.details["ended_at"] == instant_text(relieved_at)


async def test_what_is_recorded_before_the_end_is_stored_and_its_repetition_after_the_end_has_its_receipt() -> None:
    ledger = await in_the_town()
    ledger.clock.instant = END - MICRO
    key = ledger.ids.new()
    first = await ledger.handles(declares, AT, key)
    ledger.clock.instant = END + DAY
    again = await ledger.handles(declares, AT, key)
    assert (again.first, again.duplicate) == (first.first, True)


async def test_a_boundary_that_moves_at_every_attempt_ends_in_contention() -> None:
    ledger = await in_the_town()

    def moved() -> None:
        raise ConditionFailed

    ledger.before_append = moved
    attempts = []

    def decides() -> Command:
        attempts.append(1)
        return declares()

    with pytest.raises(ContentionError):
        await ledger.handles(decides, AT)
    assert len(attempts) == ATTEMPTS


async def test_the_condition_is_also_over_what_a_boundary_further_needs() -> None:
    happened = story.Story(story.delegation(story.OFFICER, Role.SECTION_OFFICER, story.SECTION), duties=(story.SCHOOL,))
    built = happened.does(happened.builds(story.OFFICER, story.BUREAU_ROLLUP, story.DUE_3, story.SECTION))
    ledger = Ledger(SetClock(story.EVENING))
    await ledger.stores(*happened.history)
    await ledger.handles(
        lambda: happened.signs_rollup(
            built.digest,
            story.DELEGATE,
            story.BUREAU_ROLLUP,
            story.SECTION,
            at=story.EVENING,
            appointment=story.OFFICE_OF[story.OFFICER],
            delegation=uuid(301),
        ),
        story.EVENING,
    )
    (append,) = ledger.tried
    assert append.query is not None
    for signer in (story.DELEGATE, story.OFFICER):
        assert append.query.matches("ReportSigned", (f"person:{signer}",))
    assert not append.query.matches("ReportSigned", (f"person:{story.REVIEWER}",))
