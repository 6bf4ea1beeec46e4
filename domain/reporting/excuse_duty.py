"""Excuse a level for what it missed or did late."""

from collections.abc import Sequence
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.ledger.slice import Selector
from domain.ledger.time import instant_text
from domain.registry.authority import Acting, Authority
from domain.reporting.errors import AlreadyExcused, NotDueYet, NothingToExcuse
from domain.reporting.events import DutyExcused
from domain.reporting.levels import on_behalf_of, require_level, require_other_persons, section_states
from domain.reporting.offices_below import OfficesBelow
from domain.reporting.report_state import ReportState


class ExcuseDuty(Command):
    """The level above excuses, with a reason: the district its schools, the bureau's section its districts.

    The absence or lateness stays visible; without one there is nothing to excuse. ``late`` says that the view judged
    the level late (``standing.py``): when something arrived is in no payload. Nobody excuses the own act or omission,
    under whatever appointment: not who acted at the level, nor who held an office of it there on the day or since.
    """

    name: ClassVar[str] = "excuse_duty"

    def __init__(
        self,
        *,
        acting: Acting,
        report: str,
        level: int,
        reason: Commitment,
        section: str | None = None,
        late: bool = False,
    ) -> None:
        if level not in (1, 2):
            raise Invalid("level", "levels 1 and 2 have a level above")
        self.level = level
        self.reason = reason
        self.late = late
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.sections = section_states(section)
        self.below = OfficesBelow(self.authority, self.report, level)
        self.perspectives = (self.authority, self.report, self.below, *self.sections)

    def further_boundary(self) -> Sequence[Selector]:
        """The offices of who acts at the level that is excused."""
        return self.below.further_boundary()

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NotASection, NotDueYet, AlreadyExcused,
        NothingToExcuse, SamePerson.
        """
        duty = self.report.duty
        require_level(self.authority, self.report, self.level + 1, self.sections)
        due = duty.dues[self.level - 1]
        if self.authority.acting.at <= due:
            raise NotDueYet(report=self.report.report, level=self.level, due=instant_text(due))
        if self.level in self.report.excused:
            raise AlreadyExcused(report=self.report.report, level=self.level)
        if not (self.late or self.report.is_absent(self.level)):
            raise NothingToExcuse(report=self.report.report, level=self.level)
        beside = self.report.persons_at(self.level) | self.below.holders()
        require_other_persons(self.authority, beside, self.level)
        self.record(
            DutyExcused(
                report=self.report.report,
                district=duty.district,
                level=self.level,
                person=self.authority.acting.person,
                appointment=self.authority.acting.appointment,
                reason=self.reason,
                delegation=self.authority.acting.delegation,
                on_behalf_of=on_behalf_of(self.authority),
            )
        )
        self.recorded_before = self.authority.valid_until
