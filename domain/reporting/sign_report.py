"""Sign one revision of a report, at level 1 or 2."""

from collections.abc import Sequence
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import AlreadySigned, LevelSkipped, ReturnedForCorrection
from domain.reporting.events import ReportSigned
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import on_behalf_of, require_below, require_level, require_signer
from domain.reporting.report_state import ReportState
from domain.reporting.signed_rollups import SignedRollups
from domain.signing.held_signature import Examined, HeldSignature
from domain.signing.signing import Signing, require_examined


class SignReport(Command):
    """A signature names the revision that was looked at (``digest``) and holds the signature of the level below.

    Three levels, three persons: neither who signs, nor on whose behalf, may have prepared this revision or signed it
    at the other level; but at an exempt small site the preparer may sign level 1. Level 3 signs roll-ups, and level 2
    its district's too: who signed one of that day does not sign below it.

    ``held`` is the person's own signature over it, with a ``nonce`` that serves once; level 2 says in it whether the
    report was ``examined``.
    """

    name: ClassVar[str] = "sign_report"

    def __init__(
        self,
        *,
        acting: Acting,
        origin: str,
        report: str,
        level: int,
        digest: str,
        nonce: str,
        held: HeldSignature | None,
        examined: Examined | None = None,
    ) -> None:
        if level not in (1, 2):
            raise Invalid("level", "levels 1 and 2 sign reports")
        require_examined(level, examined)
        self.level = level
        self.digest = digest
        self.examined = examined
        self.signing = Signing(acting=acting, origin=origin, nonce=nonce, held=held)
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.site = OrganisationState(parts_of(report)[2])
        self.rollups = SignedRollups(report, acting, held)
        self.perspectives = (self.authority, self.report, self.rollups, self.site, self.signing.credential)

    def further_boundary(self) -> Sequence[Selector]:
        """The roll-ups that the holder signed, when a delegate acts."""
        return self.rollups.further_boundary(self.authority)

    def execute(self) -> None:
        """Raises: NoDuty, the refusals of Authority.require, NothingSubmitted, NotTheCurrentRevision,
        ReturnedForCorrection, AlreadySigned, LevelSkipped, SamePerson, the refusals of Signing.require.
        """
        duty = self.report.duty
        require_level(self.authority, self.report, self.level)
        current = self.report.require_current(self.digest)
        if current.returned_by is not None:
            raise ReturnedForCorrection(report=self.report.report, level=current.returned_by)
        if self.report.signed_level >= self.level:
            raise AlreadySigned(report=self.report.report, level=self.report.signed_level)
        below = self.report.valid.get(self.level - 1)
        if self.level > 1 and below is None:
            raise LevelSkipped(report=self.report.report, level=self.level)
        held = self.signing.held
        self.recorded_before = require_signer(self.authority, self.report, self.site, self.level, held)
        require_below(self.authority, self.report, self.rollups, self.level, held)
        acting = self.authority.acting
        signature = self.signing.require(
            self.authority,
            digest=current.digest,
            level=self.level,
            decision="sign",
            nonces=self.report.nonces,
            below=None if below is None else below.signature,
            rules=duty.rules,
            examined=self.examined,
        )
        self.record(
            ReportSigned(
                report=self.report.report,
                district=duty.district,
                revision=current.revision,
                level=self.level,
                digest=current.digest,
                person=acting.person,
                appointment=acting.appointment,
                nonce=self.signing.nonce,
                signature=signature,
                below=None if below is None else below.signature,
                delegation=acting.delegation,
                on_behalf_of=on_behalf_of(self.authority),
                examined=self.examined,
                held=self.signing.given,
            )
        )
