"""What returning a report and refusing to sign it have in common: one level, over one revision, with a reason."""

from typing import Literal

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority
from domain.reporting.errors import AlreadySigned, LevelSkipped, ReturnedForCorrection
from domain.reporting.levels import require_level, require_other_persons, section_states
from domain.reporting.report_state import FiledRevision, ReportState
from domain.signing.held_signature import HeldSignature
from domain.signing.signing import Signing


class Declining(Command):
    """A level does not sign what it has been given. At level 3 ``section`` is the officer's section."""

    def __init__(
        self,
        *,
        acting: Acting,
        report: str,
        level: int,
        digest: str,
        reason: Commitment,
        origin: str,
        nonce: str,
        held: HeldSignature | None,
        section: str | None = None,
    ) -> None:
        if level not in (1, 2, 3):
            raise Invalid("level", "must be 1, 2 or 3")
        self.level = level
        self.digest = digest
        self.reason = reason
        self.authority = Authority(acting)
        self.report = ReportState(report)
        self.sections = section_states(section)
        self.signing = Signing(acting=acting, origin=origin, nonce=nonce, held=held)
        self.perspectives = (self.authority, self.report, *self.sections, self.signing.credential)

    def require_declinable(self, *, signed_up_to: int) -> FiledRevision:
        """The revision in hand, signed by the level below and by none above ``signed_up_to``.

        Raises: NoDuty, the refusals of Authority.require, NotASection, NothingSubmitted, NotTheCurrentRevision,
        SamePerson, ReturnedForCorrection, AlreadySigned, LevelSkipped.
        """
        require_level(self.authority, self.report, self.level, self.sections)
        self.recorded_before = self.authority.valid_until
        current = self.report.require_current(self.digest)
        # To decline is an act of the level as much as to sign: nobody examines the own work.
        beside = self.report.persons_beside(self.level, exempt=False)
        require_other_persons(self.authority, beside, self.level, self.signing.held)
        if current.returned_by is not None:
            raise ReturnedForCorrection(report=self.report.report, level=current.returned_by)
        if self.report.signed_level > signed_up_to:
            raise AlreadySigned(report=self.report.report, level=self.report.signed_level)
        if self.report.signed_level < self.level - 1:
            raise LevelSkipped(report=self.report.report, level=self.level)
        return current

    @property
    def below(self) -> str | None:
        """The signature of the level below, which is declined with the report."""
        below = self.report.valid.get(self.level - 1)
        return None if below is None else below.signature

    def require_held(self, decision: Literal["return", "refuse"], current: FiledRevision) -> str:
        """The digest of what was signed: this decision, with its reason. Raises the refusals of Signing.require."""
        return self.signing.require(
            self.authority,
            digest=current.digest,
            level=self.level,
            decision=decision,
            nonces=self.report.nonces,
            below=self.below,
            rules=self.report.duty.rules,
            reason=self.reason,
        )
