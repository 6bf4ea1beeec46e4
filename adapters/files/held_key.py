"""A person's own signing key as a file: Ed25519 in PKCS8 PEM, for its owner's eyes only, with or without a passphrase.

It never leaves the machine of who holds it: what is enrolled is the public half.
"""

from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from adapters.secret_files import make_secret, read_secret
from domain.evidence.strict import base64url_text
from domain.ledger.errors import Invalid, Refusal


class KeyFileExists(Refusal):
    """There is a file already: a key is never written over."""

    code: ClassVar[str] = "key_file_exists"


class KeyFileUnusable(Invalid):
    """The file holds no Ed25519 key, or the passphrase is not its own."""

    code: ClassVar[str] = "key_file_unusable"


class HeldKey:
    """A person's key, opened."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def credential(self) -> str:
        """Under which name the key is enrolled: the SHA-256 of its SPKI DER, 64 hex digits."""
        return sha256(self._spki).hexdigest()

    @property
    def public_key(self) -> str:
        """SPKI DER in base64url, as it is enrolled."""
        return base64url_text(self._spki)

    def sign(self, digest: str) -> str:
        """The signature over the 32 bytes of a digest of 64 hex digits, in base64url."""
        return base64url_text(self._private.sign(bytes.fromhex(digest)))


def make_key_file(path: Path, passphrase: str | None) -> HeldKey:
    """A fresh key in a new file. Raises KeyFileExists."""
    private = Ed25519PrivateKey.generate()
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        encryption = BestAvailableEncryption(passphrase.encode())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()
    if not make_secret(path, pem.rstrip()):
        raise KeyFileExists(file=str(path))
    return HeldKey(private)


def is_encrypted(path: Path) -> bool:
    """Whether a passphrase is needed. Raises SecretExposed."""
    return "ENCRYPTED" in read_secret(path)


def read_key_file(path: Path, passphrase: str | None) -> HeldKey:
    """The key of a file. Raises SecretExposed, KeyFileUnusable."""
    pem, secret = read_secret(path), None if passphrase is None else passphrase.encode()
    try:
        private = load_pem_private_key(pem.encode(), secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileUnusable("key", "no key, or another passphrase", file=str(path)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileUnusable("key", "not an Ed25519 key", file=str(path))
    return HeldKey(private)
