"""Which roll-ups of a report's day the people who act now have signed.

Three levels, three persons, in whatever order they act: who signed the district's roll-up of the day stands at level 2
and has no part in what the district's schools do at level 1; who signed the bureau's stands at level 3 and has no part
in anything below.
"""

from collections.abc import Sequence

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.reporting.events import RollupSigned
from domain.reporting.identifiers import parts_of
from domain.reporting.report_state import one_side
from domain.signing.held_signature import HeldSignature


class SignedRollups(Perspective):
    """Of the day of one report or roll-up, by one person; for a delegate by the holder too, and by who attests."""

    def __init__(self, subject: str, acting: Acting, held: HeldSignature | None = None) -> None:
        self.business_date = parts_of(subject)[1]
        self.signing = sorted(one_side(acting.person, None, held))
        self._signers: list[tuple[int, str, frozenset[str]]] = []

    def consistency_boundary(self) -> Sequence[Selector]:
        """Every roll-up that the person signed, and that the one who attests did."""
        return [_signed_by(each) for each in self.signing]

    def further_boundary(self, authority: Authority) -> Sequence[Selector]:
        """Those of the holder, when a delegate acts: who that is stands in the delegation."""
        holder = authority.actor.on_behalf_of
        return () if holder is None else [_signed_by(holder)]

    def signers_above(self, level: int, district: str) -> frozenset[str]:
        """Who of them signed at a level above this one what covers the schools of this district."""
        return frozenset(
            person
            for signed, organisation, persons in self._signers
            for person in persons
            if signed > level and (signed == 3 or organisation == district)
        )

    @event(RollupSigned)
    def _(self, rollup: str, level: int, person: str, on_behalf_of: str | None, held: HeldSignature) -> None:
        _, business_date, organisation = parts_of(rollup)
        if business_date == self.business_date:
            self._signers.append((level, organisation, one_side(person, on_behalf_of, held)))


def _signed_by(person: str) -> Selector:
    return Selector(types=[RollupSigned], tags=[f"person:{person}"])
