"""Events of reports: filings, corrections, signatures, returns."""

from typing import ClassVar

from domain.ledger.event import Commitment, Digest, Event, EventClass
from domain.reporting.events.content import Content
from domain.reporting.events.tags import person_tags, report_tags
from domain.signing.held_signature import Examined, HeldSignature


class ReportDrafted(Event, frozen=True, kw_only=True):
    """A draft was saved; it is not a filing and fulfils nothing."""

    type_name: ClassVar[str] = "ReportDrafted"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    content: Content

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), f"person:{self.content.prepared_by}")


class ReportSubmitted(Event, frozen=True, kw_only=True):
    """A report was filed, late or not. ``digest`` covers origin, report, revision, form, version and content.

    ``on_behalf_of`` is the holder of the appointment when a delegate filed; the delegate is who prepared it.
    """

    type_name: ClassVar[str] = "ReportSubmitted"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    revision: int
    form: str
    form_version: int
    content: Content
    digest: Digest
    on_behalf_of: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.content.prepared_by, self.on_behalf_of))


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
    on_behalf_of: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.content.prepared_by, self.on_behalf_of))


class ReportWithdrawn(Event, frozen=True, kw_only=True):
    """A revision that level 2 never signed was withdrawn; the duty is unanswered again."""

    type_name: ClassVar[str] = "ReportWithdrawn"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    revision: int
    digest: Digest
    person: str
    reason: Commitment
    delegation: str | None = None
    on_behalf_of: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.person, self.on_behalf_of))


class ReportSigned(Event, frozen=True, kw_only=True):
    """A level signed one revision of a report.

    ``signature`` is the digest of what was signed: origin, report digest, level, decision, appointment, the signature
    below, rules, nonce. ``below`` is absent at level 1 only. ``on_behalf_of`` is the holder of the appointment when a
    delegate signed: neither of the two may stand at another level.
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
    held: HeldSignature
    below: Digest | None = None
    delegation: str | None = None
    on_behalf_of: str | None = None
    examined: Examined | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.person, self.on_behalf_of, self.held))


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
    nonce: str
    signature: Digest
    held: HeldSignature
    delegation: str | None = None
    on_behalf_of: str | None = None
    below: Digest | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.person, self.on_behalf_of, self.held))


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
    nonce: str
    signature: Digest
    held: HeldSignature
    delegation: str | None = None
    on_behalf_of: str | None = None
    below: Digest | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.person, self.on_behalf_of, self.held))


class ZeroAttested(Event, frozen=True, kw_only=True):
    """Who prepared a zero report attested it with the own key: level 0. Filing never waits for it.

    ``signature`` is the digest of what was signed: origin, report digest, level 0, ``attest_zero``, appointment, rules,
    nonce.
    """

    type_name: ClassVar[str] = "ZeroAttested"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    report: str
    district: str
    revision: int
    digest: Digest
    person: str
    appointment: str
    nonce: str
    signature: Digest
    held: HeldSignature
    delegation: str | None = None
    on_behalf_of: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.person, self.on_behalf_of, self.held))
