"""How a personal value is committed to and encrypted; shared by every vault.

A commitment (``domain/evidence/commitment.py``) is over a salt of 32 bytes, which lies encrypted beside the value:
whoever holds the ledger alone cannot guess a name from it.

Values are encrypted under keys, and keys are wrapped under a key-encryption key (KEK) that comes from outside.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from random import Random
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.evidence.commitment import SALT_BYTES
from domain.evidence.commitment import commitment as commit
from domain.ledger.errors import NotFound

__all__ = ["SALT_BYTES", "commit"]
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
_LIKENESS_DOMAIN: Final = b"wenze/likeness/v1\n"
_KEK_DOMAIN: Final = b"wenze/kek/v1\n"

Salts = Callable[[int], bytes]
"""Gives that many fresh bytes: ``secrets.token_bytes``, or a seeded source where a run must repeat itself."""


def seeded_salts(seed: int) -> Salts:
    """The same salts again for the same seed. For simulated logs only: predictable salts hide nothing."""
    return Random(seed).randbytes  # noqa: S311 - repeatable by intent


def likeness(key: bytes, value: str) -> str:
    """64 hex digits, the same for the same value under the same key, and nothing to whoever has not that key."""
    return hmac.digest(hmac.digest(key, _LIKENESS_DOMAIN, "sha256"), value.encode(), "sha256").hex()


def encrypt(key: bytes, *, nonce: bytes, salt: bytes, value: str, commitment: str) -> bytes:
    """nonce (12 bytes) ‖ AES-256-GCM over salt (32 bytes) ‖ value, bound to its commitment."""
    return nonce + AESGCM(key).encrypt(nonce, salt + value.encode(), commitment.encode())


def decrypt(key: bytes, ciphertext: bytes, commitment: str) -> str:
    """The value. Raises as ``decrypt_salted``."""
    return decrypt_salted(key, ciphertext, commitment)[0]


def decrypt_salted(key: bytes, ciphertext: bytes, commitment: str) -> tuple[str, bytes]:
    """The value, and the salt that shows that it was committed to.

    Raises NotFound when the ciphertext is not what was committed to: better nothing than another's.
    """
    nonce, rest = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    try:
        plain = AESGCM(key).decrypt(nonce, rest, commitment.encode())
    except InvalidTag as error:
        raise NotFound("the sealed value does not open", commitment=commitment) from error
    salt, value = plain[:SALT_BYTES], plain[SALT_BYTES:].decode()
    if commit(value, salt) != commitment:
        raise NotFound("the sealed value is not what was committed to", commitment=commitment)
    return value, salt


class KeyEncryption:
    """One key-encryption key, 32 bytes. ``id`` is 16 hex digits, by which a wrapped key says what wraps it."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(master)
        self.id = sha256(_KEK_DOMAIN + master).hexdigest()[:16]

    def wrap(self, key: bytes, key_id: str) -> bytes:
        """nonce (12 bytes) ‖ AES-256-GCM over the key (32 bytes), bound to its id: 60 bytes."""
        nonce = token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, key_id.encode())

    def unwrap(self, wrapped: bytes, key_id: str) -> bytes:
        """The key. Raises NotFound when the bytes are not what was wrapped for this id."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id.encode())
        except InvalidTag as error:
            raise NotFound("the wrapped key does not open", kek=self.id) from error


def encrypt_file(key: bytes, data: bytes, digest: str) -> bytes:
    """nonce (12 bytes) ‖ AES-256-GCM over a file, bound to its digest."""
    nonce = token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, digest.encode())


def decrypt_file(key: bytes, sealed: bytes, digest: str) -> bytes:
    """The file. Raises NotFound when it is not the one that was sealed under this digest."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digest.encode())
    except InvalidTag as error:
        raise NotFound("the sealed file does not open", digest=digest) from error
