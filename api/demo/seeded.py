"""Where the scenario's chance comes from: every draw belongs to a seed and a purpose, so that two runs are one."""

from datetime import datetime
from random import Random


def stream(seed: int, *purpose: object) -> Random:
    """An own stream of chance for one purpose; drawing more from one never shifts another."""
    return Random(":".join(("wenze", str(seed), *map(str, purpose))))  # noqa: S311  a scenario, not a secret


class SeededNames:
    """UUIDv7 texts of one purpose, with the milliseconds of one simulated instant. An ``Ids``."""

    def __init__(self, seed: int, purpose: str, at: datetime) -> None:
        self._random = stream(seed, "ids", purpose)
        self._milliseconds = int(at.timestamp() * 1000)

    def new(self) -> str:
        """The next identifier; the counter bits are random, so the order means nothing."""
        number = (self._milliseconds << 80) | (0x7 << 76) | (self._random.getrandbits(12) << 64)
        number |= (0b10 << 62) | self._random.getrandbits(62)
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
