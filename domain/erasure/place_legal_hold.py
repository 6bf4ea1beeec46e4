"""Place a legal hold over a person or an organisation."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from domain.erasure.errors import HoldTaken
from domain.erasure.events import LegalHoldPlaced
from domain.erasure.holds import Holds
from domain.erasure.offices import HOLDS
from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority

LONGEST: Final = timedelta(days=3 * 366)


class PlaceLegalHold(Command):
    """Nothing of ``over`` is erased before ``until``. A hold ends by itself; whoever still needs it places another."""

    name: ClassVar[str] = "place_legal_hold"

    def __init__(self, *, acting: Acting, hold: str, over: str, until: datetime, reason: Commitment) -> None:
        if not acting.at < until <= acting.at + LONGEST:
            raise Invalid("until", f"lies ahead, at most {LONGEST.days} days")
        self.over, self.until, self.reason = over, until, reason
        self.hold = hold
        self.authority = Authority(acting)
        self.holds = Holds(named=(hold,))
        self.perspectives = (self.authority, self.holds)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, HoldTaken."""
        self.authority.require(HOLDS)
        self.recorded_before = self.authority.valid_until
        if self.hold in self.holds.holds:
            raise HoldTaken(hold=self.hold)
        self.record(
            LegalHoldPlaced(
                hold=self.hold,
                over=self.over,
                until=self.until,
                placed_by=self.authority.acting.person,
                reason=self.reason,
            )
        )
