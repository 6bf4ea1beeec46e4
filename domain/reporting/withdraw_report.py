"""Withdraw the current revision of a report."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import ReturnedForCorrection, WithdrawalTooLate
from domain.reporting.events import ReportWithdrawn
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import on_behalf_of, require_filing
from domain.reporting.report_state import ReportState


class WithdrawReport(Command):
    """Only a revision that level 2 never signed, be that signature void by now: others have relied on it. That one, and
    one that was returned, can only be corrected.

    The duty is unanswered again. The revision and its signatures stay visible.
    """

    name: ClassVar[str] = "withdraw_report"

    def __init__(self, *, acting: Acting, report: str, reason: Commitment) -> None:
        self.reason = reason
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.site = OrganisationState(parts_of(report)[2])
        self.perspectives = (self.authority, self.report, self.site)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NothingSubmitted, WithdrawalTooLate,
        ReturnedForCorrection.
        """
        duty = self.report.duty
        self.recorded_before = require_filing(self.authority, self.report, self.site)
        current = self.report.require_current()
        if any(each.level == 2 and each.digest == current.digest for each in self.report.signatures):
            raise WithdrawalTooLate(report=self.report.report, revision=current.revision)
        if current.returned_by is not None:
            raise ReturnedForCorrection(report=self.report.report, level=current.returned_by)
        self.record(
            ReportWithdrawn(
                report=self.report.report,
                district=duty.district,
                revision=current.revision,
                digest=current.digest,
                person=self.authority.acting.person,
                reason=self.reason,
                delegation=self.authority.acting.delegation,
                on_behalf_of=on_behalf_of(self.authority),
            )
        )
