"""Cosignatures of witnesses: "as of this time, this is the largest consistent tree of this origin that I have seen".

Type 0x04: after the key id come 8 bytes of time, big endian, and 64 bytes of Ed25519 signature over
``cosignature/v1\\ntime <time>\\n`` and the whole checkpoint text. Source: C2SP tlog-cosignature.

The signed bytes do not name the witness, so one key must never be used under two names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from domain.evidence.errors import MalformedError, SignatureError
from domain.evidence.note import COSIGNATURE, Note, Signature, VerifierKey

TIME_BYTES: Final = 8
SIGNATURE_BYTES: Final = 64
MAX_TIME: Final = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That a witness has seen a checkpoint at ``time`` (whole seconds, UTC)."""

    key: VerifierKey
    time: datetime


def cosigned_bytes(text: bytes, seconds: int) -> bytes:
    """What a witness signs at ``seconds`` since 1970 over a checkpoint text."""
    return f"cosignature/v1\ntime {seconds}\n".encode() + text


def cosignature_line(key: VerifierKey, *, seconds: int, signature: bytes) -> Signature:
    """The signature line of a witness; ``signature`` has 64 bytes."""
    return Signature(key.name, key.key_id, seconds.to_bytes(TIME_BYTES, "big") + signature)


def verify_cosignatures(note: Note, keys: Sequence[VerifierKey]) -> tuple[Cosignature, ...]:
    """The witnesses among ``keys`` that have cosigned, each once, with the latest of its times.

    Raises SignatureError when a line of a known witness is wrong: a forged line is a reason to distrust the whole note.
    Raises MalformedError for a line of a known witness that has not the form of a cosignature.
    """
    found: list[Cosignature] = []
    for key in keys:
        if key.key_type != COSIGNATURE:
            raise SignatureError(f"{key.name} is no witness's key")
        times = [_verified_time(note.text, key, line) for line in note.of(key)]
        if times:
            found.append(Cosignature(key, max(times)))
    return tuple(found)


def _verified_time(text: bytes, key: VerifierKey, line: Signature) -> datetime:
    if len(line.made) != TIME_BYTES + SIGNATURE_BYTES:
        raise MalformedError("cosignature", f"has {TIME_BYTES} bytes of time and {SIGNATURE_BYTES} of signature")
    seconds = int.from_bytes(line.made[:TIME_BYTES], "big")
    if seconds > MAX_TIME:
        raise MalformedError("cosignature", "its time is beyond the year 9999")
    key.verify(cosigned_bytes(text, seconds), line.made[TIME_BYTES:])
    return datetime.fromtimestamp(seconds, UTC)
