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

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from domain.evidence.errors import MalformedError, SignatureError
from domain.evidence.statement import batch_digest, batch_root_from, paper_digest
from domain.evidence.strict import base64url

ED25519: Final = -8
ES256: Final = -7
RS256: Final = -257
"""The COSE algorithms (RFC 9053) that a key may have; one that a person holds as a file has Ed25519."""
MIN_RSA_BITS: Final = 2048
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = {"method", "credential", "signature", "client_data", "authenticator_data", "paper", "batch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledKey:
    """A key as its enrolment says. ``public_key`` is SPKI DER; ``rp_id`` and ``web_origin`` are a passkey's."""

    method: str
    public_key: bytes
    algorithm: int
    rp_id: str | None = None
    web_origin: str | None = None

    @property
    def credential(self) -> str:
        """The key's name: the SHA-256 of its SPKI DER, as 64 hex digits."""
        return sha256(self.public_key).hexdigest()


def require_key(key: EnrolledKey) -> None:
    """The key can be used, and is of its algorithm: Ed25519, P-256, or RSA of at least 2048 bits.

    Raises MalformedError: also for DER that is not the one way of writing this key.
    """
    try:
        loaded = load_der_public_key(key.public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("public_key", "must be a public key in SPKI DER") from error
    if loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != key.public_key:
        raise MalformedError("public_key", "must be canonical DER")
    match loaded:
        case Ed25519PublicKey():
            fits = key.algorithm == ED25519
        case EllipticCurvePublicKey(curve=SECP256R1()):
            fits = key.algorithm == ES256
        case RSAPublicKey(key_size=bits):
            fits = key.algorithm == RS256 and bits >= MIN_RSA_BITS
        case _:
            fits = False
    if not fits or (key.method == "ed25519" and key.algorithm != ED25519):
        raise MalformedError("algorithm", "must be that of the key: -8, -7 or -257")


def verify_held(
    held: Mapping[str, Any], *, key: EnrolledKey, statement: str, origin: str, nonce: str, signer: str
) -> None:
    """Check that ``key`` signed exactly this statement (its digest), alone, in a batch, or by attesting a paper.

    ``held`` is the event's ``held``. ``origin`` and ``nonce`` are the statement's; ``signer`` is the person who
    decided, and for a paper the one who signed it by hand. Raises SignatureError, MalformedError, ProofError.
    """
    if unknown := held.keys() - _FIELDS:
        raise MalformedError("held", f"has unknown fields: {sorted(unknown)}")
    if held.get("credential") != key.credential:
        raise SignatureError("the signature is of another credential")
    signed, paper = _signed(held, statement, origin, nonce), held.get("paper")
    method = held.get("method")
    if (method == "paper") != (paper is not None) or method not in ("paper", key.method):
        raise MalformedError("method", "must be that of the credential, or paper with its part")
    if paper is not None:
        signed = paper_digest(signed=signed, scan=_digest(paper, "scan"), signer=signer)
    client_data, authenticator_data = held.get("client_data"), held.get("authenticator_data")
    _verify(
        key,
        bytes.fromhex(signed),
        base64url("signature", _text(held, "signature")),
        None if client_data is None else base64url("client_data", _text(held, "client_data")),
        None if authenticator_data is None else base64url("authenticator_data", _text(held, "authenticator_data")),
    )


def _signed(held: Mapping[str, Any], statement: str, origin: str, nonce: str) -> str:
    batch = held.get("batch")
    if batch is None:
        return statement
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
    key: EnrolledKey, signed: bytes, signature: bytes, client_data: bytes | None, authenticator_data: bytes | None
) -> None:
    require_key(key)
    if key.method == "ed25519":
        if client_data is not None or authenticator_data is not None:
            raise MalformedError("client_data", "belongs to passkeys")
        try:
            public = load_der_public_key(key.public_key)
            assert isinstance(public, Ed25519PublicKey)  # noqa: S101 - require_key has looked
            public.verify(signature, signed)
        except InvalidSignature as error:
            raise SignatureError("the signature is not of this key over this digest") from error
        return
    raise SignatureError(f"no signature of the method {key.method} can be verified")


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
