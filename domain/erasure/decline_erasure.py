"""Turn an erasure down: the proposal is withdrawn, or not approved."""

from typing import ClassVar

from domain.erasure.erasure_state import ErasureState
from domain.erasure.events import ErasureDeclined
from domain.erasure.offices import APPROVES, PROPOSES
from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority


class DeclineErasure(Command):
    """Either office may: to keep is never a decision that needs two. The same may be proposed again."""

    name: ClassVar[str] = "decline_erasure"

    def __init__(self, *, acting: Acting, erasure: str) -> None:
        self.authority = Authority(acting)
        self.erasure = ErasureState(erasure)
        self.perspectives = (self.authority, self.erasure)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, ErasureUnknown, ErasureDecided."""
        self.authority.require(frozenset({PROPOSES, APPROVES}))
        self.recorded_before = self.authority.valid_until
        proposed = self.erasure.require_open()
        self.record(
            ErasureDeclined(erasure=proposed.erasure, declined_by=self.authority.acting.person, person=proposed.person)
        )
