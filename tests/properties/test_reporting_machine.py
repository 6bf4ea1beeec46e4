"""No order of commands, by anyone, breaks an invariant of reporting.

Random commands by random people, some of whom hold offices at every level, go through ``handle`` onto a log, alone
and two at a time; after every step an independent judge reads what was stored.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from adapters.memory import InMemoryEventLog
from domain.catalogue import CATALOGUE
from domain.ledger.command import Command
from domain.ledger.entry import Actor, Context, Recorded
from domain.ledger.errors import Invalid, Refusal
from domain.ledger.event import Event
from domain.ledger.handling import handle
from domain.ledger.ports import Append, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query, boundary_query
from domain.registry.events import Role
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.correct_report import CorrectReport
from domain.reporting.errors import SamePerson
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import parts_of, rollup_id
from domain.reporting.open_duties import OpenDuties
from domain.reporting.record_missed import RecordMissed
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.school_day import SchoolDay, fold_school_day
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.reporting.standing import standing
from domain.reporting.submit_report import SubmitReport
from domain.reporting.timeliness import Windows
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU,
    BUREAU_ROLLUP,
    DAY,
    DISTRICT_OF,
    FAR,
    FAR_REPORT,
    FAR_REVIEWER,
    NONCE,
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
    Story,
    acting,
    appointed,
    content,
    delegation,
    exemption,
    positive,
    registry,
    rules,
    uuid,
)
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
}
DELEGATIONS = {
    uuid(421): (PRINCIPAL, Role.PRINCIPAL, SCHOOL, EVERYWHERE),
    uuid(422): (REPORTER, Role.REPORTER, SCHOOL, PRINCIPAL),
    uuid(423): (REVIEWER, Role.DISTRICT_REVIEWER, NORTH, REPORTER),
    uuid(424): (OFFICER, Role.SECTION_OFFICER, SECTION, REVIEWER),
}
LEVELS_HELD: dict[tuple[int, str], set[str]] = {}
for _person, _role, _place in OFFICES | EXTRA:
    _level = {Role.REPORTER: 1, Role.PRINCIPAL: 1, Role.DISTRICT_REVIEWER: 2}.get(_role, 3)
    LEVELS_HELD.setdefault((_level, _place), set()).add(_person)
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


HELD = tuple(
    Office(person, role, place, appointment)
    for (person, role, place), appointment in (OFFICES | EXTRA).items()
    if role is not Role.REGISTRAR
) + tuple(
    Office(delegate, role, place, OFFICE_OF[holder], name)
    for name, (holder, role, place, delegate) in DELEGATIONS.items()
)


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
    """Lets the other command go between reading and appending, so that two of them really race."""

    def __init__(self, log: InMemoryEventLog) -> None:
        self._log = log

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
        return await self._log.append(append)

    def follow(self, after: int, *, query: Query = EVERYTHING) -> AsyncIterator[Sequence[Recorded]]:
        return self._log.follow(after, query=query)


@dataclass(frozen=True)
class Deed:
    """What somebody is about to try. ``stale`` picks an older digest than the newest."""

    kind: str
    office: int
    subject: int
    level: int
    stale: bool
    late: bool


KINDS = ("submit", "correct", "withdraw", "sign", "sign", "return", "refuse", "excuse", "missed")
ROLLUP_KINDS = ("build", "sign_rollup", "return_rollup")


def _fits(kind: str, office: Office, level: int, subject: str) -> bool:
    """Whether the act is at least by the right role at the right place: so that many of them succeed."""
    school = parts_of(subject)[2]
    by_level = {1: (Role.PRINCIPAL, school), 2: (Role.DISTRICT_REVIEWER, DISTRICT_OF.get(school, school))}
    by_level[3] = (Role.SECTION_OFFICER, SECTION)
    wanted = {
        "submit": (Role.REPORTER, school),
        "correct": (Role.REPORTER, school),
        "withdraw": (Role.REPORTER, school),
        "sign": by_level[level],
        "return": by_level[level],
        "refuse": by_level[level],
        "excuse": by_level[min(level + 1, 3)],
        "missed": (office.role, office.place),
        "build": by_level[3 if school == BUREAU else 2],
        "sign_rollup": by_level[3 if school == BUREAU else 2],
        "return_rollup": by_level[3],
    }
    return (office.role, office.place) == wanted[kind]


@st.composite
def deeds(draw: st.DrawFn, kinds: tuple[str, ...], *, fitting: bool) -> Deed:
    """Any deed by anyone, or (``fitting``) by somebody in the right office."""
    kind = draw(st.sampled_from(kinds))
    subjects = ROLLUPS if kind in ROLLUP_KINDS else REPORTS
    subject = draw(st.sampled_from(range(len(subjects))))
    level = draw(st.sampled_from((1, 2) if fitting else (1, 2, 3)))
    able = [
        number for number, office in enumerate(HELD) if not fitting or _fits(kind, office, level, subjects[subject])
    ]
    return Deed(
        kind=kind,
        office=draw(st.sampled_from(able)),
        subject=subject,
        level=level,
        stale=draw(st.booleans()) and draw(st.booleans()),
        late=draw(st.booleans()),
    )


class ReportingMachine(RuleBasedStateMachine):
    """One district-day and its neighbours, attacked."""

    happened: ClassVar[Counter[str]] = Counter()

    @initialize()
    def city(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = StoppedClock(NOON - timedelta(days=1))
        self.log = InMemoryEventLog(CATALOGUE, self.clock, origin=ORIGIN)
        self.racing = RacingLog(self.log)
        self.ids = CountedIds()
        self.judge = Judge(ORIGIN, {SMALL}, LEVELS_HELD)
        self.position = 0
        self.digests: dict[str, list[str]] = {}
        self.days: dict[str, SchoolDay] = {}
        self._store(
            *registry(),
            *(appointed(person, role, place, name) for (person, role, place), name in EXTRA.items()),
            *(delegation(holder, role, place, to, name) for name, (holder, role, place, to) in DELEGATIONS.items()),
            exemption(),
            F1,
            rules(),
        )
        self.clock.instant = NOON
        for district, schools in ((NORTH, (SCHOOL, SMALL)), (SOUTH, (FAR,))):
            self._try(self._opens(district, schools))

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            type(self).happened.update(self.judge.seen)
            self.loop.close()

    @rule(deed=deeds(KINDS, fitting=True))
    def somebody_in_the_right_office_acts(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(deed=deeds(KINDS + ROLLUP_KINDS, fitting=False))
    def anybody_acts(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(deed=deeds(ROLLUP_KINDS, fitting=True))
    def somebody_handles_a_rollup(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(one=deeds(KINDS + ROLLUP_KINDS, fitting=True), other=deeds(KINDS + ROLLUP_KINDS, fitting=True))
    def two_act_at_once(self, one: Deed, other: Deed) -> None:
        self._try(self._decides(one), self._decides(other))

    @rule(subject=st.sampled_from(range(2)), upto=st.sampled_from((0, 1, 2)))
    def a_report_goes_its_way(self, subject: int, upto: int) -> None:
        reporter, principal = ((REPORTER, PRINCIPAL), (uuid(112), uuid(106)))[subject]
        people = ((reporter, "submit", 1), (principal, "sign", 1), (REVIEWER, "sign", 2))
        for person, kind, level in people[: upto + 1]:
            office = next(n for n, each in enumerate(HELD) if each.person == person and each.delegation is None)
            self._try(self._decides(Deed(kind, office, subject, level, stale=False, late=False)))

    @rule(subject=st.sampled_from(range(3)), upto=st.sampled_from((1, 2)))
    def a_rollup_goes_its_way(self, subject: int, upto: int) -> None:
        person = (REVIEWER, FAR_REVIEWER, OFFICER)[subject]
        office = next(n for n, each in enumerate(HELD) if each.person == person and each.delegation is None)
        for kind in ("build", "sign_rollup")[:upto]:
            self._try(self._decides(Deed(kind, office, subject, 2, stale=False, late=False)))

    @rule(report=st.sampled_from(REPORTS))
    def the_clock_looks(self, report: str) -> None:
        """What its view tells it to record, the command records: no less, and nothing in vain again and again."""
        day = self.days.get(report)
        if day is None:
            return
        awaited = standing(day, Windows()).awaited
        acts = [(1, None), (2, None), (2, rollup_id("F1", DAY, day.district)), (3, rollup_id("F1", DAY, day.bureau))]
        filed = len(day.revisions)
        recorded = [level for level, rollup in acts if self._would_record(report, level, rollup, filed)]
        if awaited is None:
            assert recorded == []
        else:
            assert set(recorded) == {awaited.level}
            assert self._would_record(report, awaited.level, awaited.rollup, filed)

    @rule(hours=st.sampled_from((1, 6, 24)))
    def time_passes(self, hours: int) -> None:
        self.clock.instant += timedelta(hours=hours)

    def _take(self, report: str, recorded: Recorded) -> None:
        about = getattr(recorded.event, "report", None)
        rollup = getattr(recorded.event, "rollup", None)
        day = self.days.get(report)
        below = day is not None and rollup is not None and parts_of(rollup)[2] in (day.district, day.bureau)
        taken = fold_school_day(day, recorded) if about == report or below else day
        if taken is not None:
            self.days[report] = taken

    def _opens(self, district: str, schools: tuple[str, ...]) -> Callable[[], Command]:
        return lambda: OpenDuties(
            acting=None, at=NOON, business_date=DAY, form="F1", district=district, schools=schools
        )

    def _digest(self, subject: str, *, stale: bool) -> str:
        known = self.digests.get(subject) or ["00" * 32]
        return known[0] if stale else known[-1]

    def _decides(self, deed: Deed) -> Callable[[], Command]:
        """The command afresh, for every attempt to decide."""
        office, at = HELD[deed.office], self.clock.instant
        by = acting(office.person, at, office.appointment, office.delegation)
        subject = (ROLLUPS if deed.kind in ROLLUP_KINDS else REPORTS)[deed.subject]
        section = SECTION if office.role is Role.SECTION_OFFICER else None
        digest = self._digest(subject, stale=deed.stale)
        said = positive(office.person) if deed.late else content(office.person)
        level: dict[str, Any] = {"acting": by, "report": subject, "level": deed.level}
        decision: dict[str, Any] = {**level, "digest": digest, "reason": REASON, "section": section}
        filing: dict[str, Any] = {"acting": by, "origin": ORIGIN, "report": subject, "content": said}
        rollup: dict[str, Any] = {"acting": by, "rollup": subject, "section": section}
        makes: dict[str, Callable[[], Command]] = {
            "submit": lambda: SubmitReport(**filing),
            "correct": lambda: CorrectReport(**filing, reason=REASON),
            "withdraw": lambda: WithdrawReport(acting=by, report=subject, reason=REASON),
            "sign": lambda: SignReport(**level, origin=ORIGIN, digest=digest, nonce=NONCE),
            "return": lambda: ReturnReport(**decision),
            "refuse": lambda: RefuseSignature(**decision),
            "excuse": lambda: ExcuseDuty(**level, reason=REASON, section=section),
            "missed": lambda: RecordMissed(
                report=subject,
                level=deed.level,
                at=at,
                rollup=BUREAU_ROLLUP if deed.level == 3 else None,
                filed=len(self.days[subject].revisions) if deed.late else 1,
            ),
            "build": lambda: BuildRollup(**rollup, origin=ORIGIN),
            "sign_rollup": lambda: SignRollup(**rollup, origin=ORIGIN, digest=digest, nonce=NONCE),
            "return_rollup": lambda: ReturnRollup(**rollup, digest=digest, reason=REASON),
        }
        return makes[deed.kind]

    def _try(self, *decisions: Callable[[], Command]) -> None:
        self._run(self._together(*decisions))
        self._judge()

    async def _together(self, *decisions: Callable[[], Command]) -> None:
        await asyncio.gather(*(self._carry_out(decide) for decide in decisions))

    async def _carry_out(self, decide: Callable[[], Command]) -> None:
        key = self.ids.new()
        context = Context(actor=Actor(person=EVERYWHERE), received_at=self.clock.instant, key=key, request=key.encode())
        with suppress(Refusal, Invalid):  # then nothing is stored, and the judge sees nothing new
            await handle(decide, context, log=self.racing, ids=self.ids)

    def _store(self, *events: Event) -> None:
        key = self.ids.new()
        context = Context(actor=Actor(person=EVERYWHERE), received_at=self.clock.instant, key=key, request=key.encode())
        ids = tuple(self.ids.new() for _ in events)
        self._run(self.log.append(Append(events=events, ids=ids, command="city", context=context)))

    def _would_record(self, report: str, level: int, rollup: str | None, filed: int) -> bool:
        """Whether the command finds an absence, long after every deadline."""
        long_after = NOON + timedelta(days=365)
        command = RecordMissed(report=report, level=level, at=long_after, rollup=rollup, filed=filed)
        reading = self._run(self.log.read(boundary_query(command.consistency_boundary())))
        for recorded in reading.events:
            command.fold(recorded.event)
        with suppress(Refusal):
            command.execute()
        return bool(command.recorded_events())

    def _judge(self) -> None:
        reading = self._run(self.log.read(after=self.position))
        for recorded in reading.events:
            self.judge.take(recorded.event)
            for report in REPORTS:
                self._take(report, recorded)
            digest = getattr(recorded.event, "digest", None)
            if recorded.event.type_name in ("ReportSubmitted", "ReportCorrected", "RollupBuilt") and digest:
                subject = getattr(recorded.event, "report", None) or getattr(recorded.event, "rollup", "")
                self.digests.setdefault(subject, []).append(digest)
        self.position = reading.head

    def _run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(coroutine)


@pytest.mark.parametrize("turned", [False, True])
async def test_of_a_report_and_a_roll_up_above_it_one_person_signs_one_even_at_once(turned: bool) -> None:
    office = uuid(413)
    story = Story(appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office))
    filed, rollup = story.filed(), story.does(story.builds())
    log = RacingLog(InMemoryEventLog(CATALOGUE, StoppedClock(NOON), origin=ORIGIN))
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
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    # An attack that never gets through proves nothing: each of these must have been stored along the way.
    wanted = {"ReportSigned", "ReportCorrected", "ReportReturned", "ReportWithdrawn", "RollupBuilt", "RollupSigned"}
    assert wanted <= ReportingMachine.happened.keys(), ReportingMachine.happened
