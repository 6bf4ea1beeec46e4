"""The adopted reporting rules of one form, and which of them hold on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.ledger.time import at_shanghai
from domain.registry.calendar import Calendars, DeadlineRule, deadline
from domain.reporting.errors import NoRulesInForce
from domain.reporting.events import RulesAdopted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One adopted version."""

    rules: str
    form_version: int
    effective_from: date
    deadlines: tuple[str, str, str]
    closes: str
    closes_after_days: int

    def dues_on(self, day: date) -> tuple[datetime, datetime, datetime]:
        """The deadlines of levels 1, 2 and 3 for a business date; ``24:00`` is 00:00 of the next day."""
        first, second, third = self.deadlines
        return _due(day, first), _due(day, second), _due(day, third)

    def closes_on(self, day: date) -> datetime:
        """The instant at which a duty of this business date closes."""
        return _due(day, self.closes, self.closes_after_days)


def _due(day: date, clock: str, days: int = 0) -> datetime:
    # On the calendar of daily reporting every day counts, whatever is known when: it has no exceptions.
    return deadline(DeadlineRule(clock=clock, days=days), day, Calendars(), at_shanghai(day, "00:00"))


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
        rules: str,
        form: str,
        form_version: int,
        effective_from: date,
        deadlines: tuple[str, str, str],
        closes: str,
        closes_after_days: int,
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
