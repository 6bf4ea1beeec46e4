"""Say that what one's key signed from an instant on was not one's own."""

from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.signing.credential_state import CredentialState
from domain.signing.errors import AlreadyDisputed
from domain.signing.events import SignatureDisputed


class DisputeSignature(Command):
    """By the holder, who needs no office for it and may have left. The key is frozen at once.

    One dispute at a time; a later one only reaches further back, since what an earlier one covered is decided there.
    """

    name: ClassVar[str] = "dispute_signature"

    def __init__(
        self,
        *,
        by: str,
        at: datetime,
        dispute: str,
        credential: str,
        since: datetime,
        statement: Commitment | None = None,
    ) -> None:
        self.by = by
        self.at = at
        self.dispute = dispute
        self.since = since
        self.statement = statement
        self.credential = CredentialState(credential)
        self.perspectives = (self.credential,)

    def execute(self) -> None:
        """Raises: Invalid, UnknownCredential, NotYourCredential, AlreadyDisputed."""
        self.credential.require_of(self.by)
        if self.since > self.at:
            raise Invalid("since", "must not lie in the future")
        if self.credential.is_frozen or any(
            each.dispute == self.dispute or each.since <= self.since for each in self.credential.disputes
        ):
            raise AlreadyDisputed(credential=self.credential.credential)
        self.record(
            SignatureDisputed(
                dispute=self.dispute,
                credential=self.credential.credential,
                person=self.by,
                since=self.since,
                statement=self.statement,
            )
        )
