"""Send a district's signed roll-up back, with a reason."""

from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority
from domain.reporting.errors import LevelSkipped, ReturnedForCorrection
from domain.reporting.events import RollupReturned
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import on_behalf_of, require_section, section_states
from domain.reporting.rollup_revisions import RollupRevisions
from domain.signing.held_signature import HeldSignature
from domain.signing.signing import Signing


class ReturnRollup(Command):
    """Level 3 returns what level 2 has signed; there is no level above the bureau's own.

    A returned revision no longer counts for the bureau's roll-up, and the district may build another at once.
    """

    name: ClassVar[str] = "return_rollup"

    def __init__(
        self,
        *,
        acting: Acting,
        rollup: str,
        digest: str,
        reason: Commitment,
        origin: str,
        nonce: str,
        held: HeldSignature | None,
        section: str | None = None,
    ) -> None:
        self.digest = digest
        self.reason = reason
        self.authority = Authority(acting)
        self.rollup = RollupRevisions(rollup)
        self.sections = section_states(section)
        self.signing = Signing(acting=acting, origin=origin, nonce=nonce, held=held)
        self.perspectives = (self.authority, self.rollup, *self.sections, self.signing.credential)

    def execute(self) -> None:
        """Raises: RollupNotBuilt, NotTheCurrentRevision, the refusals of Authority.require, NotASection,
        ReturnedForCorrection, LevelSkipped, the refusals of Signing.require.
        """
        latest = self.rollup.require_latest(self.digest)
        require_section(self.authority, self.sections, parts_of(latest.parent)[2])
        if latest.level != 2 or not latest.signed:
            raise LevelSkipped(rollup=self.rollup.rollup, level=latest.level)
        if latest.returned:
            raise ReturnedForCorrection(rollup=self.rollup.rollup, revision=latest.revision)
        signature = self.signing.require(
            self.authority,
            digest=latest.digest,
            level=3,
            decision="return",
            nonces=self.rollup.nonces,
            reason=self.reason,
        )
        self.record(
            RollupReturned(
                rollup=self.rollup.rollup,
                parent=latest.parent,
                revision=latest.revision,
                level=3,
                digest=latest.digest,
                person=self.authority.acting.person,
                appointment=self.authority.acting.appointment,
                reason=self.reason,
                nonce=self.signing.nonce,
                signature=signature,
                delegation=self.authority.acting.delegation,
                on_behalf_of=on_behalf_of(self.authority),
                held=self.signing.given,
            )
        )
        self.recorded_before = self.authority.valid_until
