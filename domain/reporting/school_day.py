"""The school-day: one duty with its report, revisions, signatures and reminders, folded from recorded events.

The same fold feeds the live views and the replay as of an instant. It takes the events tagged ``report:`` of one duty,
and the roll-ups of its district and bureau for that day: level 3 signs the bureau's roll-up, not the single report.
What is judged from it (status, lateness) stands in ``standing.py``, because outages and interruptions move judgements
without touching any report.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

import msgspec

from domain.ledger.entry import Recorded
from domain.ledger.event import Event
from domain.reporting import events as facts
from domain.reporting.school_day_hands import disputed, hand_of, resolved
from domain.reporting.school_day_parts import (
    Absence,
    Attestation,
    Cover,
    Excuse,
    Inheritance,
    Mark,
    Objection,
    Reminder,
    Revision,
    Signature,
)
from domain.reporting.school_day_rollups import receipt_of, rolled_up, rollup_returned, rollup_signed
from domain.signing.events import DisputeResolved, SignatureDisputed
from domain.signing.signature_standing import SignatureStanding


class SchoolDay(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Everything recorded about one duty so far. Built from ``DutyOpened``; ``take`` each later event in order."""

    report: str
    form: str
    form_version: int
    school: str
    district: str
    bureau: str
    business_date: date
    rules: str
    due_1: datetime
    due_2: datetime
    due_3: datetime
    closes_at: datetime
    opened: Mark
    position: int
    heir: str | None = None
    inheritances: tuple[Inheritance, ...] = ()
    closed: Mark | None = None
    drafted: Mark | None = None
    revisions: tuple[Revision, ...] = ()
    signatures: tuple[Signature, ...] = ()
    objections: tuple[Objection, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    returned: bool = False
    reminders: tuple[Reminder, ...] = ()
    absences: tuple[Absence, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    district_cover: Cover | None = None
    district_signed: tuple[Cover, ...] = ()
    """Every signed one. Of those that were not sent back the newest counts."""
    bureau_cover: Cover | None = None

    @property
    def dues(self) -> tuple[datetime, datetime, datetime]:
        """The deadlines of levels 1, 2 and 3."""
        return self.due_1, self.due_2, self.due_3

    @property
    def standing_revisions(self) -> tuple[Revision, ...]:
        """The current revision and those that it corrected, oldest first; none when nothing stands."""
        withdrawn = max((n for n, each in enumerate(self.revisions, 1) if each.withdrawn is not None), default=0)
        return self.revisions[withdrawn:]

    @property
    def filed(self) -> Revision | None:
        """The submission that what stands now began with. Timeliness belongs to it, whatever was corrected later.

        A withdrawal takes its submission with it: what is filed after it is judged by its own arrival.
        """
        return next(iter(self.standing_revisions), None)

    @property
    def current(self) -> Revision | None:
        """The revision that answers the duty now; None when nothing was filed or the newest was withdrawn."""
        newest = self.revisions[-1] if self.revisions else None
        return None if newest is None or newest.withdrawn else newest

    @property
    def withdrawn(self) -> bool:
        """Filed, and the newest revision withdrawn: the duty is unanswered again."""
        return bool(self.revisions) and self.current is None

    def valid_signature(self, level: int) -> Signature | None:
        """The signature of a level over the current revision, if there is one that nothing voided."""
        current = self.current
        for signature in reversed(self.signatures):
            if signature.level == level and signature.voided is None:
                return signature if current is not None and signature.digest == current.digest else None
        return None

    def counting_signature(self, level: int) -> Signature | None:
        """The same, unless its holder disputes it: then it counts only once somebody else has confirmed it."""
        signature = self.valid_signature(level)
        return signature if signature is not None and signature.hand.standing is SignatureStanding.VALID else None

    @property
    def signed_level(self) -> int:
        """0 to 3: how far the current revision is signed by what counts, without a gap."""
        for level in (1, 2, 3):
            if self.counting_signature(level) is None:
                return level - 1
        return 3

    def decision_of(self, level: int) -> Signature | Objection | None:
        """What a level did first with what stands now: it signed, returned or refused.

        Decisions over revisions that were corrected since, and void signatures, are decisions too; what was withdrawn
        is out of everybody's hands.
        """
        standing = {each.revision for each in self.standing_revisions}
        acts: list[Signature | Objection] = [*self.signatures, *self.objections]
        decisions = [each for each in acts if each.level == level and each.revision in standing]
        return min(decisions, key=lambda each: each.mark.position, default=None)

    def handed_to(self, level: int) -> Mark | None:
        """When level 2 or 3 got what lies with it now: the standing signature of level 1 over the report, that of the
        district over a roll-up that covers it.
        """
        current = self.current
        if current is None or any(self.valid_signature(below) is None for below in range(1, level)):
            return None
        if level == 2:
            below = self.valid_signature(1)
            return None if below is None else below.mark
        standing = self.standing_rollup
        return standing.mark if standing is not None and standing.digest == current.digest else None

    @property
    def standing_rollup(self) -> Cover | None:
        """The district's latest signed roll-up over this report that was not sent back."""
        return next((each for each in reversed(self.district_signed) if not each.returned), None)

    @property
    def first_rollup(self) -> Cover | None:
        """The first that the district signed over what stands now; one that was sent back is an act too."""
        digests = {each.digest for each in self.standing_revisions}
        return next((each for each in self.district_signed if each.digest in digests), None)

    def absence_of(self, level: int) -> Absence | None:
        """What the clock recorded at the deadline of a level."""
        return next((each for each in self.absences if each.level == level), None)

    def excuse_of(self, level: int) -> Excuse | None:
        """What the level above accepted. What level 1 was excused for ends with a withdrawal: that is a new absence."""
        withdrawn = max((each.withdrawn.position for each in self.revisions if each.withdrawn), default=0)
        after = withdrawn if level == 1 else 0
        return next((each for each in self.excuses if each.level == level and each.mark.position > after), None)

    def take(self, recorded: Recorded) -> None:
        """Take one later event into account; events that do not concern this duty change nothing."""
        fold = FOLDS.get(type(recorded.event))
        if fold is not None:
            fold(self, recorded.event, mark_of(recorded))
            self.position = recorded.position


def mark_of(recorded: Recorded) -> Mark:
    """Position and instants of a recorded event."""
    return Mark(position=recorded.position, received_at=recorded.received_at, recorded_at=recorded.recorded_at)


def opened_day(recorded: Recorded, event: facts.DutyOpened) -> SchoolDay:
    """The school-day as its duty was opened."""
    return SchoolDay(
        report=event.report,
        form=event.form,
        form_version=event.form_version,
        school=event.school,
        district=event.district,
        bureau=event.bureau,
        business_date=event.business_date,
        rules=event.rules,
        due_1=event.due_1,
        due_2=event.due_2,
        due_3=event.due_3,
        closes_at=event.closes_at,
        opened=mark_of(recorded),
        position=recorded.position,
    )


def fold_school_day(day: SchoolDay | None, recorded: Recorded) -> SchoolDay | None:
    """The school-day after one more event; None until its duty is opened, and from when it is lifted."""
    if day is None:
        return opened_day(recorded, recorded.event) if isinstance(recorded.event, facts.DutyOpened) else None
    if isinstance(recorded.event, facts.DutyLifted):
        return None
    day.take(recorded)
    return day


def _void(day: SchoolDay, mark: Mark, why: str) -> None:
    """Void what levels 1 and 2 signed so far; level 3 signed a roll-up, which stands for what it covered."""
    day.signatures = tuple(
        msgspec.structs.replace(each, voided=mark, voided_by=why) if each.level < 3 and each.voided is None else each
        for each in day.signatures
    )


def _filed(day: SchoolDay, event: facts.ReportSubmitted | facts.ReportCorrected, mark: Mark) -> None:
    if isinstance(event, facts.ReportCorrected):
        _void(day, mark, "corrected")
    day.returned = False
    revision = Revision(
        revision=event.revision,
        digest=event.digest,
        nature=event.content.nature,
        prepared_by=event.content.prepared_by,
        missing_classes=len(event.content.missing_classes),
        roster_differs=event.content.roster_difference is not None,
        corrects=isinstance(event, facts.ReportCorrected),
        mark=mark,
    )
    day.revisions = (*day.revisions, revision)


def _withdrawn(day: SchoolDay, event: facts.ReportWithdrawn, mark: Mark) -> None:
    _void(day, mark, "withdrawn")
    day.revisions = tuple(
        msgspec.structs.replace(each, withdrawn=mark) if each.digest == event.digest else each for each in day.revisions
    )


def _signed(day: SchoolDay, event: facts.ReportSigned, mark: Mark) -> None:
    signature = Signature(
        level=event.level,
        revision=event.revision,
        digest=event.digest,
        signature=event.signature,
        person=event.person,
        appointment=event.appointment,
        mark=mark,
        receipt=receipt_of(day, event.level, event.digest, mark),
        below=event.below,
        delegation=event.delegation,
        on_behalf_of=event.on_behalf_of,
        examined=event.examined,
        hand=hand_of(event.held),
    )
    day.signatures = (*day.signatures, signature)


def _attested(day: SchoolDay, event: facts.ZeroAttested, mark: Mark) -> None:
    attestation = Attestation(
        revision=event.revision,
        person=event.person,
        appointment=event.appointment,
        mark=mark,
        hand=hand_of(event.held),
        delegation=event.delegation,
        on_behalf_of=event.on_behalf_of,
    )
    day.attestations = (*day.attestations, attestation)


def _objection(day: SchoolDay, event: facts.ReportReturned | facts.SignatureRefused, mark: Mark) -> None:
    returned = isinstance(event, facts.ReportReturned)
    objection = Objection(
        kind="returned" if returned else "refused",
        level=event.level,
        revision=event.revision,
        person=event.person,
        appointment=event.appointment,
        reason=event.reason,
        mark=mark,
        receipt=receipt_of(day, event.level, event.digest, mark),
        delegation=event.delegation,
        on_behalf_of=event.on_behalf_of,
        hand=hand_of(event.held),
    )
    day.objections = (*day.objections, objection)
    if returned:
        _void(day, mark, "returned")
        day.returned = True


def _missed(day: SchoolDay, event: facts.DutyMissed, mark: Mark) -> None:
    absence = Absence(level=event.level, deadline=event.deadline, rules=event.rules, mark=mark, rollup=event.rollup)
    day.absences = (*day.absences, absence)


def _excused(day: SchoolDay, event: facts.DutyExcused, mark: Mark) -> None:
    excuse = Excuse(
        level=event.level,
        person=event.person,
        appointment=event.appointment,
        reason=event.reason,
        mark=mark,
        delegation=event.delegation,
        on_behalf_of=event.on_behalf_of,
    )
    day.excuses = (*day.excuses, excuse)


def _reminded(day: SchoolDay, event: facts.ReminderSent, mark: Mark) -> None:
    reminder = Reminder(
        reminder=event.reminder, level=event.level, addressee=event.addressee, channel=event.channel, sent=mark
    )
    day.reminders = (*day.reminders, reminder)


def _served(day: SchoolDay, event: facts.ReminderServed, mark: Mark) -> None:
    day.reminders = tuple(
        msgspec.structs.replace(each, how=event.how, served_to=event.served_to, served_at=event.served_at, served=mark)
        if each.reminder == event.reminder and each.served is None
        else each
        for each in day.reminders
    )


def _inherited(day: SchoolDay, event: facts.DutyInherited, mark: Mark) -> None:
    day.heir = event.heir
    day.inheritances = (*day.inheritances, Inheritance(heir=event.heir, mark=mark))


def _closed(day: SchoolDay, _: facts.DutyClosed, mark: Mark) -> None:
    day.closed = mark


def _drafted(day: SchoolDay, _: facts.ReportDrafted, mark: Mark) -> None:
    day.drafted = mark


FOLDS: Final[dict[type[Event], Callable[[SchoolDay, Any, Mark], None]]] = {
    facts.DutyClosed: _closed,
    facts.DutyInherited: _inherited,
    facts.DutyExcused: _excused,
    facts.DutyMissed: _missed,
    facts.ReportDrafted: _drafted,
    facts.ReportSubmitted: _filed,
    facts.ReportCorrected: _filed,
    facts.ReportWithdrawn: _withdrawn,
    facts.ReportSigned: _signed,
    facts.ReportReturned: _objection,
    facts.SignatureRefused: _objection,
    facts.ZeroAttested: _attested,
    SignatureDisputed: disputed,
    DisputeResolved: resolved,
    facts.ReminderSent: _reminded,
    facts.ReminderServed: _served,
    facts.RollupBuilt: rolled_up,
    facts.RollupSigned: rollup_signed,
    facts.RollupReturned: rollup_returned,
}
