"""Hand the duty of a closed or merged site to its heir."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import DutyNotInherited
from domain.reporting.events import DutyInherited
from domain.reporting.report_state import ReportState

HEIR_KEEPERS = frozenset({Role.REGISTRAR, Role.SECTION_OFFICER})


class InheritDuty(Command):
    """The registry says who the heir is: nobody chooses one here. Without ``acting`` the service itself does it.

    ``closed`` is the organisation that answered until now: the school, or an heir that has closed in its turn.
    """

    name: ClassVar[str] = "inherit_duty"

    def __init__(self, *, acting: Acting | None, report: str, closed: str, heir: str) -> None:
        self.heir = heir
        self.authority = None if acting is None else Authority(acting)
        self.report = ReportState(report)
        self.site = OrganisationState(closed)
        self.perspectives = (
            *(() if self.authority is None else (self.authority,)),
            self.report,
            self.site,
        )

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, NoDuty, DutyNotInherited."""
        if self.authority is not None:
            self.authority.require(HEIR_KEEPERS)
            self.recorded_before = self.authority.valid_until
        duty = self.report.duty
        answering = self.report.heir or duty.school
        if self.site.organisation != answering or self.site.heir != self.heir:
            raise DutyNotInherited(report=self.report.report, answering=answering)
        self.record(DutyInherited(report=self.report.report, district=duty.district, heir=self.heir))
