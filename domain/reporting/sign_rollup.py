"""Sign the day's roll-up: level 2 its district's, level 3 the bureau's."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.reporting.errors import AlreadySigned, ReturnedForCorrection
from domain.reporting.events import Content, ReportCorrected, ReportSigned, ReportSubmitted, RollupSigned
from domain.reporting.identifiers import parts_of
from domain.reporting.levels import (
    on_behalf_of,
    require_other_persons,
    require_section,
    section_states,
)
from domain.reporting.report_state import one_side
from domain.reporting.rollup_revisions import RollupRevisions
from domain.reporting.signed_rollups import SignedRollups
from domain.signing.held_signature import Examined, HeldSignature
from domain.signing.signing import Signing, require_examined


class SignRollup(Command):
    """The newest revision is signed, as it says what it says; a later difference makes it outdated, not unsigned.

    Three levels, three persons: who signs at level 2 prepared or signed no report of this district's day at level 1 and
    no roll-up of that day at level 3, and who signs at level 3 did nothing of that day at the levels below; a delegate
    and the holder count as one.
    ``section`` is the officer's section; it is given for the bureau's roll-up, and only then.
    """

    name: ClassVar[str] = "sign_rollup"

    def __init__(
        self,
        *,
        acting: Acting,
        origin: str,
        rollup: str,
        digest: str,
        nonce: str,
        held: HeldSignature | None,
        examined: Examined | None = None,
        section: str | None = None,
    ) -> None:
        require_examined(2, examined)
        self.digest = digest
        self.examined = examined
        self.signing = Signing(acting=acting, origin=origin, nonce=nonce, held=held)
        self.authority = Authority(acting)
        self.rollup = RollupRevisions(rollup)
        self.sections = section_states(section)
        self.above = SignedRollups(rollup, acting, held)
        self.perspectives = (self.authority, self.rollup, self.above, *self.sections, self.signing.credential)
        self.business_date = parts_of(rollup)[1]
        self.beside: dict[int, set[str]] = {1: set(), 2: set()}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Beside the roll-ups, what the signer did below: of the district's day, or (level 3) of any day.

        And what the one did who attests a paper.
        """
        return [*super().consistency_boundary(), *(self._deeds_of(each) for each in self.above.signing)]

    def further_boundary(self) -> Sequence[Selector]:
        """What the holder did below, when a delegate signs: who that is stands in the delegation."""
        holder = on_behalf_of(self.authority)
        return () if holder is None else [self._deeds_of(holder), *self.above.further_boundary(self.authority)]

    def _deeds_of(self, person: str) -> Selector:
        below: list[type[Event]] = [ReportSubmitted, ReportCorrected, ReportSigned]
        if self.sections:
            return Selector(types=[*below, RollupSigned], tags=[f"person:{person}"])
        return Selector(types=below, tags=[f"rollup:{self.rollup.rollup}", f"person:{person}"])

    @event(ReportSubmitted)
    def _(self, report: str, content: Content, on_behalf_of: str | None) -> None:
        self._stood(1, report, content.prepared_by, on_behalf_of)

    @event(ReportCorrected)
    def _(self, report: str, content: Content, on_behalf_of: str | None) -> None:
        self._stood(1, report, content.prepared_by, on_behalf_of)

    @event(ReportSigned)
    def _(self, report: str, level: int, person: str, on_behalf_of: str | None, held: HeldSignature) -> None:
        self._stood(level, report, person, on_behalf_of, held)

    @event(RollupSigned)
    def _(self, rollup: str, level: int, person: str, on_behalf_of: str | None, held: HeldSignature) -> None:
        if level == 2:
            self._stood(level, rollup, person, on_behalf_of, held)

    def _stood(
        self, level: int, subject: str, person: str, on_behalf_of: str | None, held: HeldSignature | None = None
    ) -> None:
        if _day(subject) == self.business_date:
            self.beside[level] |= one_side(person, on_behalf_of, held)

    def execute(self) -> None:
        """Raises: RollupNotBuilt, the refusals of Authority.require, NotASection, NotTheCurrentRevision,
        ReturnedForCorrection, AlreadySigned, SamePerson, the refusals of Signing.require.
        """
        latest = self.rollup.require_latest(self.digest)
        if latest.level == 3:
            require_section(self.authority, self.sections, latest.organisation)
        else:
            self.authority.require(Role.DISTRICT_REVIEWER, latest.organisation)
        if latest.returned:
            raise ReturnedForCorrection(rollup=self.rollup.rollup, revision=latest.revision)
        if latest.signed:
            raise AlreadySigned(rollup=self.rollup.rollup, revision=latest.revision)
        if latest.sent_back_below is not None:
            # Level 3 does not sign over what it has itself sent back: it is built anew.
            raise ReturnedForCorrection(rollup=latest.sent_back_below)
        beside = self.beside[1] if latest.level == 2 else self.beside[1] | self.beside[2] | self.rollup.signers_below
        above = self.above.signers_above(latest.level, latest.organisation)
        require_other_persons(self.authority, above | beside, latest.level, self.signing.held)
        acting = self.authority.acting
        signature = self.signing.require(
            self.authority,
            digest=latest.digest,
            level=latest.level,
            decision="sign",
            nonces=self.rollup.nonces,
            examined=self.examined,
        )
        self.record(
            RollupSigned(
                rollup=self.rollup.rollup,
                parent=latest.parent,
                revision=latest.revision,
                level=latest.level,
                digest=latest.digest,
                person=acting.person,
                appointment=acting.appointment,
                nonce=self.signing.nonce,
                signature=signature,
                delegation=acting.delegation,
                on_behalf_of=on_behalf_of(self.authority),
                examined=self.examined,
                held=self.signing.given,
            )
        )
        self.recorded_before = self.authority.valid_until


def _day(subject: str) -> date:
    return parts_of(subject)[1]
