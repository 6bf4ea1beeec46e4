"""Events of reminders and outages."""

from datetime import datetime
from typing import ClassVar

from domain.ledger.event import Commitment, Event
from domain.reporting.events.tags import report_tags


class ReminderSent(Event, frozen=True, kw_only=True):
    """Somebody was reminded of a report that is missing. Sent is not served; nothing is served before it is sent."""

    type_name: ClassVar[str] = "ReminderSent"
    report: str
    district: str
    reminder: str
    level: int
    addressee: str
    channel: str
    sent_at: datetime

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), f"reminder:{self.reminder}")


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
        return (*report_tags(self.report, self.district), f"reminder:{self.reminder}")


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
