"""An authenticator in Python: passkeys of the three algorithms, what they register and what they sign."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA

from domain.evidence.held_signature import EnrolledKey
from domain.evidence.strict import base64url_text

RP_ID = "localhost"
ORIGIN = "http://localhost:8000"
ALGORITHMS = (-8, -7, -257)
PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED, EXTENDED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Signed:
    """The three parts of an assertion."""

    client_data: bytes
    authenticator_data: bytes
    signature: bytes


@dataclass(frozen=True)
class Passkey:
    """One key of an algorithm; ``credential_id`` is what the authenticator calls it."""

    algorithm: int
    private: PrivateKey
    credential_id: bytes

    @property
    def spki(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def cose(self) -> CoseKey:
        public = self.private.public_key()
        match public:
            case ed25519.Ed25519PublicKey():
                return EdDSA.from_cryptography_key(public)
            case ec.EllipticCurvePublicKey():
                return ES256.from_cryptography_key(public)
            case _:
                return RS256.from_cryptography_key(public)

    @property
    def enrolled(self) -> EnrolledKey:
        return EnrolledKey(
            method="webauthn", public_key=self.spki, algorithm=self.algorithm, rp_id=RP_ID, web_origin=ORIGIN
        )

    def sign(self, message: bytes) -> bytes:
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return self.private.sign(message)
            case ec.EllipticCurvePrivateKey():
                return self.private.sign(message, ec.ECDSA(SHA256()))
            case rsa.RSAPrivateKey():
                return self.private.sign(message, padding.PKCS1v15(), SHA256())

    def sign_parts(self, client_data: bytes, authenticator_data: bytes) -> Signed:
        signature = self.sign(authenticator_data + sha256(client_data).digest())
        return Signed(client_data, authenticator_data, signature)

    def assertion(
        self,
        challenge: bytes,
        *,
        said: Mapping[str, Any] | None = None,
        flags: int = PRESENT | VERIFIED,
        counter: int = 0,
        rp_id: str = RP_ID,
        more: bytes = b"",
    ) -> Signed:
        """What ``navigator.credentials.get`` gives; ``said`` replaces members of the client data."""
        return self.sign_parts(
            client_data("webauthn.get", challenge, said or {}), authenticator_data(rp_id, flags, counter, more)
        )

    def registration(
        self, challenge: bytes, *, said: Mapping[str, Any] | None = None, flags: int = PRESENT | VERIFIED
    ) -> dict[str, Any]:
        """What ``navigator.credentials.create`` gives, as ``toJSON`` writes it; without attestation."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + cbor.encode(dict(self.cose))
        data = authenticator_data(RP_ID, flags | ATTESTED, 0, attested)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        name = base64url_text(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": {
                "clientDataJSON": base64url_text(client_data("webauthn.create", challenge, said or {})),
                "attestationObject": base64url_text(attestation),
                "transports": ["internal"],
            },
            "clientExtensionResults": {},
        }


@cache
def passkey(algorithm: int, number: int = 1) -> Passkey:
    """The test's passkeys, made once."""
    private: PrivateKey
    match algorithm:
        case -8:
            private = ed25519.Ed25519PrivateKey.generate()
        case -7:
            private = ec.generate_private_key(ec.SECP256R1())
        case _:
            private = rsa.generate_private_key(65537, 2048)
    return Passkey(algorithm, private, sha256(f"passkey {algorithm} {number}".encode()).digest())


def client_data(kind: str, challenge: bytes, said: Mapping[str, Any]) -> bytes:
    """clientDataJSON as Chromium writes it; what ``said`` gives as None is left out."""
    members = {"type": kind, "challenge": base64url_text(challenge), "origin": ORIGIN, "crossOrigin": False} | said
    return json.dumps({key: each for key, each in members.items() if each is not None}, separators=(",", ":")).encode()


def authenticator_data(rp_id: str, flags: int, counter: int, more: bytes = b"") -> bytes:
    """37 bytes, and what the flags say that follows."""
    return sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4) + more
