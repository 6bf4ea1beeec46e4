"""Open the duties of one district for one day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.ledger.slice import Selector, event
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting, Authority
from domain.registry.calendar import Calendars
from domain.registry.events import CalendarChanged, CalendarPublished, OrganisationKind, Role
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import DayOutOfReach, NotADistrict, NothingToOpen
from domain.reporting.events import DutyLifted, DutyOpened
from domain.reporting.identifiers import parts_of, report_id
from domain.reporting.rules_state import RulesState

DUTY_OPENERS: Final = frozenset({Role.SECTION_OFFICER, Role.REGISTRAR, Role.CLOCK})
REACH: Final = 7
"""How many days a duty may be opened after its day, or before: what nobody could answer from memory is not asked, and
what rules, calendars and closings may still change is not asked yet."""


class OpenDuties(Command):
    """For every school named that belongs to the district and owes on that day, unless its duty is open already.

    Without ``acting`` the service's own clock opens them. The rules are those in force on the day, as known now; they
    say which days of which calendar, and which kinds of site. The bureau is the district's on the day. A duty that is
    opened late has later deadlines (``rules_state.py``).
    """

    name: ClassVar[str] = "open_duties"

    def __init__(
        self,
        *,
        acting: Acting | None,
        at: datetime,
        business_date: date,
        form: str,
        district: str,
        schools: tuple[str, ...],
    ) -> None:
        self.at = at
        self.business_date = business_date
        self.form = form
        self.authority = None if acting is None else Authority(acting)
        self.rules = RulesState(form)
        self.calendars = Calendars()
        self.district = OrganisationState(district)
        self.schools = {school: OrganisationState(school) for school in schools}
        self.opened: set[str] = set()
        self.perspectives = (
            *(() if self.authority is None else (self.authority,)),
            self.rules,
            self.district,
            *self.schools.values(),
        )

    def consistency_boundary(self) -> Sequence[Selector]:
        """The rules, the calendars, and each school with its own duty of the day: never a whole district."""
        reports = [report_id(self.form, self.business_date, school) for school in self.schools]
        duties = [Selector(types=type(self).projected_types, tags=[f"report:{report}"]) for report in reports]
        return [*super().consistency_boundary(), Selector(types=[CalendarPublished, CalendarChanged]), *duties]

    def fold(self, event: Event) -> None:
        """Each registry event concerns one school: to fold all into all would cost the square of the district."""
        event.mutate(self)
        event.mutate(self.rules)
        event.mutate(self.district)
        self.calendars.fold(event)
        if self.authority is not None:
            event.mutate(self.authority)
        school = self.schools.get(getattr(event, "organisation", ""))
        if school is not None:
            event.mutate(school)

    @event(DutyOpened)
    def _(self, school: str) -> None:
        self.opened.add(school)

    @event(DutyLifted)
    def _(self, report: str) -> None:
        self.opened.discard(parts_of(report)[2])

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, DayOutOfReach, NotADistrict, NoRulesInForce, NothingToOpen."""
        if self.authority is not None:
            self.authority.require(DUTY_OPENERS)
            self.recorded_before = self.authority.valid_until
        day, today = self.business_date, business_date_of(self.at)
        if abs(day - today) > timedelta(days=REACH):
            raise DayOutOfReach(business_date=day.isoformat(), today=today.isoformat())
        district, bureau = self.district.organisation, self.district.parent_on(day)
        if self.district.kind is not OrganisationKind.DISTRICT or bureau is None:
            raise NotADistrict(organisation=district)
        rules = self.rules.in_force_on(day)
        owing = [
            school
            for school, site in self.schools.items()
            if school not in self.opened
            and site.kind in rules.owed_by
            and site.owes_on(day)
            and site.parent_on(day) == district
        ]
        if not owing or not rules.owed_on(day, self.calendars, self.at):
            raise NothingToOpen(district=district, business_date=day.isoformat())
        asked_on = rules.asked_on(day, self.calendars, self.at)
        due_1, due_2, due_3 = rules.dues_on(asked_on, self.calendars, self.at)
        for school in owing:
            self.record(
                DutyOpened(
                    report=report_id(self.form, day, school),
                    form=self.form,
                    form_version=rules.form_version,
                    school=school,
                    district=district,
                    bureau=bureau,
                    business_date=day,
                    rules=rules.rules,
                    due_1=due_1,
                    due_2=due_2,
                    due_3=due_3,
                    closes_at=rules.closes_on(asked_on, self.calendars, self.at),
                )
            )
