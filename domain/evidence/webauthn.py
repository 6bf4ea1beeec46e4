"""A passkey's assertion as the signature over a document: the challenge is the 32 bytes of the digest that is signed.

What the key signs is ``authenticatorData || SHA-256(clientDataJSON)``, byte for byte as the browser gave them. The
counter is told and never judged: synced passkeys keep it at 0, and against replay stands the nonce in the statement.
Source: Web Authentication Level 3, sections 5.8.1 (client data), 6.1 (authenticator data), 7.2 (verification).
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn

from domain.evidence.errors import MalformedError, SignatureError
from domain.evidence.public_key import public_key, require_signature
from domain.evidence.strict import base64url_text

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
BACKUP_ELIGIBLE: Final = 0x08
BACKED_UP: Final = 0x10
ATTESTED: Final = 0x40
EXTENDED: Final = 0x80
HEADER_BYTES: Final = 37
"""32 of the relying party's hash, 1 of flags, 4 of the counter."""
MAX_CLIENT_DATA: Final = 4096


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the authenticator says beside its signature; ``backup_eligible``: the key may leave the device."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool


def verify_assertion(
    *,
    public_key_spki: bytes,
    algorithm: int,
    challenge: bytes,
    rp_id: str,
    origin: str,
    client_data: bytes,
    authenticator_data: bytes,
    signature: bytes,
) -> Assertion:
    """Check that the key's holder was verified and signed this challenge at this origin, in no frame of another.

    ``algorithm`` is -8, -7 or -257; ``client_data`` is clientDataJSON, at most 4096 bytes. Extensions, which nobody
    asked for, are signed and not read. Raises SignatureError, MalformedError.
    """
    key = public_key(public_key_spki, algorithm)
    require_client_data(client_data, kind="webauthn.get", challenge=challenge, origin=origin)
    assertion = _assertion(authenticator_data, rp_id)
    require_signature(key, message=authenticator_data + sha256(client_data).digest(), signature=signature)
    return assertion


def require_client_data(client_data: bytes, *, kind: str, challenge: bytes, origin: str) -> None:
    """Check clientDataJSON, at most 4096 bytes: ``kind`` is ``webauthn.get`` or ``webauthn.create``.

    Raises SignatureError, MalformedError.
    """
    said = _members(client_data)
    if said.get("type") != kind:
        raise SignatureError("the passkey was asked for something else")
    if said.get("challenge") != base64url_text(challenge):
        raise SignatureError("the passkey signed another challenge")
    if said.get("origin") != origin:
        raise SignatureError("the passkey signed at another origin")
    # In a frame of another site nobody knows what stood around the question.
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise SignatureError("the passkey signed in a frame of another origin")


def _assertion(data: bytes, rp_id: str) -> Assertion:
    if len(data) < HEADER_BYTES:
        raise MalformedError("authenticator_data", f"has at least {HEADER_BYTES} bytes")
    flags = data[32]
    if flags & ATTESTED or (len(data) > HEADER_BYTES) != bool(flags & EXTENDED):
        raise MalformedError("authenticator_data", "has what its flags do not say, or says what it has not")
    if data[:32] != sha256(rp_id.encode()).digest():
        raise SignatureError("the passkey signed for another relying party")
    if not flags & PRESENT:
        raise SignatureError("nobody was present at the passkey")
    if not flags & VERIFIED:
        raise SignatureError("the passkey did not verify who used it")
    assertion = Assertion(
        sign_count=int.from_bytes(data[33:37]),
        backup_eligible=bool(flags & BACKUP_ELIGIBLE),
        backed_up=bool(flags & BACKED_UP),
    )
    if assertion.backed_up and not assertion.backup_eligible:
        raise MalformedError("authenticator_data", "a key that cannot be backed up is not backed up")
    return assertion


def _members(client_data: bytes) -> dict[str, object]:
    if len(client_data) > MAX_CLIENT_DATA:
        raise MalformedError("client_data", f"has at most {MAX_CLIENT_DATA} bytes")
    try:
        value = json.loads(client_data.decode(), object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError("client_data", "must be JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise MalformedError("client_data", "must be a JSON object")
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # Two readers of the same bytes could each see another challenge.
        raise MalformedError("client_data", "says something twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
