"""Where the scenario's chance comes from: every draw belongs to a seed and a purpose, so that two runs are one."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from adapters.ids import SeededIds


@dataclass(frozen=True, slots=True)
class _StillClock:
    instant: datetime

    def now(self) -> datetime:
        return self.instant


def stream(seed: int, *purpose: object) -> Random:
    """An own stream of chance for one purpose; drawing more from one never shifts another."""
    return Random(_name(seed, *purpose))  # noqa: S311  a scenario, not a secret


def seeded_ids(seed: int, purpose: str, at: datetime) -> SeededIds:
    """Identifiers of one purpose, all with the milliseconds of one simulated instant."""
    return SeededIds(_name(seed, "ids", purpose), _StillClock(at))


def _name(seed: int, *purpose: object) -> str:
    return ":".join(("wenze", str(seed), *map(str, purpose)))
