"""Ed25519 keys that sign: of the log and of witnesses. Verifying needs none of this and lies in ``domain.evidence``.

As text a key is ``PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>``, the form of Go's ``sumdb/note``. The name
is part of it, so that no key signs under a name it was not made for.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.evidence.checkpoint import Checkpoint
from domain.evidence.cosignature import cosignature_line, cosigned_bytes
from domain.evidence.errors import MalformedError
from domain.evidence.note import COSIGNATURE, ED25519, KEY_BYTES, Signature, VerifierKey
from domain.evidence.strict import base64

_PREFIX: Final = "PRIVATE+KEY+"


@dataclass(frozen=True)
class SigningKey:
    """A private key under a name. ``seed`` has 32 bytes; ``key_type`` is 0x01 for a log, 0x04 for a witness."""

    name: str
    key_type: int
    seed: bytes

    @cached_property
    def verifier(self) -> VerifierKey:
        """The public half. Raises MalformedError for a name or type that cannot be."""
        return VerifierKey(self.name, self.key_type, self._private.public_key().public_bytes_raw())

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._private.sign(message)

    def sign_checkpoint(self, checkpoint: Checkpoint) -> Signature:
        """The log's line under a checkpoint. Raises ValueError for another log's, or with a witness's key."""
        if checkpoint.origin != self.name or self.key_type != ED25519:
            raise ValueError(f"the key of {self.name} does not sign for {checkpoint.origin}")
        return Signature(self.name, self.verifier.key_id, self.sign(checkpoint.text()))

    def cosign(self, text: bytes, seconds: int) -> Signature:
        """A witness's line under a checkpoint text, at ``seconds`` since 1970. Raises ValueError with a log's key."""
        if self.key_type != COSIGNATURE:
            raise ValueError(f"the key of {self.name} is no witness's")
        signature = self.sign(cosigned_bytes(text, seconds))
        return cosignature_line(self.verifier, seconds=seconds, signature=signature)

    def private_text(self) -> str:
        """The secret as text, on one line without a line feed."""
        encoded = b64encode(bytes([self.key_type]) + self.seed).decode()
        return f"{_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    def __repr__(self) -> str:
        """Without the secret: a key may end up in a traceback."""
        return f"SigningKey({self.verifier.vkey()})"


def parse_signing_key(text: str) -> SigningKey:
    """The key of its text. Raises MalformedError, which never repeats the secret."""
    parts = text.removeprefix(_PREFIX).split("+", 2)
    if not text.startswith(_PREFIX) or len(parts) != 3:
        raise MalformedError("key", "must be PRIVATE+KEY+<name>+<id>+<key>")
    name, key_id, encoded = parts
    decoded = base64("key", encoded, length=1 + KEY_BYTES)
    key = SigningKey(name, decoded[0], decoded[1:])
    if key.verifier.key_id.hex() != key_id:
        raise MalformedError("key", "the id does not belong to this name and key")
    return key
