"""A city's reporting under attack: who is there, how an attempt goes, and that everything stored is judged at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from adapters.memory import InMemoryEventLog
from domain.catalogue import CATALOGUE
from domain.ledger.command import Command
from domain.ledger.entry import MACHINE, Actor, Context, Recorded
from domain.ledger.errors import Invalid, Refusal
from domain.ledger.event import Event
from domain.ledger.handling import handle
from domain.ledger.ports import Append, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query
from domain.registry.authority import Acting
from domain.registry.events import PersonRegistered, Role
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import parts_of
from domain.reporting.open_duties import OpenDuties
from domain.reporting.school_day import SchoolDay, fold_school_day
from tests.domain.reporting.story import (
    BUREAU_ROLLUP,
    DAY,
    DELEGATE,
    FAR,
    FAR_REPORT,
    NOON,
    NORTH,
    NORTH_ROLLUP,
    OFFICE_OF,
    OFFICER,
    OFFICES,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECTION,
    SMALL,
    SMALL_REPORT,
    SOUTH,
    SOUTH_ROLLUP,
    TEACHER,
    appointed,
    delegation,
    exemption,
    registry,
    rules,
    uuid,
)
from tests.keys import enrolled
from tests.properties.reporting_judge import Judge

Result = TypeVar("Result")
EVERYWHERE = uuid(120)
"""One person with an office at every level: the rule of three persons must hold without three careful people."""
EXTRA = {
    (EVERYWHERE, Role.REPORTER, SCHOOL): uuid(411),
    (EVERYWHERE, Role.PRINCIPAL, SCHOOL): uuid(412),
    (EVERYWHERE, Role.DISTRICT_REVIEWER, NORTH): uuid(413),
    (EVERYWHERE, Role.SECTION_OFFICER, SECTION): uuid(414),
    (PRINCIPAL, Role.REPORTER, SCHOOL): uuid(415),
    (REVIEWER, Role.SECTION_OFFICER, SECTION): uuid(416),
    # No command appoints an officer to a district; whoever reads such a thing must not take it for a section.
    (uuid(121), Role.SECTION_OFFICER, NORTH): uuid(417),
}
DELEGATIONS = {
    uuid(421): (PRINCIPAL, Role.PRINCIPAL, SCHOOL, EVERYWHERE),
    uuid(422): (REPORTER, Role.REPORTER, SCHOOL, PRINCIPAL),
    uuid(423): (REVIEWER, Role.DISTRICT_REVIEWER, NORTH, REPORTER),
    uuid(424): (OFFICER, Role.SECTION_OFFICER, SECTION, REVIEWER),
}
STAND_INS = {
    uuid(431): (DELEGATE, REPORTER),
    uuid(432): (TEACHER, PRINCIPAL),
    uuid(433): (PRINCIPAL, REVIEWER),
    uuid(434): (REVIEWER, OFFICER),
}
"""Acting appointments that may come up: who stands in for whom. Before that, they are tried in vain."""
LENT = {uuid(425): (REPORTER, TEACHER), uuid(426): (REVIEWER, PRINCIPAL), uuid(427): (OFFICER, EVERYWHERE)}
"""Delegations that may come up: holder and delegate."""
REPORTS = (REPORT, SMALL_REPORT, FAR_REPORT)
ROLLUPS = (NORTH_ROLLUP, SOUTH_ROLLUP, BUREAU_ROLLUP)


@dataclass(frozen=True)
class Office:
    """A person in a role at a place, perhaps as a delegate."""

    person: str
    role: Role
    place: str
    appointment: str
    delegation: str | None = None

    def acting(self, at: datetime) -> Acting:
        return Acting(person=self.person, appointment=self.appointment, at=at, delegation=self.delegation)


GIVEN = tuple(Office(person, role, place, name) for (person, role, place), name in (OFFICES | EXTRA).items())
OF_PERSON = {each.person: each for each in reversed(GIVEN)}
HELD = (
    *GIVEN,
    *(
        Office(delegate, role, place, OFFICE_OF[holder], name)
        for name, (holder, role, place, delegate) in DELEGATIONS.items()
    ),
    *(Office(person, OF_PERSON[of].role, OF_PERSON[of].place, name) for name, (person, of) in STAND_INS.items()),
    *(
        Office(delegate, OF_PERSON[holder].role, OF_PERSON[holder].place, OFFICE_OF[holder], name)
        for name, (holder, delegate) in LENT.items()
    ),
)
PEOPLE = tuple(sorted({each.person for each in HELD}))
POSERS = tuple(
    Office(person, each.role, each.place, each.appointment, each.delegation)
    for each in HELD
    for person in PEOPLE
    if person != each.person
)
"""Everybody under every appointment and delegation that is somebody else's."""
HOLDERS = {each.appointment: each.person for each in HELD if each.delegation is None}


@dataclass(frozen=True)
class Attempt:
    """The command afresh for every attempt to decide, and who tries; nobody is the service itself."""

    acting: Acting | None
    decide: Callable[[], Command]

    @property
    def actor(self) -> Actor:
        acting = self.acting
        if acting is None:
            return Actor(person=MACHINE)
        holder = None if acting.delegation is None else HOLDERS[acting.appointment]
        return Actor(person=acting.person, appointment=acting.appointment, on_behalf_of=holder)


