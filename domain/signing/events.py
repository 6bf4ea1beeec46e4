"""Events of credentials: enrolled, revoked, disputed, resolved.

Tags: ``credential:`` is one key with all that happened to it (the boundary of every signature); ``person:`` is whose it
is, and who vouched, revoked or resolved.
"""

from datetime import datetime
from typing import ClassVar, Literal

from domain.ledger.event import Commitment, Digest, Event, EventClass

Method = Literal["webauthn", "ed25519"]
Algorithm = Literal[-8, -7, -257]
Strength = Literal["passkey_device", "passkey_synced", "key_file", "key_browser"]
RevokedBecause = Literal["lost", "replaced", "left", "other"]
Outcome = Literal["confirmed", "repudiated"]


class CredentialEnrolled(Event, frozen=True, kw_only=True):
    """A named officer vouched that this key is this person's.

    ``credential`` is the SHA-256 of ``public_key`` (SPKI DER, base64url). ``strength`` says how the key is held. It
    signs from ``valid_from`` on, or at once. A passkey has all of ``credential_id`` (base64url), ``rp_id``,
    ``web_origin`` and ``registration`` (digest over clientDataJSON and attestationObject).
    """

    type_name: ClassVar[str] = "CredentialEnrolled"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    credential: Digest
    person: str
    method: Method
    public_key: str
    algorithm: Algorithm
    strength: Strength
    vouched_by: str
    vouching_appointment: str
    valid_from: datetime | None = None
    credential_id: str | None = None
    rp_id: str | None = None
    web_origin: str | None = None
    registration: Digest | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.credential, self.person, self.vouched_by)


class CredentialRevoked(Event, frozen=True, kw_only=True):
    """A key signs nothing any more; what it signed stands. ``appointment`` is absent where the holder revoked it."""

    type_name: ClassVar[str] = "CredentialRevoked"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    credential: Digest
    person: str
    why: RevokedBecause
    revoked_at: datetime
    by: str
    appointment: str | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.credential, self.person, self.by)


class SignatureDisputed(Event, frozen=True, kw_only=True):
    """The holder says: what this key signed from this instant on was not mine. The key is frozen.

    Signatures that were recorded at ``since`` or later are disputed until somebody else resolves it.
    """

    type_name: ClassVar[str] = "SignatureDisputed"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    dispute: str
    credential: Digest
    person: str
    since: datetime
    statement: Commitment | None = None

    def tags(self) -> tuple[str, ...]:
        return _tags(self.credential, self.person, self.person)


class DisputeResolved(Event, frozen=True, kw_only=True):
    """Somebody other than the holder decided: the signatures are confirmed and stand again, or repudiated and never
    count. The key signs nothing more, either way.
    """

    type_name: ClassVar[str] = "DisputeResolved"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    dispute: str
    credential: Digest
    person: str
    outcome: Outcome
    by: str
    appointment: str
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return _tags(self.credential, self.person, self.by)


def _tags(credential: str, holder: str, officer: str) -> tuple[str, ...]:
    return (f"credential:{credential}", f"person:{holder}", f"person:{officer}")


EVENTS: tuple[type[Event], ...] = (CredentialEnrolled, CredentialRevoked, SignatureDisputed, DisputeResolved)
