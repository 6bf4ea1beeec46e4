"""Close a duty when its time to answer has ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.slice import Selector
from domain.ledger.time import instant_text
from domain.registry.calendar import in_time
from domain.reporting.errors import DutyAlreadyClosed, DutyNotOver
from domain.reporting.events import DutyClosed, DutyOpened
from domain.reporting.report_state import ReportState


class CloseDuty(Command):
    """The service's clock closes it, once; what comes later is still accepted and marked.

    ``at`` is the clock's instant. At the very end the duty still runs: a filing then is in time to be before it.
    """

    name: ClassVar[str] = "close_duty"

    def __init__(self, *, report: str, at: datetime) -> None:
        self.at = at
        self.report = ReportState(report)
        self.perspectives = (self.report,)

    def consistency_boundary(self) -> Sequence[Selector]:
        """How it began and ended, and no more: what was filed and signed meanwhile changes neither."""
        return [Selector(types=[DutyOpened, DutyClosed], tags=[f"report:{self.report.report}"])]

    def execute(self) -> None:
        """Raises: NoDuty, DutyAlreadyClosed, DutyNotOver."""
        duty = self.report.duty
        if self.report.closed:
            raise DutyAlreadyClosed(report=self.report.report)
        if in_time(self.at, duty.closes_at):
            raise DutyNotOver(report=self.report.report, closes_at=instant_text(duty.closes_at))
        self.record(DutyClosed(report=self.report.report, district=duty.district))
