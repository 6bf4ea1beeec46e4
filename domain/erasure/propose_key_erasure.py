"""Propose to destroy some keys: those whose periods are over, or others of years that are over."""

from typing import ClassVar

from domain.erasure.erasure_state import ErasureState
from domain.erasure.events import ErasureProposed, Ground, SealedUnder
from domain.erasure.offices import PROPOSES, check_keys, require_ripe
from domain.erasure.retention import Retention
from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority


class ProposeKeyErasure(Command):
    """Nothing is destroyed until somebody else approves it.

    Legal holds are not looked at here: whoever proposes may not know of them. They are at the approval.
    """

    name: ClassVar[str] = "propose_key_erasure"

    def __init__(self, *, acting: Acting, erasure: str, ground: Ground, keys: tuple[SealedUnder, ...]) -> None:
        check_keys(keys)
        self.ground, self.keys = ground, keys
        self.authority = Authority(acting)
        self.erasure = ErasureState(erasure)
        self.retention = Retention(key.purpose for key in keys)
        self.perspectives = (self.authority, self.erasure, self.retention)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, ErasureTaken, TermStillRuns, NotDue."""
        self.authority.require(PROPOSES)
        self.recorded_before = self.authority.valid_until
        self.erasure.require_free()
        require_ripe(self.keys, self.ground, self.retention, self.authority.acting_on)
        actor = self.authority.actor
        self.record(
            ErasureProposed(
                erasure=self.erasure.erasure,
                ground=self.ground,
                proposed_by=actor.person,
                on_behalf_of=actor.on_behalf_of,
                keys=self.keys,
            )
        )
