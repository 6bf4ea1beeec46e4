"""A school's state as of an instant, folded from the log, event by event, with what each event changed.

The same folds as the live views: replaying up to the head gives the rows that the views show. An event that is not
about any one report (a roll-up, an outage, an interruption) is a step for every school-day that it changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.ledger.entry import Recorded
from domain.ledger.events import ServiceInterrupted
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem
from domain.registry.organisation import OrganisationState
from domain.reporting.events import (
    DutyLifted,
    DutyOpened,
    Nature,
    OutageDeclared,
    RollupBuilt,
    RollupReturned,
    RollupSigned,
)
from domain.reporting.identifiers import rollup_id
from domain.reporting.school_day import SchoolDay, fold_school_day
from domain.reporting.school_day_hands import is_signed_by
from domain.reporting.standing import DayStatus, standing
from domain.reporting.timeliness import Interruption, Outage, Windows
from domain.signing.events import DisputeResolved, SignatureDisputed
from domain.signing.held_signature import HeldSignature

_DISPUTES: Final = frozenset({SignatureDisputed.type_name, DisputeResolved.type_name})
_ROLLUPS: Final = frozenset({RollupBuilt.type_name, RollupSigned.type_name, RollupReturned.type_name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How a school-day stood at one moment."""

    status: DayStatus
    nature: Nature | None
    revision: int | None
    digest: str | None
    signed_level: int
    voided_signatures: int
    corrected: bool
    returned: bool
    withdrawn: bool
    reminders_served: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one event did to one school-day. ``before`` is None where it opened the duty, ``after`` where it lifted."""

    position: int
    event: str
    received_at: datetime
    recorded_at: datetime
    person: str
    report: str
    business_date: date
    before: Snapshot | None
    after: Snapshot | None


class SchoolHistory:
    """The fold. ``take`` recorded events in order; ``days`` and ``organisation`` are the state so far."""

    def __init__(self, school: str) -> None:
        self.school = school
        self.organisation = OrganisationState(school)
        self.days: dict[str, SchoolDay] = {}
        self.windows = Windows()
        self.position = 0
        self._snapshots: dict[str, Snapshot] = {}

    def take(self, recorded: Recorded) -> list[Step]:
        """Take one event into account; a step for every school-day that it opened, or that stands otherwise now."""
        event = recorded.event
        self.position = recorded.position
        if isinstance(event, DutyOpened):
            if event.school == self.school:
                opened = fold_school_day(None, recorded)
                if opened is not None:
                    self.days[event.report] = opened
                return self._steps(recorded, [event.report])
        elif isinstance(event, OutageDeclared):
            scope = None if event.schools is None else frozenset(event.schools)
            outage = Outage(event.outage, event.began_at, event.ended_at, event.grace_until, scope)
            self.windows = Windows(self.windows.interruptions, (*self.windows.outages, outage))
            return self._steps(recorded, self.days)
        elif isinstance(event, ServiceInterrupted):
            window = Interruption(event.began_at, event.ended_at)
            self.windows = Windows((*self.windows.interruptions, window), self.windows.outages)
            return self._steps(recorded, self.days)
        elif isinstance(event, RollupBuilt | RollupSigned | RollupReturned):
            for day in self._below(event.rollup):
                day.take(recorded)
            return self._steps(recorded, self.days)
        elif isinstance(event, SignatureDisputed | DisputeResolved):
            signed = [day for day in self.days.values() if is_signed_by(day, event.credential)]
            for day in signed:
                day.take(recorded)
            return self._steps(recorded, [day.report for day in signed])
        else:
            event.mutate(self.organisation)
            report = getattr(event, "report", None)
            if isinstance(event, DutyLifted) and event.report in self.days:
                return [self._lifted(recorded, event.report)]
            if isinstance(report, str) and report in self.days:
                self.days[report].take(recorded)
                return self._steps(recorded, [report])
        return []

    def snapshot(self, report: str) -> Snapshot:
        """How a school-day stands now."""
        day = self.days[report]
        judged = standing(day, self.windows)
        current = day.current
        return Snapshot(
            status=judged.status,
            nature=None if current is None else current.nature,
            revision=None if current is None else current.revision,
            digest=None if current is None else current.digest,
            signed_level=day.signed_level,
            voided_signatures=sum(each.voided is not None for each in day.signatures),
            corrected=bool(judged.corrections),
            returned=day.returned,
            withdrawn=day.withdrawn,
            reminders_served=sum(each.served is not None for each in day.reminders),
        )

    def _below(self, rollup: str) -> list[SchoolDay]:
        return [
            day
            for day in self.days.values()
            if rollup in (rollup_id(day.form, day.business_date, each) for each in (day.district, day.bureau))
        ]

    def _lifted(self, recorded: Recorded, report: str) -> Step:
        return _step(recorded, self.days.pop(report), self._snapshots.pop(report, None), None)

    def _steps(self, recorded: Recorded, reports: Iterable[str]) -> list[Step]:
        steps = []
        for report in reports:
            before, after = self._snapshots.get(report), self.snapshot(report)
            if before == after and recorded.position != self.days[report].position:
                continue
            self._snapshots[report] = after
            steps.append(_step(recorded, self.days[report], before, after))
        return steps


def _step(recorded: Recorded, day: SchoolDay, before: Snapshot | None, after: Snapshot | None) -> Step:
    return Step(
        position=recorded.position,
        event=recorded.event.type_name,
        received_at=recorded.received_at,
        recorded_at=recorded.recorded_at,
        person=recorded.actor.on_behalf_of or recorded.actor.person,
        report=day.report,
        business_date=day.business_date,
        before=before,
        after=after,
    )


async def replay_school(log: EventLog, school: str, *, upto: int | None = None) -> tuple[SchoolHistory, Sequence[Step]]:
    """The state of a school as of a position (the head, if None), and every step that led there.

    Three reads: what is about the school or about everybody, then the roll-ups over the days on which it owed a report,
    then the disputes over the keys that signed any of it.
    """
    first = await log.read(_about(school), upto=upto)
    upto = first.head if upto is None else upto
    rollups = await log.read(_over(first.events), upto=upto)
    disputes = await log.read(_disputing((*first.events, *rollups.events)), upto=upto)
    events = {recorded.position: recorded for recorded in (*first.events, *rollups.events, *disputes.events)}
    history = SchoolHistory(school)
    steps = [step for position in sorted(events) for step in history.take(events[position])]
    return history, steps


def _about(school: str) -> Query:
    tags = (f"school:{school}", f"organisation:{school}", "outages:declared", "service:interruptions")
    return Query(tuple(QueryItem(tags=frozenset({tag})) for tag in tags))


def _over(events: Iterable[Recorded]) -> Query:
    """The roll-ups of bureaus carry the tags of their own; those of districts the tags of both."""
    opened = [recorded.event for recorded in events if isinstance(recorded.event, DutyOpened)]
    names = sorted({rollup_id(event.form, event.business_date, event.bureau) for event in opened})
    nothing = QueryItem(_ROLLUPS, frozenset({"rollup:none"}))
    return Query(tuple(QueryItem(_ROLLUPS, frozenset({f"rollup:{name}"})) for name in names) or (nothing,))


def _disputing(events: Iterable[Recorded]) -> Query:
    held = (getattr(recorded.event, "held", None) for recorded in events)
    keys = sorted({each.credential for each in held if isinstance(each, HeldSignature)})
    nothing = QueryItem(_DISPUTES, frozenset({"credential:none"}))
    return Query(tuple(QueryItem(_DISPUTES, frozenset({f"credential:{key}"})) for key in keys) or (nothing,))
