"""End a legal hold before its time."""

from typing import ClassVar

from domain.erasure.errors import HoldOver
from domain.erasure.events import LegalHoldEnded
from domain.erasure.holds import Holds
from domain.erasure.offices import HOLDS
from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority


class EndLegalHold(Command):
    """The hold no longer protects anything from the act on. Erasing then still takes two persons."""

    name: ClassVar[str] = "end_legal_hold"

    def __init__(self, *, acting: Acting, hold: str) -> None:
        self.hold = hold
        self.authority = Authority(acting)
        self.holds = Holds(named=(hold,))
        self.perspectives = (self.authority, self.holds)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, HoldUnknown, HoldOver."""
        self.authority.require(HOLDS)
        self.recorded_before = self.authority.valid_until
        placed = self.holds.require(self.hold)
        at = self.authority.acting.at
        if placed.ends_at <= at:
            raise HoldOver(hold=self.hold)
        self.record(
            LegalHoldEnded(hold=self.hold, over=placed.over, ended_at=at, ended_by=self.authority.acting.person)
        )
