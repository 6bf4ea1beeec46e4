"""One erasure: proposed, then approved or declined, then done."""

from collections.abc import Sequence

from domain.erasure.errors import ErasureDecided, ErasureTaken, ErasureUnknown
from domain.erasure.events import ErasureApproved, ErasureDeclined, ErasureProposed, Ground, KeysDestroyed, SealedUnder
from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event


class ErasureState(Perspective):
    """The erasure of one name."""

    def __init__(self, erasure: str) -> None:
        self.erasure = erasure
        self.proposed: ErasureProposed | None = None
        self.is_approved = False
        self.is_declined = False
        self.is_done = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """Everything about it."""
        return [Selector(types=type(self).projected_types, tags=[f"erasure:{self.erasure}"])]

    @event(ErasureProposed)
    def _(
        self,
        erasure: str,
        ground: Ground,
        proposed_by: str,
        on_behalf_of: str | None,
        person: str | None,
        keys: tuple[SealedUnder, ...] | None,
    ) -> None:
        if erasure == self.erasure:
            self.proposed = ErasureProposed(
                erasure=erasure,
                ground=ground,
                proposed_by=proposed_by,
                on_behalf_of=on_behalf_of,
                person=person,
                keys=keys,
            )

    @event(ErasureApproved)
    def _(self, erasure: str) -> None:
        self.is_approved = self.is_approved or erasure == self.erasure

    @event(ErasureDeclined)
    def _(self, erasure: str) -> None:
        self.is_declined = self.is_declined or erasure == self.erasure

    @event(KeysDestroyed)
    def _(self, erasure: str) -> None:
        self.is_done = self.is_done or erasure == self.erasure

    def require_free(self) -> None:
        """The name was never used. Raises ErasureTaken."""
        if self.proposed is not None:
            raise ErasureTaken(erasure=self.erasure)

    def require_open(self) -> ErasureProposed:
        """What was proposed and is not decided. Raises ErasureUnknown, ErasureDecided."""
        if self.proposed is None:
            raise ErasureUnknown(erasure=self.erasure)
        if self.is_approved or self.is_declined:
            raise ErasureDecided(erasure=self.erasure)
        return self.proposed
