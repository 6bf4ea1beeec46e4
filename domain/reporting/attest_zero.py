"""Attest a zero report with one's own key, after it was filed."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import NotThePreparer, ReturnedForCorrection
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import require_filing
from domain.reporting.report_state import ReportState
from domain.reporting.zero_attestation import zero_attested
from domain.signing.held_signature import HeldSignature
from domain.signing.signing import Signing


class AttestZero(Command):
    """By who prepared the revision that stands. Filing never waits for it, and it is not asked for by any level."""

    name: ClassVar[str] = "attest_zero"

    def __init__(
        self, *, acting: Acting, origin: str, report: str, digest: str, nonce: str, held: HeldSignature | None
    ) -> None:
        self.digest = digest
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.site = OrganisationState(parts_of(report)[2])
        self.signing = Signing(acting=acting, origin=origin, nonce=nonce, held=held)
        self.perspectives = (self.authority, self.report, self.site, self.signing.credential)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NothingSubmitted, NotTheCurrentRevision, NotThePreparer,
        ReturnedForCorrection, what ``zero_attested`` raises.
        """
        self.recorded_before = require_filing(self.authority, self.report, self.site)
        current = self.report.require_current(self.digest)
        if current.prepared_by != self.authority.acting.person:
            raise NotThePreparer(report=self.report.report, person=self.authority.acting.person)
        if current.returned_by is not None:
            raise ReturnedForCorrection(report=self.report.report, level=current.returned_by)
        self.record(zero_attested(self.report, self.authority, self.signing))
