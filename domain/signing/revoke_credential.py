"""Revoke a key: it is lost, replaced, or its holder has left."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority
from domain.registry.person import OfficesOf
from domain.signing.credential_state import CredentialState
from domain.signing.errors import RevokedCredential
from domain.signing.events import CredentialRevoked, RevokedBecause
from domain.signing.vouching import DISTRICT_OFFICERS, Vouching


class RevokeCredential(Command):
    """The holder revokes it without any office, or a district's officer who answers for the holder does, ``acting``.

    It holds from now on. What the key signed stands: whoever did not sign it disputes it.
    """

    name: ClassVar[str] = "revoke_credential"

    def __init__(
        self,
        *,
        by: str,
        at: datetime,
        person: str,
        credential: str,
        why: RevokedBecause,
        acting: Acting | None = None,
    ) -> None:
        self.by = by
        self.at = at
        self.why: RevokedBecause = why
        self.credential = CredentialState(credential)
        self.offices = OfficesOf(person)
        self.authority = None if by == person or acting is None else Authority(acting)
        if self.authority is None:
            self.vouching = None
            self.perspectives = (self.credential,)
        else:
            self.vouching = Vouching(self.authority, self.offices)
            self.perspectives = (self.credential, self.authority, self.offices, self.vouching)

    def further_boundary(self) -> Sequence[Selector]:
        """To which district the holder's organisations belong, where an officer acts."""
        return () if self.vouching is None else self.vouching.further_boundary()

    def execute(self) -> None:
        """Raises: the refusals of Vouching.require, UnknownCredential, NotYourCredential, RevokedCredential."""
        holder = self.offices.person
        if self.authority is not None and self.vouching is not None:
            self.vouching.require(DISTRICT_OFFICERS)
            self.recorded_before = self.authority.valid_until
        self.credential.require_of(holder if self.authority is not None else self.by)
        if self.credential.is_revoked:
            raise RevokedCredential(credential=self.credential.credential)
        self.record(
            CredentialRevoked(
                credential=self.credential.credential,
                person=holder,
                why=self.why,
                revoked_at=self.at,
                by=self.by,
                appointment=None if self.authority is None else self.authority.acting.appointment,
            )
        )
