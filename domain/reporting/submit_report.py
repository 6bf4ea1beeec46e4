"""File a report."""

from collections.abc import Sequence
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority
from domain.registry.organisation import OrganisationState
from domain.reporting.content import check_content
from domain.reporting.digests import report_digest
from domain.reporting.errors import AlreadySubmitted, PreparedByAnother
from domain.reporting.events import Content, ReportSubmitted
from domain.reporting.form_state import FormState
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import on_behalf_of, require_below, require_filing
from domain.reporting.report_state import ReportState
from domain.reporting.signed_rollups import SignedRollups
from domain.reporting.zero_attestation import attestation_of, zero_attested
from domain.signing.held_signature import HeldSignature


class SubmitReport(Command):
    """Late is accepted, never refused: refusal would destroy evidence. ``origin`` names the log in the digest.

    Whoever has the key at hand attests a zero report at once, by ``held`` with its ``nonce`` over the coming revision.
    """

    name: ClassVar[str] = "submit_report"

    def __init__(
        self,
        *,
        acting: Acting,
        origin: str,
        report: str,
        content: Content,
        nonce: str | None = None,
        held: HeldSignature | None = None,
    ) -> None:
        form, _, school = parts_of(report)
        self.origin = origin
        self.content = content
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.form = FormState(form.upper())
        self.site = OrganisationState(school)
        self.rollups = SignedRollups(report, acting)
        self.attestation = attestation_of(acting=acting, origin=origin, nonce=nonce, held=held)
        self.perspectives = (
            self.authority,
            self.report,
            self.rollups,
            self.form,
            self.site,
            *(each.credential for each in self.attestation),
        )

    def further_boundary(self) -> Sequence[Selector]:
        """The roll-ups that the holder signed, when a delegate acts."""
        return self.rollups.further_boundary(self.authority)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, AlreadySubmitted, SamePerson, NoRoster,
        Invalid (see ``content.py``), what ``zero_attested`` raises.
        """
        duty = self.report.duty
        self.recorded_before = require_filing(self.authority, self.report, self.site)
        if self.report.current is not None:
            raise AlreadySubmitted(report=self.report.report, revision=self.report.current.revision)
        if self.content.prepared_by != self.authority.acting.person:
            raise PreparedByAnother("prepared_by", "must be the person who files")
        require_below(self.authority, self.report, self.rollups, 0)
        roster = self.site.roster_on(duty.business_date)
        check_content(self.content, self.form.require(duty.form_version), roster)
        revision = self.report.next_revision
        digest = report_digest(
            origin=self.origin,
            report=self.report.report,
            revision=revision,
            form=duty.form,
            form_version=duty.form_version,
            content=self.content,
        )
        self.record(
            ReportSubmitted(
                report=self.report.report,
                district=duty.district,
                revision=revision,
                form=duty.form,
                form_version=duty.form_version,
                content=self.content,
                digest=digest,
                on_behalf_of=on_behalf_of(self.authority),
            )
        )
        for signing in self.attestation:
            self.record(zero_attested(self.report, self.authority, signing))
