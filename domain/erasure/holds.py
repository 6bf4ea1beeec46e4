"""Legal holds (证据保全): over a person or an organisation, for a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.erasure.errors import HoldUnknown
from domain.erasure.events import LegalHoldEnded, LegalHoldPlaced
from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.interval import earliest


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold; it holds until ``ends_at``, exclusive."""

    hold: str
    over: str
    ends_at: datetime


class Holds(Perspective):
    """The holds over some subjects, or those of some names; every hold when it folds all."""

    def __init__(self, *, over: Iterable[str] = (), named: Iterable[str] = ()) -> None:
        self._over = sorted(set(over))
        self._named = sorted(set(named))
        self.holds: dict[str, Hold] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Their beginnings and ends."""
        return self.over(self._over) + [
            Selector(types=type(self).projected_types, tags=[f"hold:{each}"]) for each in self._named
        ]

    def over(self, subjects: Iterable[str]) -> list[Selector]:
        """What says whether these are held; to be asked for once they are known."""
        return [Selector(types=type(self).projected_types, tags=[f"held:{each}"]) for each in subjects]

    @event(LegalHoldPlaced)
    def _(self, hold: str, over: str, until: datetime) -> None:
        self.holds.setdefault(hold, Hold(hold=hold, over=over, ends_at=until))

    @event(LegalHoldEnded)
    def _(self, hold: str, ended_at: datetime) -> None:
        placed = self.holds.get(hold)
        if placed is not None:
            ends_at = earliest(placed.ends_at, ended_at) or ended_at
            self.holds[hold] = Hold(hold=hold, over=placed.over, ends_at=ends_at)

    def held_at(self, at: datetime) -> frozenset[str]:
        """Whom or what some hold is over at an instant."""
        return frozenset(each.over for each in self.holds.values() if at < each.ends_at)

    def require(self, hold: str) -> Hold:
        """The hold of a name. Raises HoldUnknown."""
        try:
            return self.holds[hold]
        except KeyError:
            raise HoldUnknown(hold=hold) from None
