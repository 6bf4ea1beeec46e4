"""How long values are kept, by purpose, and when a key is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.erasure.events import RetentionAdopted, SealedUnder
from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The retention period in force for a purpose."""

    purpose: str
    retention_version: int
    days: int
    source: str

    def due_on(self, term: int) -> date:
        """The first day on which keys of a year may go. A period that reaches beyond all calendars never ends."""
        try:
            return date(term + 1, 1, 1) + timedelta(days=self.days)
        except (OverflowError, ValueError):
            return date.max


class Retention(Perspective):
    """The periods in force for some purposes; for every purpose when it folds all."""

    def __init__(self, purposes: Iterable[str] = ()) -> None:
        self.purposes = sorted(set(purposes))
        self.periods: dict[str, Period] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """The adoptions for these purposes."""
        return [Selector(types=type(self).projected_types, tags=[f"retention:{each}"]) for each in self.purposes]

    @event(RetentionAdopted)
    def _(self, purpose: str, retention_version: int, days: int, source: str) -> None:
        self.periods[purpose] = Period(purpose=purpose, retention_version=retention_version, days=days, source=source)

    def is_due(self, key: SealedUnder, today: date) -> bool:
        """Whether the period of a key is over. Without a period nothing is ever due."""
        period = self.periods.get(key.purpose)
        return period is not None and period.due_on(key.term) <= today

    def due_terms(self, today: date) -> dict[str, int]:
        """By purpose the last year of which keys are due; purposes of which none is are left out."""
        last = {}
        for purpose, period in self.periods.items():
            term = today.year - 1
            # At most as many years back as the period is long.
            while term > 0 and period.due_on(term) > today:
                term -= 1
            if term > 0:
                last[purpose] = term
        return last
