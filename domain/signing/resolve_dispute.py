"""Decide a dispute over signatures: they are confirmed, or repudiated for ever."""

from collections.abc import Sequence
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.event import Commitment
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.registry.person import OfficesOf
from domain.signing.credential_state import CredentialState
from domain.signing.errors import DisputeOver, DisputeUnknown, ResolvedByParty
from domain.signing.events import DisputeResolved, Outcome
from domain.signing.vouching import DISTRICT_OFFICERS, Vouching

RESOLVERS: Final = DISTRICT_OFFICERS | {Role.DISCIPLINE}


class ResolveDispute(Command):
    """By a district's officer who answers for the holder, the registrar or the discipline office; never by the holder,
    nor by who vouched for the key: that word is a part of what is in dispute.
    """

    name: ClassVar[str] = "resolve_dispute"

    def __init__(
        self,
        *,
        acting: Acting,
        dispute: str,
        credential: str,
        person: str,
        outcome: Outcome,
        reason: Commitment,
    ) -> None:
        self.dispute = dispute
        self.outcome: Outcome = outcome
        self.reason = reason
        self.authority = Authority(acting)
        self.credential = CredentialState(credential)
        self.offices = OfficesOf(person)
        self.vouching = Vouching(self.authority, self.offices)
        self.perspectives = (self.authority, self.credential, self.offices, self.vouching)

    def further_boundary(self) -> Sequence[Selector]:
        """To which district the holder's organisations belong."""
        return self.vouching.further_boundary()

    def execute(self) -> None:
        """Raises: the refusals of Vouching.require, UnknownCredential, NotYourCredential, ResolvedByParty,
        DisputeUnknown, DisputeOver.
        """
        acting = self.authority.acting
        self.vouching.require(RESOLVERS)
        self.credential.require_of(self.offices.person)
        parties = {self.offices.person, self.credential.vouched_by}
        if not parties.isdisjoint({acting.person, self.authority.holder}):
            raise ResolvedByParty(person=acting.person)
        disputed = next((each for each in self.credential.disputes if each.dispute == self.dispute), None)
        if disputed is None:
            raise DisputeUnknown(dispute=self.dispute)
        if disputed.outcome is not None:
            raise DisputeOver(dispute=self.dispute, outcome=disputed.outcome)
        self.recorded_before = self.authority.valid_until
        self.record(
            DisputeResolved(
                dispute=self.dispute,
                credential=self.credential.credential,
                person=self.offices.person,
                outcome=self.outcome,
                by=acting.person,
                appointment=acting.appointment,
                reason=self.reason,
            )
        )
