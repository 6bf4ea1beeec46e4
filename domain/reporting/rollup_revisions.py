"""The revisions of one roll-up, without what is below them: enough to sign one or to send it back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.reporting.errors import NotTheCurrentRevision, RollupNotBuilt
from domain.reporting.events import RollupBuilt, RollupReturned, RollupSigned
from domain.reporting.report_state import one_side
from domain.signing.held_signature import HeldSignature


@dataclass(slots=True, kw_only=True)
class RollupRevision:
    """One revision and what became of it."""

    revision: int
    level: int
    organisation: str
    parent: str
    digest: str
    covers: dict[str, str]
    """The district roll-ups that it was built over, each with its digest; none at level 2."""
    signed: bool = False
    returned: bool = False
    sent_back_below: str | None = None
    """A roll-up that it was built over and that was sent back since."""


class RollupRevisions(Perspective):
    """``revisions`` in order; ``signers_below`` signed a roll-up that is part of this one.

    ``nonces`` have served over this one.
    """

    def __init__(self, rollup: str) -> None:
        self.rollup = rollup
        self.revisions: list[RollupRevision] = []
        self.signers_below: set[str] = set()
        self.nonces: set[str] = set()
        # The signed revisions of each roll-up below that were not sent back, the latest last.
        self._below: defaultdict[str, list[str]] = defaultdict(list)

    def consistency_boundary(self) -> Sequence[Selector]:
        """The roll-up's own events and those of the roll-ups it covers; no reports."""
        return [Selector(types=type(self).projected_types, tags=[f"rollup:{self.rollup}"])]

    def require_latest(self, digest: str) -> RollupRevision:
        """The newest revision, and it is the one that was looked at. Raises RollupNotBuilt, NotTheCurrentRevision."""
        if not self.revisions:
            raise RollupNotBuilt(rollup=self.rollup)
        latest = self.revisions[-1]
        if latest.digest != digest:
            raise NotTheCurrentRevision(rollup=self.rollup, current=latest.digest)
        return latest

    @event(RollupBuilt)
    def _(self, rollup: str, parent: str, level: int, organisation: str, revision: int, digest: str) -> None:
        if rollup == self.rollup:
            built = RollupRevision(
                revision=revision,
                level=level,
                organisation=organisation,
                parent=parent,
                digest=digest,
                covers={below: signed[-1] for below, signed in self._below.items() if signed},
            )
            self.revisions.append(built)

    @event(RollupSigned)
    def _(
        self,
        *,
        rollup: str,
        parent: str,
        digest: str,
        person: str,
        on_behalf_of: str | None,
        nonce: str,
        held: HeldSignature,
    ) -> None:
        if rollup == self.rollup:
            self.nonces.add(nonce)
            for each in self.revisions:
                each.signed = each.signed or each.digest == digest
        elif parent == self.rollup:
            self._below[rollup].append(digest)
            self.signers_below |= one_side(person, on_behalf_of, held)

    @event(RollupReturned)
    def _(self, rollup: str, parent: str, digest: str, nonce: str) -> None:
        if rollup == self.rollup:
            self.nonces.add(nonce)
            for each in self.revisions:
                each.returned = each.returned or each.digest == digest
        elif parent == self.rollup:
            self._below[rollup] = [each for each in self._below[rollup] if each != digest]
            for each in self.revisions:
                if each.covers.get(rollup) == digest:
                    each.sent_back_below = rollup