@dataclass
class StoppedClock:
    """Stands still until it is set."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


class CountedIds:
    """1, 2, 3 … as UUIDs."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return str(UUID(int=0x7 << 76 | self.count))


class RacingLog:
    """Lets the other command go between reading and appending, so that two of them really race.

    ``waits`` is how long the next append lies in the queue before its turn comes.
    """

    def __init__(self, log: InMemoryEventLog, clock: StoppedClock) -> None:
        self._log = log
        self._clock = clock
        self.waits = timedelta()

    async def read(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> Reading:
        reading = await self._log.read(query, after=after, upto=upto, limit=limit, classes=classes)
        await asyncio.sleep(0)
        return reading

    async def read_recorded_until(self, instant: datetime) -> int:
        return await self._log.read_recorded_until(instant)

    async def append(self, append: Append) -> Receipt:
        self._clock.instant += self.waits
        self.waits = timedelta()
        return await self._log.append(append)

    def follow(self, after: int, *, query: Query = EVERYTHING) -> AsyncIterator[Sequence[Recorded]]:
        return self._log.follow(after, query=query)


class ReportingCity(RuleBasedStateMachine):
    """One district-day and its neighbours. What is tried stands in the classes below."""

    happened: ClassVar[Counter[str]] = Counter()

    @initialize(small=st.booleans())
    def city(self, small: bool) -> None:
        """``small``: whether the small site's duty is open from the beginning."""
        self.loop = asyncio.new_event_loop()
        self.clock = StoppedClock(NOON - timedelta(days=1))
        self.log = InMemoryEventLog(CATALOGUE, self.clock, origin=ORIGIN)
        self.racing = RacingLog(self.log, self.clock)
        self.ids = CountedIds()
        self.judge = Judge(ORIGIN)
        self.position = 0
        self.digests: dict[str, list[str]] = {}
        self.days: dict[str, SchoolDay] = {}
        self._store(
            *registry(),
            *(PersonRegistered(person=person, code=f"P{person[-3:]}", name=REASON) for person in PEOPLE),
            *(appointed(person, role, place, name) for (person, role, place), name in EXTRA.items()),
            *(delegation(holder, role, place, to, name) for name, (holder, role, place, to) in DELEGATIONS.items()),
            enrolled(EVERYWHERE),
            exemption(),
            F1,
            rules(),
        )
        self._judge(given=True)
        self.clock.instant = NOON
        for district, schools in ((NORTH, (SCHOOL, SMALL) if small else (SCHOOL,)), (SOUTH, (FAR,))):
            self._try(self._opens(district, schools))

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            type(self).happened.update(self.judge.seen)
            self.loop.close()

    def _opens(self, district: str, schools: tuple[str, ...]) -> Attempt:
        at = self.clock.instant
        return Attempt(
            None,
            lambda: OpenDuties(acting=None, at=at, business_date=DAY, form="F1", district=district, schools=schools),
        )

    def _digest(self, subject: str, *, stale: bool = False) -> str:
        known = self.digests.get(subject) or ["00" * 32]
        return known[0] if stale else known[-1]

    def _try(self, *attempts: Attempt) -> None:
        self._run(self._together(*attempts))
        self.racing.waits = timedelta()
        self._judge()

    async def _together(self, *attempts: Attempt) -> None:
        await asyncio.gather(*(self._carry_out(attempt) for attempt in attempts))

    async def _carry_out(self, attempt: Attempt) -> None:
        key = self.ids.new()
        context = Context(actor=attempt.actor, received_at=self.clock.instant, key=key, request=key.encode())
        with suppress(Refusal, Invalid):  # then nothing is stored, and the judge sees nothing new
            await handle(attempt.decide, context, log=self.racing, ids=self.ids)

    def _store(self, *events: Event) -> None:
        key = self.ids.new()
        context = Context(actor=Actor(person=MACHINE), received_at=self.clock.instant, key=key, request=key.encode())
        ids = tuple(self.ids.new() for _ in events)
        self._run(self.log.append(Append(events=events, ids=ids, command="city", context=context)))

    def _judge(self, *, given: bool = False) -> None:
        reading = self._run(self.log.read(after=self.position))
        for recorded in reading.events:
            self.judge.take(recorded, given=given)
            for report in REPORTS:
                self._take(report, recorded)
            digest = getattr(recorded.event, "digest", None)
            if recorded.event.type_name in ("ReportSubmitted", "ReportCorrected", "RollupBuilt") and digest:
                subject = getattr(recorded.event, "report", None) or getattr(recorded.event, "rollup", "")
                self.digests.setdefault(subject, []).append(digest)
        self.position = reading.head

    def _take(self, report: str, recorded: Recorded) -> None:
        about = getattr(recorded.event, "report", None)
        rollup = getattr(recorded.event, "rollup", None)
        day = self.days.get(report)
        below = day is not None and rollup is not None and parts_of(rollup)[2] in (day.district, day.bureau)
        if about != report and not below:
            return
        taken = fold_school_day(day, recorded)
        if taken is None:
            self.days.pop(report, None)
        else:
            self.days[report] = taken

    def _run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(coroutine)
