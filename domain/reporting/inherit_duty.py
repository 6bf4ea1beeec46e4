"""Hand the duty of a closed or merged site to its heir."""

from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import DutyNotInherited, NothingLeft
from domain.reporting.events import DutyInherited
from domain.reporting.identifiers import parts_of
from domain.reporting.report_state import ReportState

HEIR_KEEPERS = frozenset({Role.REGISTRAR, Role.SECTION_OFFICER})


class InheritDuty(Command):
    """The registry says who the heir is: nobody chooses one here. Without ``acting`` the service itself does it.

    ``closed`` is the organisation that answered until now: the school, or an heir that has closed in its turn. Handed
    over is what it owed and left: unanswered, or sent back; and not before it has ended. From then on only the heir
    answers.
    """

    name: ClassVar[str] = "inherit_duty"

    def __init__(self, *, acting: Acting | None, at: datetime, report: str, closed: str, heir: str) -> None:
        self.at = at
        self.heir = heir
        self.authority = None if acting is None else Authority(acting)
        self.report = ReportState(report)
        self.site = OrganisationState(closed)
        self.school = OrganisationState(parts_of(report)[2])
        self.perspectives = (
            *(() if self.authority is None else (self.authority,)),
            self.report,
            self.site,
            self.school,
        )

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, NoDuty, DutyNotInherited, NothingLeft."""
        if self.authority is not None:
            self.authority.require(HEIR_KEEPERS)
            self.recorded_before = self.authority.valid_until
        duty = self.report.duty
        answering = self.report.heir or duty.school
        today = business_date_of(self.at)
        if self.site.organisation != answering or self.site.heir != self.heir or self.site.open_on(today):
            raise DutyNotInherited(report=self.report.report, answering=answering)
        current = self.report.current
        answered = current is not None and current.returned_by is None
        if answered or not self.school.owes_on(duty.business_date):
            raise NothingLeft(report=self.report.report)
        self.record(DutyInherited(report=self.report.report, district=duty.district, heir=self.heir))
