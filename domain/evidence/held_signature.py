"""One signature that a person holds the key of, against the key that was enrolled.

The signature is read as it stands in its event, as plain JSON values: the server verifies it before the event exists,
and a verifier years later from the stored bytes, by the same code. Who may use a key, and when, is decided elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from domain.evidence.errors import MalformedError, SignatureError
from domain.evidence.public_key import ED25519, public_key, require_signature
from domain.evidence.statement import batch_digest, batch_root_from, paper_digest
from domain.evidence.strict import base64url
from domain.evidence.webauthn import verify_assertion

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_BYTES: Final = ("signature", "client_data", "authenticator_data")
_FIELDS: Final = {"method", "credential", *_BYTES, "paper", "batch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledKey:
    """A key as its enrolment says. ``public_key`` is SPKI DER; ``rp_id`` and ``web_origin`` are a passkey's.

    ``synced``: whether the passkey may leave its device, which never changes; None where that is not looked at.
    """

    method: str
    public_key: bytes
    algorithm: int
    rp_id: str | None = None
    web_origin: str | None = None
    synced: bool | None = None

    @property
    def credential(self) -> str:
        """The key's name: the SHA-256 of its SPKI DER, as 64 hex digits."""
        return sha256(self.public_key).hexdigest()


def require_key(key: EnrolledKey) -> None:
    """The key can be used, and is of its algorithm: Ed25519, P-256, or RSA of at least 2048 bits.

    Raises MalformedError: also for DER that is not the one way of writing this key.
    """
    public_key(key.public_key, key.algorithm)
    if key.method == "ed25519" and key.algorithm != ED25519:
        raise MalformedError("algorithm", "must be -8 for a key that is no passkey")


def verify_held(
    held: Mapping[str, Any], *, key: EnrolledKey, statement: str, origin: str, nonce: str, signer: str
) -> None:
    """Check that ``key`` signed exactly this statement (its digest), alone, in a batch, or by attesting a paper.

    ``held`` is the event's ``held``. ``origin`` and ``nonce`` are the statement's; ``signer`` is the person who
    decided, and for a paper the one who signed it by hand. Whose key it must be (the signer's, or for a paper
    ``attested_by``) and whether it could sign then is the caller's to look at.

    Raises SignatureError, MalformedError, ProofError.
    """
    held = _part("held", held, _FIELDS)
    if held.get("credential") != key.credential:
        raise SignatureError("the signature is of another credential")
    signed, method = _signed(held, statement, origin, nonce), held.get("method")
    if (method == "paper") != ("paper" in held) or method not in ("paper", key.method):
        raise MalformedError("method", "must be that of the credential, or paper with its part")
    if "paper" in held:
        paper = _part("paper", held["paper"], {"scan", "attested_by"})
        signed = paper_digest(signed=signed, scan=_digest(paper, "scan"), signer=signer)
    bytes_of = {each: base64url(each, _text(held, each)) for each in _BYTES if each in held}
    if "signature" not in bytes_of:
        raise MalformedError("signature", "must be there")
    _verify(key, bytes.fromhex(signed), **bytes_of)


def _signed(held: Mapping[str, Any], statement: str, origin: str, nonce: str) -> str:
    if "batch" not in held:
        return statement
    batch = _part("batch", held["batch"], {"index", "size", "path"})
    path = batch.get("path")
    if not isinstance(path, list | tuple) or not all(
        isinstance(each, str) and _DIGEST.fullmatch(each) for each in path
    ):
        raise MalformedError("path", "must be a list of digests")
    index, size = _integer(batch, "index"), _integer(batch, "size")
    root = batch_root_from(digest=statement, index=index, size=size, path=path)
    return batch_digest(origin=origin, size=size, root=root, nonce=nonce)


# A command that is decided again, because something entered its boundary meanwhile, verifies the same bytes again.
@lru_cache(maxsize=256)
def _verify(
    key: EnrolledKey,
    signed: bytes,
    *,
    signature: bytes,
    client_data: bytes | None = None,
    authenticator_data: bytes | None = None,
) -> None:
    require_key(key)
    match key.method:
        case "ed25519":
            if client_data is not None or authenticator_data is not None:
                raise MalformedError("client_data", "belongs to passkeys")
            require_signature(public_key(key.public_key, key.algorithm), message=signed, signature=signature)
        case "webauthn":
            if client_data is None or authenticator_data is None:
                raise MalformedError("client_data", "must be there, with authenticator_data: a passkey signs both")
            if key.rp_id is None or key.web_origin is None:
                raise MalformedError("rp_id", "must be there, with web_origin: a passkey is bound to both")
            assertion = verify_assertion(
                public_key_spki=key.public_key,
                algorithm=key.algorithm,
                challenge=signed,
                rp_id=key.rp_id,
                origin=key.web_origin,
                client_data=client_data,
                authenticator_data=authenticator_data,
                signature=signature,
            )
            # Level 3, 7.2: otherwise what is shown as bound to a device could have been signed on any other.
            if key.synced not in (None, assertion.backup_eligible):
                raise SignatureError("the passkey is of another kind than was enrolled: synced, or bound to its device")
        case _:
            raise SignatureError(f"no signature of the method {key.method} can be verified")


def _part(name: str, value: object, fields: set[str]) -> Mapping[str, Any]:
    """An object with no other fields than these; what is absent is absent, never null."""
    if not isinstance(value, Mapping) or value.keys() - fields or None in value.values():
        raise MalformedError(name, f"must be an object of {', '.join(sorted(fields))}")
    return value


def _text(part: Mapping[str, Any], field: str) -> str:
    value = part.get(field)
    if not isinstance(value, str):
        raise MalformedError(field, "must be text")
    return value


def _integer(part: Mapping[str, Any], field: str) -> int:
    value = part.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError(field, "must be a whole number")
    return value


def _digest(part: Mapping[str, Any], field: str) -> str:
    value = _text(part, field)
    if _DIGEST.fullmatch(value) is None:
        raise MalformedError(field, "must be a digest")
    return value
