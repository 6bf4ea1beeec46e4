"""Remind somebody of what is missing."""

import re
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.reporting.errors import NotMissing, ReminderExists
from domain.reporting.events import ReminderSent
from domain.reporting.levels import require_level, section_states
from domain.reporting.report_state import ReportState

_CHANNEL: Final = re.compile(r"[a-z][a-z_]{0,31}")


class SendReminder(Command):
    """The level above reminds, or (without ``acting``) the service itself. Sent is not served.

    ``level`` is the level that owes; ``addressee`` a person. Above level 2, ``section`` is the officer's section.
    """

    name: ClassVar[str] = "send_reminder"

    def __init__(
        self,
        *,
        acting: Acting | None,
        report: str,
        reminder: str,
        level: int,
        addressee: str,
        channel: str,
        section: str | None = None,
    ) -> None:
        if level not in (1, 2):
            raise Invalid("level", "levels 1 and 2 are reminded")
        if _CHANNEL.fullmatch(channel) is None:
            raise Invalid("channel", "must be one lower-case word")
        self.reminder = reminder
        self.level = level
        self.addressee = addressee
        self.channel = channel
        self.authority = None if acting is None else Authority(acting)
        self.report = ReportState(report)
        self.sections = section_states(section)
        authorities = () if self.authority is None else (self.authority,)
        self.perspectives = (*authorities, self.report, *self.sections)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NotASection, ReminderExists, NotMissing."""
        duty = self.report.duty
        if self.authority is not None:
            if self.authority.role is Role.SECTION_OFFICER:
                require_level(self.authority, self.report, 3, self.sections)
            else:
                require_level(self.authority, self.report, self.level + 1, self.sections)
            self.recorded_before = self.authority.valid_until
        if self.reminder in self.report.reminders:
            raise ReminderExists(reminder=self.reminder)
        if self.report.signed_level >= self.level:
            raise NotMissing(report=self.report.report, level=self.level)
        self.record(
            ReminderSent(
                report=self.report.report,
                district=duty.district,
                reminder=self.reminder,
                level=self.level,
                addressee=self.addressee,
                channel=self.channel,
            )
        )
