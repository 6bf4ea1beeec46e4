"""What the views must say, counted by hand over the raw events: it shares nothing with the folds but the events.

Everything is judged at the end, looking back over the whole list; no state is carried from event to event.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

from domain.ledger.entry import Recorded

NOTHING = timedelta()


@dataclass(frozen=True)
class Level:
    """What one level did: its first decision, against its own deadline; and its signature that stands."""

    decided: datetime | None
    deadline: datetime | None
    late: timedelta
    excused: bool
    missed: bool
    signer: str | None
    waited: timedelta | None


@dataclass(frozen=True)
class Judged:
    """One duty at the end of the history."""

    report: str
    form: str
    school: str
    district: str
    day: date
    due: datetime
    status: str
    nature: str | None
    corrected_before: bool
    corrected_after: bool
    returned: bool
    withdrawn: bool
    signed_level: int
    levels: tuple[Level, Level, Level]
    rollup: Level
    """What level 2 did with the district's roll-up."""
    reminders: list[tuple[str, str | None]]
    position: int

    @property
    def answered(self) -> bool:
        return self.nature is not None


def named(events: Iterable[Recorded], *names: str) -> list[Recorded]:
    return [each for each in events if each.event.type_name in names]


def judge(events: list[Recorded]) -> list[Judged]:
    """Every duty of a history."""
    return [_Duty(events, opened).judged() for opened in named(events, "DutyOpened")]


