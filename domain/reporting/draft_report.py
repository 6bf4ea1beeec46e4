"""Save a draft of a report."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.organisation import OrganisationState
from domain.reporting.content import check_draft
from domain.reporting.errors import PreparedByAnother
from domain.reporting.events import Content, ReportDrafted
from domain.reporting.form_state import FormState
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import require_filing
from domain.reporting.report_state import ReportState


class DraftReport(Command):
    """A draft is not a filing: it may be incomplete, and it fulfils nothing."""

    name: ClassVar[str] = "draft_report"

    def __init__(self, *, acting: Acting, report: str, content: Content) -> None:
        form, _, school = parts_of(report)
        self.content = content
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.form = FormState(form.upper())
        self.site = OrganisationState(school)
        self.perspectives = (self.authority, self.report, self.form, self.site)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, Invalid for what the form cannot hold."""
        duty = self.report.duty
        self.recorded_before = require_filing(self.authority, self.report, self.site)
        if self.content.prepared_by != self.authority.acting.person:
            raise PreparedByAnother("prepared_by", "must be the person who drafts")
        check_draft(self.content, self.form.require(duty.form_version))
        self.record(ReportDrafted(report=self.report.report, district=duty.district, content=self.content))
