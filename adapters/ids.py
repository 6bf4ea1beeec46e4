"""Identifiers: UUIDv7 as lowercase text (RFC 9562 section 5.7)."""

import os
import random
from datetime import datetime
from typing import Final

from domain.ledger.ports import Clock

_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62


def uuid7(instant: datetime, randomness: bytes) -> str:
    """The identifier of an instant in milliseconds and 10 bytes, of which 74 bits are used."""
    return _text(int(instant.timestamp() * 1000), int.from_bytes(randomness))


def _text(milliseconds: int, bits: int) -> str:
    low = bits & ((1 << 62) - 1)
    middle = (bits >> 62) & 0xFFF
    digits = f"{(milliseconds << 80) | _VERSION_7 | (middle << 64) | _VARIANT | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class UuidV7Ids:
    """Unique identifiers, sorted by the clock's milliseconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new(self) -> str:
        """See the port."""
        return _text(int(self._clock.now().timestamp() * 1000), int.from_bytes(os.urandom(10)))


class SeededIds:
    """The same sequence again for the same seed and the same instants. Only for simulated logs: it can be guessed."""

    def __init__(self, seed: int | str, clock: Clock) -> None:
        self._random = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._clock = clock

    def new(self) -> str:
        """See the port."""
        return _text(int(self._clock.now().timestamp() * 1000), self._random.getrandbits(74))
