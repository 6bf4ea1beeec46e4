"""Events of reporting: forms, rules, duties, reports, signatures, roll-ups, reminders, outages.

Tags: ``report:`` is one duty with all its revisions and signatures (the boundary of nearly every command);
``school:`` is the trail of a school; ``rollup:`` is what a district's or the bureau's roll-up of the day must cover,
so that a roll-up decides over exactly the reports of its day; ``person:`` is who acted.
Lateness is derived from deadlines and ``received_at``, never stored. Free text is sealed.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from domain.ledger.event import Commitment, Digest, Event, EventClass
from domain.reporting.identifiers import parts_of, rollup_id


class FieldKind(StrEnum):
    """What a form field holds. Counts are whole and not negative."""

    COUNT = "count"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"


class FormField(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field: ``name`` as in the data, labels for people, whether it must be there.

    ``positive`` marks counts that make a report positive when they are not zero. Text is always sealed.
    """

    name: str
    kind: FieldKind
    label_zh: str
    label_en: str
    required: bool
    positive: bool
    choices: tuple[str, ...] | None = None
    maximum: int | None = None


class ArithmeticRule(msgspec.Struct, frozen=True, kw_only=True):
    """``sum(left) relation sum(right)`` over fields; ``relation`` is one of ``=`` and ``<=``."""

    rule: str
    left: tuple[str, ...]
    relation: str
    right: tuple[str, ...]


class Source(StrEnum):
    """Who gave the row of a class."""

    TEACHER = "teacher"
    SUBSTITUTE = "substitute"
    PHONE = "phone"


class ClassRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one class reported: by whom, how and when; ``present`` and ``absent`` make up the class."""

    class_id: str
    given_by: str
    source: Source
    given_at: datetime
    present: int
    absent: int


class Nature(StrEnum):
    """A zero report says that everything was checked and nothing found; it is an attestation, never empty fields."""

    ZERO = "zero"
    POSITIVE = "positive"


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a report says. Its digest is what is signed.

    ``missing_classes`` names every class without a row: no class missed unseen. ``choices`` holds choice fields.
    """

    nature: Nature
    zero_attestation: bool
    counts: dict[str, int]
    flags: dict[str, bool]
    choices: dict[str, str]
    classes: tuple[ClassRow, ...]
    missing_classes: tuple[str, ...]
    prepared_by: str
    remarks: Commitment | None = None
    named_list: Commitment | None = None


def _report_tags(report: str, district: str) -> tuple[str, ...]:
    _, day, school = parts_of(report)
    return (f"report:{report}", f"school:{school}", f"rollup:{rollup_id(day, district)}")


class FormPublished(Event, frozen=True, kw_only=True):
    """A version of a form was published."""

    type_name: ClassVar[str] = "FormPublished"
    form: str
    form_version: int
    title_zh: str
    title_en: str
    has_classes: bool
    fields: tuple[FormField, ...]
    rules: tuple[ArithmeticRule, ...]

    def tags(self) -> tuple[str, ...]:
        return (f"form:{self.form}",)


class RulesAdopted(Event, frozen=True, kw_only=True):
    """A version of the reporting rules was adopted for days from ``effective_from`` on.

    ``deadlines`` are ``HH:MM`` in Asia/Shanghai for levels 1, 2 and 3 (three of them: three levels, three persons);
    a filing at the very deadline is in time. ``closes`` is ``HH:MM`` of the day ``closes_after_days`` later.
    """

    type_name: ClassVar[str] = "RulesAdopted"
    rules: str
    form: str
    form_version: int
    effective_from: date
    deadlines: tuple[str, str, str]
    closes: str
    closes_after_days: int

    def tags(self) -> tuple[str, ...]:
        return (f"rules:{self.form}",)


class DutyOpened(Event, frozen=True, kw_only=True):
    """An organisation owes a report: which form, which day, which deadlines, under which rules."""

    type_name: ClassVar[str] = "DutyOpened"
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

    def tags(self) -> tuple[str, ...]:
        return _report_tags(self.report, self.district)


class DutyClosed(Event, frozen=True, kw_only=True):
    """The time to answer a duty ended; what comes now is still accepted and marked."""

    type_name: ClassVar[str] = "DutyClosed"
    report: str
    district: str

    def tags(self) -> tuple[str, ...]:
        return _report_tags(self.report, self.district)


class DutyInherited(Event, frozen=True, kw_only=True):
    """Another organisation answers this open duty, because the first closed or merged."""

    type_name: ClassVar[str] = "DutyInherited"
    report: str
    district: str
    heir: str

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"school:{self.heir}")


class DutyExcused(Event, frozen=True, kw_only=True):
    """The level above excused a missing or late report, with a reason; it stays visible."""

    type_name: ClassVar[str] = "DutyExcused"
    report: str
    district: str
    level: int
    person: str
    appointment: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.person}")


class DutyMissed(Event, frozen=True, kw_only=True):
    """At the deadline of a level nothing had arrived: an absence with a time and a rule version, recorded once."""

    type_name: ClassVar[str] = "DutyMissed"
    report: str
    district: str
    level: int
    deadline: datetime
    rules: str

    def tags(self) -> tuple[str, ...]:
        return _report_tags(self.report, self.district)


class ReportDrafted(Event, frozen=True, kw_only=True):
    """A draft was saved; it is not a filing and fulfils nothing."""

    type_name: ClassVar[str] = "ReportDrafted"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    content: Content

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.content.prepared_by}")


