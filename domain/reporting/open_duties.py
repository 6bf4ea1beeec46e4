"""Open the duties of one district for one day."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import NothingToOpen
from domain.reporting.events import DutyOpened
from domain.reporting.identifiers import report_id
from domain.reporting.rules_state import RulesState

DUTY_OPENERS = frozenset({Role.SECTION_OFFICER, Role.REGISTRAR, Role.CLOCK})


class OpenDuties(Command):
    """For every school named that belongs to the district and owes on that day, unless its duty is open already.

    Without ``acting`` the service's own clock opens them. The rules are those in force on the day, as known now.
    """

    name: ClassVar[str] = "open_duties"

    def __init__(
        self,
        *,
        acting: Acting | None,
        business_date: date,
        form: str,
        district: str,
        bureau: str,
        schools: tuple[str, ...],
    ) -> None:
        self.business_date = business_date
        self.form = form
        self.district = district
        self.bureau = bureau
        self.authority = None if acting is None else Authority(acting)
        self.rules = RulesState(form)
        self.schools = {school: OrganisationState(school) for school in schools}
        self.opened: set[str] = set()
        self.perspectives = (
            *(() if self.authority is None else (self.authority,)),
            self.rules,
            *self.schools.values(),
        )

    def consistency_boundary(self) -> Sequence[Selector]:
        """The rules, and each school with its own duty of the day: never a whole district."""
        reports = [report_id(self.form, self.business_date, school) for school in self.schools]
        duties = [Selector(types=type(self).projected_types, tags=[f"report:{report}"]) for report in reports]
        return [*super().consistency_boundary(), *duties]

    def fold(self, event: Event) -> None:
        """Each registry event concerns one school: to fold all into all would cost the square of the district."""
        event.mutate(self)
        event.mutate(self.rules)
        if self.authority is not None:
            event.mutate(self.authority)
        school = self.schools.get(getattr(event, "organisation", ""))
        if school is not None:
            event.mutate(school)

    @event(DutyOpened)
    def _(self, school: str) -> None:
        self.opened.add(school)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, NoRulesInForce, NothingToOpen."""
        if self.authority is not None:
            self.authority.require(DUTY_OPENERS)
            self.recorded_before = self.authority.valid_until
        day = self.business_date
        rules = self.rules.in_force_on(day)
        due_1, due_2, due_3 = rules.dues_on(day)
        owing = [
            school
            for school, site in self.schools.items()
            if school not in self.opened and site.owes_on(day) and site.parent_on(day) == self.district
        ]
        if not owing:
            raise NothingToOpen(district=self.district, business_date=day.isoformat())
        for school in owing:
            self.record(
                DutyOpened(
                    report=report_id(self.form, day, school),
                    form=self.form,
                    form_version=rules.form_version,
                    school=school,
                    district=self.district,
                    bureau=self.bureau,
                    business_date=day,
                    rules=rules.rules,
                    due_1=due_1,
                    due_2=due_2,
                    due_3=due_3,
                    closes_at=rules.closes_on(day),
                )
            )
