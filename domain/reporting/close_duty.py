"""Close a duty: its time to answer has ended, or nothing is owed after all."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.ledger.slice import Selector
from domain.ledger.time import instant_text
from domain.registry.authority import Acting, Authority
from domain.registry.calendar import in_time
from domain.registry.events import Role
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import DutyAlreadyClosed, DutyNotOver, DutyOwed
from domain.reporting.events import DutyClosed, DutyLifted, DutyOpened
from domain.reporting.identifiers import parts_of
from domain.reporting.report_state import Duty, ReportState

DUTY_CLOSERS: Final = frozenset({Role.SECTION_OFFICER, Role.REGISTRAR})


class CloseDuty(Command):
    """Without ``acting`` the service's clock closes it when its time has ended, once; what comes later is still
    accepted and marked. At the very end the duty still runs: a filing then is in time to be before it.

    A site that is closed or suspended on the day owes nothing: then the clock or a person (with a reason) lifts the
    duty. What was answered, or whose absence is recorded, is not lifted: no absence is made to vanish afterwards. The
    level above may excuse it.
    """

    name: ClassVar[str] = "close_duty"

    def __init__(self, *, acting: Acting | None, at: datetime, report: str, reason: Commitment | None) -> None:
        if (acting is None) != (reason is None):
            raise Invalid("reason", "a person, and only a person, says why")
        self.at = at
        self.reason = reason
        self.authority = None if acting is None else Authority(acting)
        self.report = ReportState(report)
        self.site = OrganisationState(parts_of(report)[2])
        self.perspectives = (
            *(() if self.authority is None else (self.authority,)),
            self.report,
            self.site,
        )

    def consistency_boundary(self) -> Sequence[Selector]:
        """How it began and ended; at its end no more: what was filed and signed meanwhile changes neither."""
        ends = Selector(types=[DutyOpened, DutyClosed, DutyLifted], tags=[f"report:{self.report.report}"])
        return [ends, *(() if self.authority is None else self.authority.consistency_boundary())]

    def further_boundary(self) -> Sequence[Selector]:
        """Before its end, whether anything is owed, and what became of it."""
        if self.report.opened is None or self._is_over(self.report.opened):
            return ()
        return [*self.report.consistency_boundary(), *self.site.consistency_boundary()]

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, NoDuty, DutyAlreadyClosed, DutyOwed, DutyNotOver."""
        if self.authority is not None:
            self.authority.require(DUTY_CLOSERS)
            self.recorded_before = self.authority.valid_until
        duty = self.report.duty
        if self.report.closed:
            raise DutyAlreadyClosed(report=self.report.report)
        if self._is_over(duty):
            self.record(DutyClosed(report=self.report.report, district=duty.district))
        elif self._owes_nothing(duty):
            acting = None if self.authority is None else self.authority.acting
            self.record(
                DutyLifted(
                    report=self.report.report,
                    district=duty.district,
                    bureau=duty.bureau,
                    person=None if acting is None else acting.person,
                    appointment=None if acting is None else acting.appointment,
                    reason=self.reason,
                )
            )
        elif self.authority is not None:
            raise DutyOwed(report=self.report.report)
        else:
            raise DutyNotOver(report=self.report.report, closes_at=instant_text(duty.closes_at))

    def _is_over(self, duty: Duty) -> bool:
        return self.authority is None and not in_time(self.at, duty.closes_at)

    def _owes_nothing(self, duty: Duty) -> bool:
        return self.report.is_untouched and not self.site.owes_on(duty.business_date)
