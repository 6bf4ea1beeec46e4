"""Signed notes: a text with lines of signatures, and the keys that verify them. Source: C2SP signed-note.

``<text>\\n<empty line>`` and then lines ``— <key name> base64(key id || signature)``. What is signed is the text with
its final line feed. Only Ed25519 keys are known: of logs (type 0x01, over the text) and of witnesses (type 0x04, see
``cosignature.py``); lines of other keys are left aside, as the specification asks.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.evidence.errors import MalformedError, SignatureError
from domain.evidence.public_key import SMALL_ORDER
from domain.evidence.strict import base64, text_lines

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
KEY_BYTES: Final = 32
ID_BYTES: Final = 4
MAX_SIGNATURES: Final = 100
_DASH: Final = "— "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name. ``key_type`` is 0x01 or 0x04, ``public_key`` has 32 bytes."""

    name: str
    key_type: int
    public_key: bytes

    def __post_init__(self) -> None:
        _require_name("name", self.name)
        if self.key_type not in (ED25519, COSIGNATURE):
            raise MalformedError("key", f"the key type 0x{self.key_type:02x} is not known")
        if len(self.public_key) != KEY_BYTES:
            raise MalformedError("key", f"an Ed25519 key has {KEY_BYTES} bytes")
        if self.public_key in SMALL_ORDER:
            # Under such a key anybody's signature verifies over anything.
            raise MalformedError("key", "a key of small order is no key")

    @property
    def key_id(self) -> bytes:
        """4 bytes, ``SHA-256(name || 0x0A || type || key)[:4]``."""
        return sha256(self.name.encode() + b"\n" + bytes([self.key_type]) + self.public_key).digest()[:ID_BYTES]

    def vkey(self) -> str:
        """``<name>+<key id as hex>+<base64 of type and key>``."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.key_type]) + self.public_key).decode()}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises SignatureError."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature as error:
            raise SignatureError(f"the signature of {self.name} is wrong") from error


def parse_vkey(text: str) -> VerifierKey:
    """A verifier key as it is published. Raises MalformedError, also when its id is not that of its name and key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise MalformedError("vkey", "must be <name>+<id>+<key>")
    name, key_id, encoded = parts
    decoded = base64("vkey", encoded, length=1 + KEY_BYTES)
    key = VerifierKey(name, decoded[0], decoded[1:])
    if key.key_id.hex() != key_id:
        raise MalformedError("vkey", f"the id is not {key.key_id.hex()}, which belongs to this name and key")
    return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of signatures: a key's name, its 4-byte id, and what it made."""

    name: str
    key_id: bytes
    made: bytes

    def line(self) -> str:
        """The line, with its line feed."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.made).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a line feed, and its signatures in their order."""

    text: bytes
    signatures: tuple[Signature, ...]

    def encoded(self) -> bytes:
        """The note as it travels."""
        return self.text + b"\n" + "".join(each.line() for each in self.signatures).encode()

    def of(self, key: VerifierKey) -> tuple[Signature, ...]:
        """The lines that claim to be a key's; only verifying tells another key of the same name and id apart."""
        return tuple(each for each in self.signatures if (each.name, each.key_id) == (key.name, key.key_id))


def parse_note(data: bytes) -> Note:
    """A note of at least one and at most 100 signature lines. Raises MalformedError."""
    lines = text_lines("note", data)
    if "" not in lines:
        raise MalformedError("note", "an empty line divides text and signatures")
    # The last empty line: the text may have some of its own.
    border = len(lines) - 1 - lines[::-1].index("")
    if border == 0 or border == len(lines) - 1:
        raise MalformedError("note", "needs a text and at least one signature")
    if len(lines) - 1 - border > MAX_SIGNATURES:
        raise MalformedError("note", f"has more than {MAX_SIGNATURES} signatures")
    text = "".join(f"{line}\n" for line in lines[:border]).encode()
    return Note(text, tuple(parse_signature(line) for line in lines[border + 1 :]))


def parse_signature(line: str) -> Signature:
    """One signature line, without its line feed. Raises MalformedError."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise MalformedError("signature", "must be '— <name> <base64>'")
    _require_name("signature", name)
    decoded = base64("signature", encoded)
    if len(decoded) <= ID_BYTES:
        raise MalformedError("signature", "is too short")
    return Signature(name, decoded[:ID_BYTES], decoded[ID_BYTES:])


def verify_log_signature(note: Note, *keys: VerifierKey) -> None:
    """Check that the log has signed the text by one of its keys, and that no line that claims to be of one is wrong.

    A log has several when it changed its key: what an older one signed stays signed. Raises SignatureError.
    """
    signed = False
    for key in keys:
        if key.key_type != ED25519:
            raise SignatureError(f"{key.name} is no log's key")
        for each in note.of(key):
            key.verify(note.text, each.made)
            signed = True
    if not signed:
        raise SignatureError(f"{', '.join(dict.fromkeys(key.name for key in keys)) or 'no known log'} has not signed")


def _require_name(field: str, name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(character.isspace() for character in name):
        raise MalformedError(field, "a key name is printable, without white space and '+'")
