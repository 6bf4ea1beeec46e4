"""The duty board: every school on every day, drawn per district; one district also as a table of words."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from api.pages.heatmap import LETTERS, Cell, StatePath, letters, state_paths
from api.pages.words import STATES, Flag, State, zh
from domain.reporting.events import Nature
from domain.reporting.standing import DayStatus

IN_TIME: Final = frozenset({State.ON_TIME, State.ZERO, State.SERVICE_DELAY})
EXCEPTIONS: Final = (State.SERVICE_DELAY, State.LATE, State.MISSING, State.EXCUSED)
"""What the board counts by name: everything but the plain good case."""
SATURDAY: Final = 5

GLYPH_PATHS: Final[Mapping[State, str]] = {
    State.ON_TIME: "",
    State.ZERO: "M5 3.9a1.1 1.1 0 1 0 .01 0z",
    State.SERVICE_DELAY: "M5 3l2.3 4h-4.6z",
    State.LATE: "M5 2.4l2.9 5h-5.8z",
    State.MISSING: "M3 3l4 4M7 3l-4 4",
    State.EXCUSED: "M5 2.6l2.4 2.4-2.4 2.4-2.4-2.4z",
    State.OPEN: "M2.6 4.6h.8v.8h-.8zM4.6 4.6h.8v.8h-.8zM6.6 4.6h.8v.8h-.8z",
}
"""The glyphs of ``words.py`` as paths in a cell of 10 × 10, for the patterns of the drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One school-day, as the board needs it. ``filed`` says that a report stands."""

    school: str
    district: str
    day: date
    cell: Cell
    filed: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """How many reports were expected, came, and came in time; and every state by number."""

    expected: int
    actual: int
    on_time: int
    states: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school's row: a cell per day, None where nothing was owed."""

    id: str
    name: str
    cells: tuple[Cell | None, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class DistrictBlock:
    """A district with its schools, by code."""

    id: str
    name: str
    schools: tuple[SchoolLine, ...]
    totals: Totals

    @property
    def paths(self) -> list[StatePath]:
        """The drawing."""
        return state_paths([school.cells for school in self.schools])

    @property
    def letters(self) -> str:
        """The same cells, for the script."""
        return letters([school.cells for school in self.schools])


@dataclass(frozen=True, slots=True)
class Tick:
    """A day on the horizontal axis, in percent of its width. ``rest`` is a Saturday or Sunday."""

    day: date
    left: str
    middle: str
    width: str
    label: str
    major: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Daily:
    """Exceptions per day of the whole selection, as stacked bars, a path per state."""

    most: int
    busiest: date | None
    paths: list[StatePath]


def readout_of(say: Callable[[str], str]) -> str:
    """What the board's script says for each letter of ``letters``, as JSON in the reader's language."""
    said = {letter: f"{STATES[state].glyph} {say(STATES[state].word)}" for state, letter in LETTERS.items()}
    said |= {"-": say(zh("无义务")), "flagged": say(zh("有更正或退回"))}
    return json.dumps(said, ensure_ascii=False)


@lru_cache(maxsize=256)
def cell_of(status: DayStatus, nature: Nature | None, *, corrected: bool, returned: bool, withdrawn: bool) -> Cell:
    """What a school-day shows. A zero report shows as such only when it was in time."""
    state = State(status.value)
    if status is DayStatus.ON_TIME and nature is Nature.ZERO:
        state = State.ZERO
    flags = ((Flag.CORRECTED, corrected), (Flag.RETURNED, returned), (Flag.WITHDRAWN, withdrawn))
    return Cell(state, tuple(flag for flag, there in flags if there))


def totals_of(days: Iterable[Day]) -> Totals:
    """Count school-days. Expected are all; actual are those with a report, in time or not."""
    expected = actual = 0
    states = dict.fromkeys(State, 0)
    for day in days:
        expected += 1
        actual += day.filed
        states[day.cell.state] += 1
    return Totals(expected, actual, sum(states[state] for state in IN_TIME), states)


def span_of(days: Sequence[Day]) -> list[date]:
    """Every calendar day from the first to the last, weekends included."""
    if not days:
        return []
    first, last = min(day.day for day in days), max(day.day for day in days)
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def blocks_of(days: Sequence[Day], span: Sequence[date], names: Mapping[str, str]) -> list[DistrictBlock]:
    """Districts and schools, each in the order of ``names`` (organisation → name, ordered by code).

    A school that moved appears in each of its districts, with the days it owed there.
    """
    order = {organisation: index for index, organisation in enumerate(names)}
    column = {day: index for index, day in enumerate(span)}
    by_district: dict[str, dict[str, list[Day]]] = {}
    for day in days:
        by_district.setdefault(day.district, {}).setdefault(day.school, []).append(day)
    blocks = []
    for district in sorted(by_district, key=lambda each: order.get(each, len(order))):
        schools = []
        for school in sorted(by_district[district], key=lambda each: order.get(each, len(order))):
            cells: list[Cell | None] = [None] * len(span)
            for day in by_district[district][school]:
                cells[column[day.day]] = day.cell
            totals = totals_of(by_district[district][school])
            schools.append(SchoolLine(school, names.get(school, school), tuple(cells), totals))
        whole = totals_of(day for each in by_district[district].values() for day in each)
        blocks.append(DistrictBlock(district, names.get(district, district), tuple(schools), whole))
    return blocks


def ticks_of(span: Sequence[date]) -> list[Tick]:
    """The axis. The first day and Mondays are major: the only ones that a phone has room for."""
    share = 100 / max(len(span), 1)
    ticks = []
    for index, day in enumerate(span):
        monday = day.weekday() == 0
        ticks.append(
            Tick(
                day=day,
                left=f"{index * share:.3f}",
                middle=f"{(index + 0.5) * share:.3f}",
                width=f"{share:.3f}",
                label=f"{day.month}/{day.day}" if monday or day.day == 1 or index == 0 else str(day.day),
                major=monday or index == 0,
                rest=day.weekday() >= SATURDAY,
            )
        )
    return ticks


def daily_of(days: Sequence[Day], span: Sequence[date]) -> Daily:
    """The exceptions of each day, on a drawing 100 high whose top is the busiest day."""
    counts = {each: dict.fromkeys(EXCEPTIONS, 0) for each in span}
    for day in days:
        if day.cell.state in EXCEPTIONS:
            counts[day.day][day.cell.state] += 1
    sums = {column: sum(each.values()) for column, each in counts.items()}
    most = max(sums.values(), default=0)
    drawn: dict[State, list[str]] = {state: [] for state in EXCEPTIONS}
    for index, column in enumerate(span):
        top = 100.0
        for state in EXCEPTIONS:
            height = counts[column][state] * 100 / most if most else 0
            if height:
                top -= height
                drawn[state].append(f"M{index * 10 + 1.5:.1f} {top:.2f}h7v{height:.2f}h-7z")
    busiest = max(sums, key=lambda column: sums[column]) if most else None
    return Daily(most, busiest, [StatePath(state.value, "".join(path)) for state, path in drawn.items() if path])
