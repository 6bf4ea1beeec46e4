"""Record that the keys of an approved erasure are destroyed."""

from typing import ClassVar

from domain.erasure.erasure_state import ErasureState
from domain.erasure.errors import DestructionRecorded, ErasureNotApproved
from domain.erasure.events import KeysDestroyed, SealedUnder
from domain.ledger.command import Command


class RecordDestruction(Command):
    """The service records it about itself, once, after the keys are gone; which they are does not depend on it."""

    name: ClassVar[str] = "record_destruction"

    def __init__(self, *, erasure: str, keys: tuple[SealedUnder, ...]) -> None:
        self.keys = keys
        self.erasure = ErasureState(erasure)
        self.perspectives = (self.erasure,)

    def execute(self) -> None:
        """Raises: ErasureNotApproved, DestructionRecorded."""
        proposed = self.erasure.proposed
        if proposed is None or not self.erasure.is_approved:
            raise ErasureNotApproved(erasure=self.erasure.erasure)
        if self.erasure.is_done:
            raise DestructionRecorded(erasure=self.erasure.erasure)
        self.record(KeysDestroyed(erasure=proposed.erasure, keys=self.keys, person=proposed.person))
