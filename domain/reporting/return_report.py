"""Send one revision of a report back for correction, with a reason."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority
from domain.reporting.errors import AlreadySigned, LevelSkipped, ReturnedForCorrection
from domain.reporting.events import ReportReturned
from domain.reporting.levels import require_level, section_states
from domain.reporting.report_state import ReportState


class ReturnReport(Command):
    """A level may return what it has been given, also after it has signed; once the level above has signed, that level
    returns it. The signatures so far become void and stay visible. At level 3 ``section`` is the officer's section.
    """

    name: ClassVar[str] = "return_report"

    def __init__(
        self,
        *,
        acting: Acting,
        report: str,
        level: int,
        digest: str,
        reason: Commitment,
        section: str | None = None,
    ) -> None:
        if level not in (1, 2, 3):
            raise Invalid("level", "must be 1, 2 or 3")
        self.level = level
        self.digest = digest
        self.reason = reason
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.sections = section_states(section)
        self.perspectives = (self.authority, self.report, *self.sections)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NotASection, NothingSubmitted, NotTheCurrentRevision,
        ReturnedForCorrection, AlreadySigned, LevelSkipped.
        """
        duty = self.report.duty
        require_level(self.authority, self.report, self.level, self.sections)
        current = self.report.require_current(self.digest)
        if current.returned_by is not None:
            raise ReturnedForCorrection(report=self.report.report, level=current.returned_by)
        if self.report.signed_level > self.level:
            raise AlreadySigned(report=self.report.report, level=self.report.signed_level)
        if self.report.signed_level < self.level - 1:
            raise LevelSkipped(report=self.report.report, level=self.level)
        self.record(
            ReportReturned(
                report=self.report.report,
                district=duty.district,
                revision=current.revision,
                level=self.level,
                digest=current.digest,
                person=self.authority.acting.person,
                appointment=self.authority.acting.appointment,
                reason=self.reason,
            )
        )
        self.recorded_before = self.authority.valid_until
