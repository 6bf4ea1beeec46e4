"""Excuse a level for what it missed or did late."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.ledger.time import instant_text
from domain.registry.authority import Acting, Authority
from domain.reporting.errors import AlreadyExcused, NotDueYet
from domain.reporting.events import DutyExcused
from domain.reporting.levels import require_level, require_other_persons, section_states
from domain.reporting.report_state import ReportState


class ExcuseDuty(Command):
    """The level above excuses, with a reason: the district its schools, the bureau's section its districts.

    The absence or lateness stays visible. Nobody excuses the own act, under whatever appointment.
    """

    name: ClassVar[str] = "excuse_duty"

    def __init__(
        self, *, acting: Acting, report: str, level: int, reason: Commitment, section: str | None = None
    ) -> None:
        if level not in (1, 2):
            raise Invalid("level", "levels 1 and 2 have a level above")
        self.level = level
        self.reason = reason
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.sections = section_states(section)
        self.perspectives = (self.authority, self.report, *self.sections)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NotASection, NotDueYet, AlreadyExcused, SamePerson."""
        duty = self.report.duty
        require_level(self.authority, self.report, self.level + 1, self.sections)
        due = duty.dues[self.level - 1]
        if self.authority.acting.at <= due:
            raise NotDueYet(report=self.report.report, level=self.level, due=instant_text(due))
        if self.level in self.report.excused:
            raise AlreadyExcused(report=self.report.report, level=self.level)
        require_other_persons(self.authority, self.report.persons_at(self.level), self.level)
        self.record(
            DutyExcused(
                report=self.report.report,
                district=duty.district,
                level=self.level,
                person=self.authority.acting.person,
                appointment=self.authority.acting.appointment,
                reason=self.reason,
            )
        )
        self.recorded_before = self.authority.valid_until
