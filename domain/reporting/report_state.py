"""One duty with its report: revisions, signatures, returns, absences, excuses, reminders.

1. The current revision is the newest that was not withdrawn. Everything signed is signed over its digest.
2. A correction, a return and a withdrawal void the signatures so far; they stay in ``signatures``, never in ``valid``.
3. A returned revision can only be corrected.
4. A withdrawal takes with it what was done so far: acts count from the submission that what stands now began with.
5. A lifted duty takes its absences, excuses and heir with it: opened again, it begins anew, as in every view.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.reporting import errors
from domain.reporting.events import (
    Content,
    DutyClosed,
    DutyExcused,
    DutyInherited,
    DutyLifted,
    DutyMissed,
    DutyOpened,
    Nature,
    ReminderSent,
    ReminderServed,
    ReportCorrected,
    ReportReturned,
    ReportSigned,
    ReportSubmitted,
    ReportWithdrawn,
    SignatureRefused,
    ZeroAttested,
)
from domain.reporting.identifiers import parts_of
from domain.signing.held_signature import HeldSignature


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What is owed."""

    form: str
    form_version: int
    school: str
    district: str
    bureau: str
    business_date: date
    rules: str
    dues: tuple[datetime, datetime, datetime]
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledRevision:
    """One filed revision; ``withdrawn`` and ``returned_by`` (the level) say what became of it.

    ``persons`` are who prepared it and, for a delegate, on whose behalf.
    """

    revision: int
    digest: str
    nature: Nature
    prepared_by: str
    persons: frozenset[str]
    withdrawn: bool = False
    returned_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSignature:
    """One signature, valid or void. ``persons`` are who signed and, for a delegate, on whose behalf."""

    level: int
    revision: int
    digest: str
    signature: str
    persons: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A reminder that was sent."""

    level: int
    addressee: str
    sent_at: datetime
    served: bool = False


class ReportState(Perspective):
    """Everything that decides over one report. Nothing here knows when something arrived: lateness is derived."""

    def __init__(self, report: str) -> None:
        parts_of(report)  # a name of another shape must not become a tag
        self.report = report
        self.opened: Duty | None = None
        self.heir: str | None = None
        self.closed = False
        self.revisions: list[FiledRevision] = []
        self._filed_before = 0
        """How many revisions there were when the duty was opened, which is again after it was lifted."""
        self.signatures: list[LevelSignature] = []
        self.valid: dict[int, LevelSignature] = {}
        self.refusals: list[tuple[int, str]] = []
        self.objected: set[tuple[int, str]] = set()
        """Level and person of every return and refusal; of a delegate's, the holder too."""
        self.attested: set[str] = set()
        """The revisions, by digest, whose zero report was attested by a signature."""
        self.nonces: set[str] = set()
        """Those that have served over this report."""
        self.missed: set[int] = set()
        self.excused: set[int] = set()
        self.reminders: dict[str, Sending] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Everything that happens to this one duty, drafts excepted."""
        return [Selector(types=type(self).projected_types, tags=[f"report:{self.report}"])]

    @property
    def duty(self) -> Duty:
        """Raises NoDuty before the duty was opened."""
        if self.opened is None:
            raise errors.NoDuty(report=self.report)
        return self.opened

    @property
    def current(self) -> FiledRevision | None:
        """The revision that answers the duty now."""
        newest = self.revisions[-1] if self.revisions else None
        return None if newest is None or newest.withdrawn else newest

    @property
    def next_revision(self) -> int:
        """Revisions count 1, 2, 3 …, withdrawn ones too."""
        return len(self.revisions) + 1

    @property
    def filed(self) -> int:
        """How many revisions were filed since the duty was opened: as many as a view of it knows."""
        return len(self.revisions) - self._filed_before

    @property
    def signed_level(self) -> int:
        """How far the current revision is validly signed: 0, 1 or 2."""
        return max(self.valid, default=0)

    def require_current(self, digest: str | None = None) -> FiledRevision:
        """The current revision, and it is the one that was looked at.

        Raises: NoDuty, NothingSubmitted, NotTheCurrentRevision.
        """
        if self.opened is None:
            raise errors.NoDuty(report=self.report)
        if self.current is None:
            raise errors.NothingSubmitted(report=self.report)
        if digest is not None and self.current.digest != digest:
            raise errors.NotTheCurrentRevision(report=self.report, current=self.current.digest)
        return self.current

    def persons_beside(self, level: int, *, exempt: bool) -> frozenset[str]:
        """Who may not sign the current revision at ``level``: its preparer and the signers of the other levels.

        At a small site that is exempt, the preparer may sign level 1 (and only that).
        """
        persons = {person for each in self.valid.values() if each.level != level for person in each.persons}
        if self.current is not None and not (exempt and level == 1):
            persons |= self.current.persons
        return frozenset(persons)

    def persons_at(self, level: int) -> frozenset[str]:
        """Who ever acted at this level of this duty; who prepared a revision stands at level 1."""
        persons = {person for each in self.signatures if each.level == level for person in each.persons}
        persons |= {person for objecting, person in self.objected if objecting == level}
        if level == 1:
            persons |= {person for each in self.revisions for person in each.persons}
        return frozenset(persons)

    @property
    def standing(self) -> tuple[FiledRevision, ...]:
        """The current revision and those that it corrected, oldest first; none when nothing stands."""
        withdrawn = max((each.revision for each in self.revisions if each.withdrawn), default=0)
        return tuple(self.revisions[withdrawn:])

    def has_acted(self, level: int) -> bool:
        """Whether level 2 or 3 signed, returned or refused what stands; what a correction voided was still an act."""
        digests = {each.digest for each in self.standing}
        return (
            any(each.level == level and each.digest in digests for each in self.signatures)
            or any(each.returned_by == level for each in self.standing)
            or any(refused == level and digest in digests for refused, digest in self.refusals)
        )

    def is_absent(self, level: int) -> bool:
        """Whether this level's absence is recorded, or nothing stands that level 1 owes.

        Level 2's own deadline moves with what it receives, so that only the clock's record tells.
        """
        return level in self.missed or (level == 1 and self.current is None)

    @property
    def is_untouched(self) -> bool:
        """Nothing stands and no absence is recorded: if nothing is owed after all, the duty can be lifted."""
        return self.current is None and not self.missed and not self.closed

    @event(DutyOpened)
    def _(
        self,
        *,
        report: str,
        form: str,
        form_version: int,
        school: str,
        district: str,
        bureau: str,
        business_date: date,
        rules: str,
        due_1: datetime,
        due_2: datetime,
        due_3: datetime,
        closes_at: datetime,
    ) -> None:
        if report == self.report:
            self._filed_before = len(self.revisions)
            self.opened = Duty(
                form=form,
                form_version=form_version,
                school=school,
                district=district,
                bureau=bureau,
                business_date=business_date,
                rules=rules,
                dues=(due_1, due_2, due_3),
                closes_at=closes_at,
            )

    @event(DutyClosed)
    def _(self, report: str) -> None:
        self.closed = self.closed or report == self.report

    @event(DutyLifted)
    def _(self, report: str) -> None:
        if report == self.report:
            self.opened = self.heir = None
            self.missed.clear()
            self.excused.clear()

    @event(DutyInherited)
    def _(self, report: str, heir: str) -> None:
        if report == self.report:
            self.heir = heir

    @event(DutyMissed)
    def _(self, report: str, level: int) -> None:
        if report == self.report:
            self.missed.add(level)

    @event(DutyExcused)
    def _(self, report: str, level: int) -> None:
        if report == self.report:
            self.excused.add(level)

    @event(ReportSubmitted)
    def _(self, report: str, revision: int, digest: str, content: Content, on_behalf_of: str | None) -> None:
        self._filed(report, revision, digest, content, on_behalf_of)

    @event(ReportCorrected)
    def _(self, report: str, revision: int, digest: str, content: Content, on_behalf_of: str | None) -> None:
        self._filed(report, revision, digest, content, on_behalf_of)

    @event(ReportWithdrawn)
    def _(self, report: str, digest: str) -> None:
        if report == self.report:
            self.valid.clear()
            self.excused.discard(1)  # what was excused was another absence
            self.revisions = [
                replace(each, withdrawn=True) if each.digest == digest else each for each in self.revisions
            ]

    @event(ReportSigned)
    def _(
        self,
        *,
        report: str,
        revision: int,
        level: int,
        digest: str,
        signature: str,
        person: str,
        on_behalf_of: str | None,
        nonce: str,
        held: HeldSignature,
    ) -> None:
        if report == self.report:
            self.nonces.add(nonce)
            signed = LevelSignature(
                level=level,
                revision=revision,
                digest=digest,
                signature=signature,
                persons=one_side(person, on_behalf_of, held),
            )
            self.signatures.append(signed)
            self.valid[level] = signed

    @event(ReportReturned)
    def _(
        self,
        *,
        report: str,
        level: int,
        digest: str,
        person: str,
        on_behalf_of: str | None,
        nonce: str,
        held: HeldSignature,
    ) -> None:
        if report == self.report:
            self.nonces.add(nonce)
            self.objected |= {(level, each) for each in one_side(person, on_behalf_of, held)}
            self.valid.clear()
            self.revisions = [
                replace(each, returned_by=level) if each.digest == digest else each for each in self.revisions
            ]

    @event(SignatureRefused)
    def _(
        self,
        *,
        report: str,
        level: int,
        digest: str,
        person: str,
        on_behalf_of: str | None,
        nonce: str,
        held: HeldSignature,
    ) -> None:
        if report == self.report:
            self.nonces.add(nonce)
            self.objected |= {(level, each) for each in one_side(person, on_behalf_of, held)}
            self.refusals.append((level, digest))

    @event(ZeroAttested)
    def _(self, report: str, digest: str, nonce: str) -> None:
        if report == self.report:
            self.nonces.add(nonce)
            self.attested.add(digest)

    @event(ReminderSent)
    def _(self, report: str, reminder: str, level: int, addressee: str, sent_at: datetime) -> None:
        if report == self.report:
            self.reminders[reminder] = Sending(level=level, addressee=addressee, sent_at=sent_at)

    @event(ReminderServed)
    def _(self, report: str, reminder: str) -> None:
        if report == self.report:
            self.reminders[reminder] = replace(self.reminders[reminder], served=True)

    def _filed(self, report: str, revision: int, digest: str, content: Content, on_behalf_of: str | None) -> None:
        if report == self.report:
            self.valid.clear()
            self.revisions.append(
                FiledRevision(
                    revision=revision,
                    digest=digest,
                    nature=content.nature,
                    prepared_by=content.prepared_by,
                    persons=one_side(content.prepared_by, on_behalf_of),
                )
            )


def one_side(person: str, on_behalf_of: str | None, held: HeldSignature | None = None) -> frozenset[str]:
    """Who acted, for a delegate on whose behalf, and who attested a paper: all count as one side."""
    attested_by = None if held is None else held.attested_by
    return frozenset(each for each in (person, on_behalf_of, attested_by) if each is not None)
