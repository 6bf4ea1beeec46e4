"""The shape that every benchmark prints, and how its numbers are made.

``{"rows": [{"what", "peer", "n", "rate", "p50_ms", "p99_ms", "peak_mb"}…], "ratios": {name: number}, "machine": {…}}``

A machine drifts, so cases take turns: five rounds, and within a round several short turns of each case, there and back,
so that nobody always follows the same neighbour. A row gives the medians over the rounds; a ratio is the median of the
ratios *within* a round, so that both sides saw the same minute of the machine.
"""

import gc
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

ROUNDS: Final = 5
TURNS: Final = 4  # of each case in a round; an even number, so that all have gone there and back
_CLEAR_PEAK: Final = "5"


@dataclass(frozen=True, slots=True)
class Round:
    """One case in one round: ``latencies_s`` of single operations (empty if there is only the whole)."""

    n: int
    seconds: float
    latencies_s: Sequence[float]

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.n / self.seconds


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured. ``prepare`` makes ``n`` inputs and gives back the run over them; only the run is timed."""

    name: str
    what: str
    peer: str
    prepare: Callable[[int], Callable[[], Round]]
    most: int = 100_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the report; ``peak_mb`` is the peak resident memory of the measuring process during the case."""

    what: str
    peer: str
    n: int
    rate: float
    p50_ms: float
    p99_ms: float
    peak_mb: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark prints."""

    rows: list[Row]
    ratios: dict[str, float]
    machine: dict[str, str | int | float]


def measure(
    cases: Sequence[Case],
    ratios: Mapping[str, tuple[str, str]],
    *,
    seconds: float,
    progress: Callable[[str], None],
) -> Report:
    """Warm every case up, size it to about ``seconds`` a round, then five alternating rounds.

    ``ratios`` names pairs of cases: rate of the first over rate of the second.
    """
    sizes: dict[str, int] = {}
    for case in cases:
        progress(f"{case.name}: warm-up")
        case.prepare(50)()
        trial = case.prepare(min(2_000, case.most))()
        sizes[case.name] = max(50, min(case.most, int(trial.rate * seconds)))
    rounds: dict[str, list[Round]] = {case.name: [] for case in cases}
    peaks: dict[str, float] = {}
    for number in range(1, ROUNDS + 1):
        turns: dict[str, list[Round]] = {case.name: [] for case in cases}
        for turn in range(TURNS):
            for case in cases if turn % 2 == 0 else reversed(cases):
                progress(f"{case.name}: round {number} of {ROUNDS}, turn {turn + 1} of {TURNS}")
                run = case.prepare(max(1, sizes[case.name] // TURNS))
                _forget_peak()
                # Inputs that wait are no garbage of the run: without this the collector walks them again and again.
                gc.collect()
                gc.freeze()
                turns[case.name].append(run())
                gc.unfreeze()
                peaks[case.name] = max(peaks.get(case.name, 0.0), _peak_mb())
        for name, several in turns.items():
            rounds[name].append(_joined(several))
    rows = [_row(case, rounds[case.name], peaks[case.name]) for case in cases]
    within = {
        name: round(median(a.rate / b.rate for a, b in zip(rounds[left], rounds[right], strict=True)), 3)
        for name, (left, right) in ratios.items()
    }
    return Report(rows=rows, ratios=within, machine=machine())


def _joined(turns: Sequence[Round]) -> Round:
    return Round(
        sum(each.n for each in turns),
        sum(each.seconds for each in turns),
        [latency for each in turns for latency in each.latencies_s],
    )


def _row(case: Case, rounds: Sequence[Round], peak_mb: float) -> Row:
    return Row(
        what=case.what,
        peer=case.peer,
        n=rounds[0].n,
        rate=round(median(each.rate for each in rounds), 1),
        p50_ms=round(median(quantile(each.latencies_s, 0.50) for each in rounds) * 1000, 3),
        p99_ms=round(median(quantile(each.latencies_s, 0.99) for each in rounds) * 1000, 3),
        peak_mb=round(peak_mb, 1),
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile; 0 when there are no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, str | int | float]:
    """What the numbers were measured on; nothing that names the machine."""
    memory = 0.0
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(memory, 1),
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def _forget_peak() -> None:
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text(_CLEAR_PEAK)


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    for line in status.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
