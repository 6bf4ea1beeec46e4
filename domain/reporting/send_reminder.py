"""Remind somebody of what is missing."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority
from domain.registry.events import Appointed, Relieved, Role
from domain.registry.offices import Offices
from domain.reporting.errors import NotHandedOver, NotInOffice, NotMissing, ReminderExists
from domain.reporting.events import ReminderSent
from domain.reporting.levels import require_level, section_states
from domain.reporting.report_state import Duty, ReportState

LEVEL_1: Final = frozenset({Role.PRINCIPAL, Role.REPORTER})
LEVEL_2: Final = frozenset({Role.DISTRICT_REVIEWER})
_CHANNEL: Final = re.compile(r"[a-z][a-z_]{0,31}")


class SendReminder(Command):
    """The level above reminds, or (without ``acting``) the service itself. Sent is not served.

    ``level`` is the level that owes; ``addressee`` a person who holds an office there: at level 1 the principal or a
    reporter of who answers, at level 2 a reviewer of the district, once it has been given the report. Above level 2,
    ``section`` is the officer's section.
    """

    name: ClassVar[str] = "send_reminder"

    def __init__(
        self,
        *,
        acting: Acting | None,
        at: datetime,
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
        self.at = at
        self.reminder = reminder
        self.level = level
        self.offices = Offices(addressee)
        self.channel = channel
        self.authority = None if acting is None else Authority(acting)
        self.report = ReportState(report)
        self.sections = section_states(section)
        authorities = () if self.authority is None else (self.authority,)
        self.perspectives = (*authorities, self.report, *self.sections)

    def consistency_boundary(self) -> Sequence[Selector]:
        """The duty, the sender's authority, and the addressee's own offices."""
        offices = Selector(types=[Appointed, Relieved], tags=[f"person:{self.offices.person}"])
        return [*super().consistency_boundary(), offices]

    def fold(self, event: Event) -> None:
        """The addressee's offices are those of that person, not what a delegation lends."""
        super().fold(event)
        if isinstance(event, Appointed | Relieved):
            self.offices.fold([event])

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NotASection, ReminderExists, NotMissing, NotHandedOver,
        NotInOffice.
        """
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
        if self.report.signed_level < self.level - 1:
            raise NotHandedOver(report=self.report.report, level=self.level)
        self._require_office(duty)
        self.record(
            ReminderSent(
                report=self.report.report,
                district=duty.district,
                reminder=self.reminder,
                level=self.level,
                addressee=self.offices.person,
                channel=self.channel,
                sent_at=self.at,
            )
        )

    def _require_office(self, duty: Duty) -> None:
        roles, place = LEVEL_1, self.report.heir or duty.school
        if self.level > 1:
            roles, place = LEVEL_2, duty.district
        held = self.offices.held_at(self.at)
        if not any(office.role in roles and office.organisation == place for office in held):
            raise NotInOffice(addressee=self.offices.person, organisation=place, level=self.level)