def rank(values: list[timedelta], share: float) -> timedelta:
    """The smallest value that at least this share of them does not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1]


class _Duty:
    def __init__(self, events: list[Recorded], opened: Recorded) -> None:
        self.opened = opened
        self.duty: Any = opened.event
        self.dues = self.duty.due_1, self.duty.due_2, self.duty.due_3
        self.outages = [each.event for each in named(events, "OutageDeclared")]
        self.interruptions = [each.event for each in named(events, "ServiceInterrupted")]
        self.own = [each for each in events if getattr(each.event, "report", None) == self.duty.report]
        self.filings = named(self.own, "ReportSubmitted", "ReportCorrected")
        self.withdrawals = named(self.own, "ReportWithdrawn")
        self.since = max((each.position for each in self.withdrawals), default=0)
        # What stands now, and what it corrected: a withdrawal ends what came before it.
        self.live = [each for each in self.filings if each.position > self.since]
        live = self.digests = {getattr(each.event, "digest", "") for each in self.live}
        self.returns = named(self.own, "ReportReturned")
        day = self.duty.business_date
        self.of_district = [each for each in events if _rollup(each) == f"f2-f1.{day}.{self.duty.district}"]
        self.of_bureau = [each for each in events if _rollup(each) == f"f2-f1.{day}.{self.duty.bureau}"]
        self.decisions = {
            level: [
                each
                for each in self.own
                if _is_decision(each) and each.event.level == level and each.event.digest in live
            ]
            for level in (1, 2)
        }
        # (the bureau's signature over a roll-up, the digest of this report in it, the district's that handed it on)
        self.third = list(self._signed_by_the_bureau())

    def judged(self) -> Judged:
        standing = self._standing_at(None)
        duty = self.duty
        last = max(each.position for each in (*self.own, *self.of_district, *self.of_bureau))
        later = [self._counted(each) for each in named(self.filings, "ReportCorrected")]
        signed = [self._standing_signature(level) is not None for level in (1, 2, 3)]
        newest = self.filings[-1].position if self.filings else 0
        return Judged(
            report=duty.report,
            form=duty.form,
            school=duty.school,
            district=duty.district,
            day=duty.business_date,
            due=duty.due_1,
            status=self._status(),
            nature=None if standing is None else standing.event.content.nature.value,
            corrected_before=any(each <= duty.due_1 for each in later),
            corrected_after=any(each > duty.due_1 for each in later),
            returned=any(each.position > newest for each in self.returns),
            withdrawn=bool(self.filings) and standing is None,
            signed_level=[*signed, False].index(False),
            levels=(self._level(1), self._level(2), self._level(3)),
            rollup=self._district_rollup(),
            reminders=[
                (sent.event.reminder, next((each.event.how for each in self._served(sent)), None))
                for sent in named(self.own, "ReminderSent")
            ],
            position=last,
        )

    def _served(self, sent: Recorded) -> list[Recorded]:
        return [each for each in named(self.own, "ReminderServed") if each.event.reminder == sent.event.reminder]

    def _standing_at(self, position: int | None) -> Recorded | None:
        """The filing that answers the duty before a position."""
        newest = [
            each
            for each in named(self.own, "ReportSubmitted", "ReportCorrected", "ReportWithdrawn")
            if position is None or each.position < position
        ]
        return newest[-1] if newest and newest[-1].event.type_name != "ReportWithdrawn" else None

    def _counted(self, each: Recorded) -> datetime:
        """Received, if at most a minute of its way to the record is unexplained; otherwise recorded."""
        if each.recorded_at <= each.received_at:
            return each.recorded_at
        ends = sorted(
            {each.received_at, each.recorded_at}
            | {
                end
                for window in self.interruptions
                for end in (window.began_at, window.ended_at)
                if each.received_at < end < each.recorded_at
            }
        )
        unexplained = NOTHING
        for begin, end in pairwise(ends):
            if not any(window.began_at <= begin and end <= window.ended_at for window in self.interruptions):
                unexplained += end - begin
        return each.received_at if unexplained <= timedelta(seconds=60) else each.recorded_at

    def _outage_excuses(self, due: datetime, counted: datetime) -> bool:
        return any(
            outage.began_at <= due <= outage.ended_at and counted <= outage.grace_until
            for outage in self.outages
            if outage.schools is None or self.duty.school in outage.schools
        )

    def _has(self, name: str, level: int) -> bool:
        """What level 1 was excused for ended with a withdrawal."""
        since = self.since if (name, level) == ("DutyExcused", 1) else 0
        return any(each.event.level == level and each.position > since for each in named(self.own, name))

    def _status(self) -> str:
        if not self.live:
            if self._has("DutyExcused", 1):
                return "excused"
            after = bool(self.withdrawals) and self._counted(self.withdrawals[-1]) > self.duty.due_1
            return "missing" if after or self._has("DutyMissed", 1) else "open"
        first, due = self.live[0], self.duty.due_1
        counted = self._counted(first)
        if counted <= due:
            return "on_time" if first.recorded_at <= due else "service_delay"
        return "excused" if self._outage_excuses(due, counted) or self._has("DutyExcused", 1) else "late"

    def _level(self, level: int) -> Level:
        first, receipt = self._decision(level)
        handed = receipt
        if first is None and level > 1:
            below = [self._standing_signature(each) for each in range(1, level)]
            handed = below[-1][0] if below[-1] is not None and None not in below else None
            if level == 3 and handed is not None:
                covered = self._covered_below(None)
                standing = self._standing_at(None)
                is_same = covered is not None and standing is not None and covered[1] == standing.event.digest
                handed = covered[0] if covered is not None and is_same else None
        decided = None if first is None else self._counted(first)
        deadline = None
        if level == 1:
            deadline = self.dues[0]
        elif handed is not None:
            starts, ends = self.dues[level - 2], self.dues[level - 1]
            deadline = max(starts, self._counted(handed)) + (ends - starts)
        late = NOTHING
        if decided is not None and deadline is not None:
            late = max(decided - deadline, NOTHING)
        by_outage = bool(late) and deadline is not None and decided is not None
        signature = self._standing_signature(level)
        return Level(
            decided=decided,
            deadline=deadline,
            late=late,
            excused=self._has("DutyExcused", level) or (by_outage and self._outage_excuses(deadline, decided)),
            missed=self._has("DutyMissed", level),
            signer=None if signature is None else signature[0].event.person,
            waited=None if signature is None else max(signature[0].received_at - signature[1].received_at, NOTHING),
        )

    def _decision(self, level: int) -> tuple[Recorded | None, Recorded | None]:
        """What a level did first, and when it had got what it decided on."""
        if level == 3:
            third = [each for each in self.third if each[1] in self.digests]
            return (third[0][0], third[0][2]) if third else (None, None)
        if self.decisions[level]:
            first = self.decisions[level][0]
            return first, self._receipt(level, first)
        return (self.live[0] if level == 1 and self.live else None), None

    def _district_rollup(self) -> Level:
        """The first roll-up that the district signed over what stands, sent back or not."""
        decided = handed = None
        for signing, digest, building in self._signed_by_the_district():
            if digest in self.digests:
                decided = self._counted(signing)
                handed = self._signature_below(2, digest, building.position) or building
                break
        if handed is None and (signature := self._standing_signature(1)) is not None:
            handed = signature[0]
        deadline = None
        if handed is not None:
            received = self._counted(handed)
            deadline = max(self.dues[0], received) + (self.dues[1] - self.dues[0])
            if received > self.dues[0]:
                deadline = max(deadline, self.duty.closes_at)
        late = NOTHING if decided is None or deadline is None else max(decided - deadline, NOTHING)
        by_outage = bool(late) and deadline is not None and decided is not None
        return Level(
            decided=decided,
            deadline=deadline,
            late=late,
            excused=self._has("DutyExcused", 2) or (by_outage and self._outage_excuses(deadline, decided)),
            missed=False,
            signer=None,
            waited=None,
        )

    def _receipt(self, level: int, decision: Recorded) -> Recorded:
        digest, before = decision.event.digest, decision.position
        if level == 1:
            return next((each for each in self.filings if each.event.digest == digest), decision)
        return self._signature_below(level, digest, before) or decision

    def _signature_below(self, level: int, digest: str, before: int) -> Recorded | None:
        below = [
            each
            for each in named(self.own, "ReportSigned")
            if each.event.level == level - 1 and each.event.digest == digest and each.position < before
        ]
        return below[-1] if below else None

    def _standing_signature(self, level: int) -> tuple[Recorded, Recorded] | None:
        """(signature, receipt) of a level over the filing that stands, if nothing voided it."""
        standing = self._standing_at(None)
        if standing is None:
            return None
        if level == 3:
            if not self.third or self.third[-1][1] != standing.event.digest:
                return None
            return self.third[-1][0], self.third[-1][2]
        voiding = named(self.own, "ReportCorrected", "ReportWithdrawn", "ReportReturned")
        since = max((each.position for each in voiding), default=0)
        valid = [
            each
            for each in named(self.own, "ReportSigned")
            if each.event.level == level and each.position > since and each.event.digest == standing.event.digest
        ]
        return (valid[-1], self._receipt(level, valid[-1])) if valid else None

    def _signed_by_the_bureau(self) -> Iterator[tuple[Recorded, str, Recorded]]:
        """The first signature over each revision that a signed roll-up of the bureau covers."""
        seen = set()
        for signing in named(self.of_bureau, "RollupSigned"):
            building = _building_of(signing, self.of_bureau)
            if building is None or self._is_gap(building) or self.duty.district in building.event.unsigned:
                continue
            below = self._covered_below(building.position)
            if below is not None and below[1] not in seen:
                seen.add(below[1])
                yield signing, below[1], below[0]

    def _covered_below(self, before: int | None) -> tuple[Recorded, str] | None:
        """The district's newest signature over a roll-up that covers this report, with the digest in it."""
        for signing, digest, _ in reversed(list(self._signed_by_the_district())):
            if before is not None and signing.position > before:
                continue
            returns = [
                each for each in named(self.of_district, "RollupReturned") if before is None or each.position < before
            ]
            if not any(each.event.revision == signing.event.revision for each in returns):
                return signing, digest
        return None

    def _signed_by_the_district(self) -> Iterator[tuple[Recorded, str, Recorded]]:
        """Every signature over a roll-up that covers this report, with the digest in it and its building."""
        for signing in named(self.of_district, "RollupSigned"):
            building = _building_of(signing, self.of_district)
            if building is not None and not self._is_gap(building):
                covered = self._standing_at(building.position)
                if covered is not None:
                    yield signing, str(covered.event.digest), building

    def _is_gap(self, building: Recorded) -> bool:
        event: Any = building.event
        return any(self.duty.school in gap for gap in (event.missing, event.excused, event.unsigned))


def _rollup(each: Recorded) -> str | None:
    return getattr(each.event, "rollup", None)


def _is_decision(each: Recorded) -> bool:
    return each.event.type_name in ("ReportSigned", "ReportReturned", "SignatureRefused")


def _building_of(signing: Recorded, among: list[Recorded]) -> Recorded | None:
    event: Any = signing.event
    built = [each for each in named(among, "RollupBuilt") if each.event.revision == event.revision]
    return built[-1] if built and built[-1].position < signing.position else None