class ReportSubmitted(Event, frozen=True, kw_only=True):
    """A report was filed, late or not. ``digest`` covers origin, report, revision, form, version and content."""

    type_name: ClassVar[str] = "ReportSubmitted"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    revision: int
    form: str
    form_version: int
    content: Content
    digest: Digest

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.content.prepared_by}")


class ReportCorrected(Event, frozen=True, kw_only=True):
    """A new revision superseded an earlier one; the signatures over that one are void and stay visible."""

    type_name: ClassVar[str] = "ReportCorrected"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    revision: int
    form: str
    form_version: int
    content: Content
    digest: Digest
    supersedes: Digest
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.content.prepared_by}")


class ReportWithdrawn(Event, frozen=True, kw_only=True):
    """A revision was withdrawn before level 2 had signed; the duty is unanswered again. Timeliness stays."""

    type_name: ClassVar[str] = "ReportWithdrawn"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    revision: int
    digest: Digest
    person: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.person}")


class ReportSigned(Event, frozen=True, kw_only=True):
    """A level signed one revision of a report.

    ``signature`` is the digest of what was signed: origin, report digest, level, decision, appointment, the signature
    below, rules, nonce. ``below`` is absent at level 1 only.
    """

    type_name: ClassVar[str] = "ReportSigned"
    report: str
    district: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    nonce: str
    signature: Digest
    below: Digest | None = None
    delegation: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.person}")


class ReportReturned(Event, frozen=True, kw_only=True):
    """A level sent the report back with a reason; the signatures below stay visible and are void."""

    type_name: ClassVar[str] = "ReportReturned"
    report: str
    district: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.person}")


class SignatureRefused(Event, frozen=True, kw_only=True):
    """A level refused to sign this revision, with a reason, and did not send it back."""

    type_name: ClassVar[str] = "SignatureRefused"
    report: str
    district: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"person:{self.person}")


class RollupBuilt(Event, frozen=True, kw_only=True):
    """A roll-up was built from what stood below: counts, the gaps by name, and one Merkle root over its children.

    ``level`` 2 is a district's over its schools' reports, 3 the bureau's over its districts' roll-ups. ``expected`` =
    ``covered`` + missing + excused (excused without a report). ``unsigned`` are present but without the level below.
    ``root`` is over the sorted children, each ``canonical_json([organisation, digest, signature])``.
    ``revision`` 1 is the main roll-up; later ones are supplementary, at most one a day, and list ``changed``.
    """

    type_name: ClassVar[str] = "RollupBuilt"
    rollup: str
    parent: str
    """The roll-up of the level above that this one is part of; the bureau's names itself."""
    level: int
    organisation: str
    business_date: date
    revision: int
    expected: int
    covered: int
    missing: tuple[str, ...]
    excused: tuple[str, ...]
    unsigned: tuple[str, ...]
    sums: dict[str, int]
    root: Digest
    digest: Digest
    person: str
    changed: tuple[str, ...] | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"rollup:{self.rollup}", f"rollup:{self.parent}", f"person:{self.person}")


class RollupSigned(Event, frozen=True, kw_only=True):
    """Level 2 signed its district's roll-up, or level 3 the bureau's."""

    type_name: ClassVar[str] = "RollupSigned"
    rollup: str
    parent: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    nonce: str
    signature: Digest
    delegation: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"rollup:{self.rollup}", f"rollup:{self.parent}", f"person:{self.person}")


class RollupReturned(Event, frozen=True, kw_only=True):
    """The level above sent a roll-up back with a reason."""

    type_name: ClassVar[str] = "RollupReturned"
    rollup: str
    parent: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (f"rollup:{self.rollup}", f"rollup:{self.parent}", f"person:{self.person}")


class ReminderSent(Event, frozen=True, kw_only=True):
    """Somebody was reminded of a report that is missing. Sent is not served."""

    type_name: ClassVar[str] = "ReminderSent"
    report: str
    district: str
    reminder: str
    level: int
    addressee: str
    channel: str

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"reminder:{self.reminder}")


class ReminderServed(Event, frozen=True, kw_only=True):
    """A reminder reached its addressee: opened, or a call that was answered."""

    type_name: ClassVar[str] = "ReminderServed"
    report: str
    district: str
    reminder: str
    how: str
    served_to: str
    served_at: datetime
    number: Commitment | None = None

    def tags(self) -> tuple[str, ...]:
        return (*_report_tags(self.report, self.district), f"reminder:{self.reminder}")


class OutageDeclared(Event, frozen=True, kw_only=True):
    """The bureau declared that filing was impossible between two instants, for some schools or (absent) for all.

    A report due inside the outage and received by ``grace_until`` counts as excused.
    """

    type_name: ClassVar[str] = "OutageDeclared"
    outage: str
    began_at: datetime
    ended_at: datetime
    grace_until: datetime
    reason: Commitment
    person: str
    schools: tuple[str, ...] | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"outage:{self.outage}", "outages:declared", f"person:{self.person}")


EVENTS: tuple[type[Event], ...] = (
    FormPublished,
    RulesAdopted,
    DutyOpened,
    DutyClosed,
    DutyInherited,
    DutyExcused,
    DutyMissed,
    ReportDrafted,
    ReportSubmitted,
    ReportCorrected,
    ReportWithdrawn,
    ReportSigned,
    ReportReturned,
    SignatureRefused,
    RollupBuilt,
    RollupSigned,
    RollupReturned,
    ReminderSent,
    ReminderServed,
    OutageDeclared,
)
