"""The adopted reporting rules of one form, and which of them hold on a day.

A duty that is opened late accuses nobody: its deadlines are those of the first day, from the business date on, whose
first deadline leaves the school ``NOTICE`` from the opening. So a duty opened after our own downtime, or for a school
that resumed at noon, is due in the ordinary hours of a later day, and its closing moves with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.calendar import Calendars, DeadlineRule, deadline
from domain.registry.events import CalendarName, OrganisationKind
from domain.reporting.errors import NoRulesInForce
from domain.reporting.events import RulesAdopted

NOTICE: Final = timedelta(hours=3)
"""Long enough to ask every class: the sheets of a morning are handed in by the third lesson."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One adopted version."""

    rules: str
    form_version: int
    effective_from: date
    deadlines: tuple[str, str, str]
    closes: str
    closes_after_days: int
    calendar: CalendarName
    owed_by: tuple[OrganisationKind, ...]

    def owed_on(self, day: date, calendars: Calendars, known_at: datetime) -> bool:
        """Whether anything is owed for this day, as known at an instant."""
        return calendars.named(self.calendar).counts(day, known_at=known_at)

    def asked_on(self, day: date, calendars: Calendars, opened_at: datetime) -> date:
        """The day whose deadlines a duty of this business date has, when it is opened at an instant."""
        while self.dues_on(day, calendars, opened_at)[0] < opened_at + NOTICE:
            day += timedelta(days=1)
        return day

    def dues_on(self, day: date, calendars: Calendars, known_at: datetime) -> tuple[datetime, datetime, datetime]:
        """The deadlines of levels 1, 2 and 3 on a day; ``24:00`` is 00:00 of the next day."""
        first, second, third = (
            deadline(DeadlineRule(clock=clock, calendar=self.calendar), day, calendars, known_at)
            for clock in self.deadlines
        )
        return first, second, third

    def closes_on(self, day: date, calendars: Calendars, known_at: datetime) -> datetime:
        """The instant at which what is due on this day closes."""
        rule = DeadlineRule(clock=self.closes, calendar=self.calendar, days=self.closes_after_days)
        return deadline(rule, day, calendars, known_at)


class RulesState(Perspective):
    """``adopted`` in the order of adoption."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.adopted: list[Rules] = []

    def consistency_boundary(self) -> Sequence[Selector]:
        """Every adoption for the form: rules adopted meanwhile change what a new duty is."""
        return [Selector(types=type(self).projected_types, tags=[f"rules:{self.form}"])]

    @event(RulesAdopted)
    def _(
        self,
        *,
        rules: str,
        form: str,
        form_version: int,
        effective_from: date,
        deadlines: tuple[str, str, str],
        closes: str,
        closes_after_days: int,
        calendar: CalendarName,
        owed_by: tuple[OrganisationKind, ...],
    ) -> None:
        if form == self.form:
            self.adopted.append(
                Rules(
                    rules=rules,
                    form_version=form_version,
                    effective_from=effective_from,
                    deadlines=deadlines,
                    closes=closes,
                    closes_after_days=closes_after_days,
                    calendar=calendar,
                    owed_by=owed_by,
                )
            )

    def in_force_on(self, day: date) -> Rules:
        """The version with the latest ``effective_from`` up to the day; of two such, the one adopted last.

        Raises NoRulesInForce.
        """
        effective = [one for one in self.adopted if one.effective_from <= day]
        if not effective:
            raise NoRulesInForce(form=self.form, business_date=day.isoformat())
        return max(reversed(effective), key=lambda one: one.effective_from)
