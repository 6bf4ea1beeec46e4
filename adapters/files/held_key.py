"""A person's own signing key as a file: Ed25519 in PKCS8 PEM, for its owner's eyes only, with or without a passphrase.

It never leaves the machine of who holds it: what is enrolled is the public half.
"""

import os
import stat
from base64 import urlsafe_b64encode
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

from domain.ledger.errors import Invalid, Refusal


class KeyFileExists(Refusal):
    """There is a file already: a key is never written over."""

    code: ClassVar[str] = "key_file_exists"


class KeyFileUnusable(Invalid):
    """The file holds no Ed25519 key, the passphrase is not its own, or others may read it."""

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
        return _text(self._spki)

    def sign(self, digest: str) -> str:
        """The signature over the 32 bytes of a digest of 64 hex digits, in base64url."""
        return _text(self._private.sign(bytes.fromhex(digest)))


def make_key_file(path: Path, passphrase: str | None) -> HeldKey:
    """A fresh key in a new file. Raises KeyFileExists."""
    private = Ed25519PrivateKey.generate()
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        encryption = BestAvailableEncryption(passphrase.encode())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyFileExists(file=str(path)) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return HeldKey(private)


def is_encrypted(path: Path) -> bool:
    """Whether a passphrase is needed."""
    return b"ENCRYPTED" in path.read_bytes()


def read_key_file(path: Path, passphrase: str | None) -> HeldKey:
    """The key of a file. Raises KeyFileUnusable."""
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileUnusable("key", "others than its owner may read the file; chmod 600 it", file=str(path))
    try:
        private = load_pem_private_key(path.read_bytes(), None if passphrase is None else passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileUnusable("key", "no key, or another passphrase", file=str(path)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileUnusable("key", "not an Ed25519 key", file=str(path))
    return HeldKey(private)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
