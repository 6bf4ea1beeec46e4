"""Record that a reminder reached its addressee."""

from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.reporting.errors import NotTheAddressee, ReminderAlreadyServed, ReminderUnknown
from domain.reporting.events import ReminderServed
from domain.reporting.report_state import ReportState

OPENED = "opened"
CALLED = "called"
CALLERS = frozenset({Role.DISTRICT_REVIEWER, Role.SECTION_OFFICER})


class ServeReminder(Command):
    """Served only when the addressee opened it, in person, or answered a call.

    A call is recorded by the reviewer or officer who made it, with the number called (sealed). Delivery by a machine,
    or a read mark of somebody else, serves nothing.
    """

    name: ClassVar[str] = "serve_reminder"

    def __init__(
        self,
        *,
        acting: Acting,
        report: str,
        reminder: str,
        how: str,
        served_to: str,
        served_at: datetime,
        number: Commitment | None = None,
    ) -> None:
        if how not in (OPENED, CALLED):
            raise Invalid("how", f"must be {OPENED} or {CALLED}")
        if (how == CALLED) != (number is not None):
            raise Invalid("number", "a call, and only a call, names the number called")
        if served_at > acting.at:
            raise Invalid("served_at", "lies in the future")
        self.reminder = reminder
        self.how = how
        self.served_to = served_to
        self.served_at = served_at
        self.number = number
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.perspectives = (self.authority, self.report)

    def execute(self) -> None:
        """Raises: NoDuty, ReminderUnknown, Invalid, NotTheAddressee, ReminderAlreadyServed; as Authority.require."""
        duty = self.report.duty
        sent = self.report.reminders.get(self.reminder)
        if sent is None:
            raise ReminderUnknown(reminder=self.reminder)
        if self.served_at < sent.sent_at:
            raise Invalid("served_at", "lies before the reminder was sent")
        if self.how == CALLED:
            self._require_caller(duty.district)
        else:
            self.authority.require_held()
        opened_by_another = self.how == OPENED and self.authority.acting.person != sent.addressee
        if opened_by_another or self.served_to != sent.addressee:
            raise NotTheAddressee(reminder=self.reminder, addressee=sent.addressee)
        if sent.served:
            raise ReminderAlreadyServed(reminder=self.reminder)
        self.record(
            ReminderServed(
                report=self.report.report,
                district=duty.district,
                reminder=self.reminder,
                how=self.how,
                served_to=self.served_to,
                served_at=self.served_at,
                number=self.number,
            )
        )
        self.recorded_before = self.authority.valid_until

    def _require_caller(self, district: str) -> None:
        self.authority.require(CALLERS)
        if self.authority.role is Role.DISTRICT_REVIEWER:
            self.authority.require(Role.DISTRICT_REVIEWER, district)
