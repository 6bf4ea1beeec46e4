"""One credential: whose key it is, from when it signs, and whether it still does."""

from collections.abc import Sequence
from datetime import datetime

from domain.evidence.held_signature import EnrolledKey
from domain.evidence.strict import base64url
from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.ledger.time import instant_text
from domain.signing.errors import (
    CredentialNotYetValid,
    FrozenCredential,
    NotYourCredential,
    RevokedCredential,
    UnknownCredential,
)
from domain.signing.events import (
    CredentialEnrolled,
    CredentialRevoked,
    DisputeResolved,
    Method,
    Outcome,
    SignatureDisputed,
    Strength,
)
from domain.signing.signature_standing import Dispute, resolved


class CredentialState(Perspective):
    """One key by its name. A revoked or disputed one signs nothing more, whatever instant a request claims."""

    def __init__(self, credential: str) -> None:
        self.credential = credential
        self.person: str | None = None
        self.vouched_by: str | None = None
        self.key: EnrolledKey | None = None
        self.valid_from: datetime | None = None
        self.is_revoked = False
        self.disputes: list[Dispute] = []

    def consistency_boundary(self) -> Sequence[Selector]:
        """What happened to this key; not what it signed."""
        return [Selector(types=type(self).projected_types, tags=[f"credential:{self.credential}"])]

    @event(CredentialEnrolled)
    def _(
        self,
        *,
        credential: str,
        person: str,
        method: Method,
        public_key: str,
        algorithm: int,
        strength: Strength,
        vouched_by: str,
        valid_from: datetime | None,
        rp_id: str | None,
        web_origin: str | None,
    ) -> None:
        if credential == self.credential:
            self.person, self.vouched_by, self.valid_from = person, vouched_by, valid_from
            self.key = EnrolledKey(
                method=method,
                public_key=base64url("public_key", public_key),
                algorithm=algorithm,
                rp_id=rp_id,
                web_origin=web_origin,
                synced=strength == "passkey_synced" if method == "webauthn" else None,
            )

    @event(CredentialRevoked)
    def _(self, credential: str) -> None:
        self.is_revoked = self.is_revoked or credential == self.credential

    @event(SignatureDisputed)
    def _(self, credential: str, dispute: str, since: datetime) -> None:
        if credential == self.credential:
            self.disputes.append(Dispute(dispute=dispute, since=since))

    @event(DisputeResolved)
    def _(self, credential: str, dispute: str, outcome: Outcome) -> None:
        if credential == self.credential:
            self.disputes = resolved(self.disputes, dispute, outcome)

    @property
    def is_frozen(self) -> bool:
        """Whether a dispute over it is open."""
        return any(each.outcome is None for each in self.disputes)

    def require_of(self, person: str) -> EnrolledKey:
        """The key, which is this person's. Raises UnknownCredential, NotYourCredential."""
        if self.key is None:
            raise UnknownCredential(credential=self.credential)
        if self.person != person:
            raise NotYourCredential(credential=self.credential, person=person)
        return self.key

    def require_usable(self, person: str, at: datetime) -> EnrolledKey:
        """The key, which this person may use at this instant.

        Raises: UnknownCredential, NotYourCredential, FrozenCredential, RevokedCredential, CredentialNotYetValid.
        """
        key = self.require_of(person)
        if self.is_frozen:
            raise FrozenCredential(credential=self.credential)
        if self.is_revoked or self.disputes:
            raise RevokedCredential(credential=self.credential)
        if self.valid_from is not None and at < self.valid_from:
            raise CredentialNotYetValid(credential=self.credential, valid_from=instant_text(self.valid_from))
        return key
