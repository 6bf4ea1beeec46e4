"""The duty board as a drawing: rows of school-days become one SVG path per state.

A table of 403 × 38 cells is 38,000 nodes and takes seconds to open; seven paths take milliseconds. Neighbouring days in
the same state are one run of the path; the style sheet's patterns draw the single cells and their glyphs into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.pages.words import Flag, State

CELL: Final = 10
"""Side of a cell in drawing units; the patterns of the templates have the same size."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One school-day."""

    state: State
    flags: tuple[Flag, ...] = ()

    @property
    def remarkable(self) -> bool:
        """Anything but the plain good case, or a day whose time has not come."""
        return self.state not in PLAIN or bool(self.flags)


PLAIN: Final = frozenset({State.ON_TIME, State.ZERO, State.OPEN})
Row = Sequence[Cell | None]
"""A school's days, oldest first; None where nothing was owed."""


@dataclass(frozen=True, slots=True)
class StatePath:
    """All cells of one state; ``name`` is its class in the style sheet."""

    name: str
    d: str


def state_paths(rows: Sequence[Row]) -> list[StatePath]:
    """One path per state that occurs, then one per flag: small triangles in the corners of their cells."""
    runs: dict[State, list[str]] = {}
    corners: dict[Flag, list[str]] = {}
    for y, row in enumerate(rows):
        start = 0
        for x in range(1, len(row) + 1):
            first = row[start]
            following = row[x] if x < len(row) else None
            if x < len(row) and _state(first) is _state(following):
                continue
            if first is not None:
                width = (x - start) * CELL
                runs.setdefault(first.state, []).append(f"M{start * CELL} {y * CELL}h{width}v{CELL}h-{width}z")
            start = x
        for x, cell in enumerate(row):
            for flag in cell.flags if cell is not None else ():
                corners.setdefault(flag, []).append(_corner(flag, x * CELL, y * CELL))
    states = [StatePath(state.value, "".join(runs[state])) for state in State if state in runs]
    return states + [StatePath(flag.value, "".join(corners[flag])) for flag in Flag if flag in corners]


def letters(rows: Sequence[Row]) -> str:
    """The same cells for the board's script: a letter per day, upper case with a flag; full stops between rows."""
    return ".".join("".join(_letter(cell) for cell in row) for row in rows)


LETTERS: Final[dict[State, str]] = {
    State.ON_TIME: "p",
    State.ZERO: "z",
    State.SERVICE_DELAY: "d",
    State.LATE: "l",
    State.MISSING: "m",
    State.EXCUSED: "e",
    State.OPEN: "o",
}


def _letter(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    letter = LETTERS[cell.state]
    return letter.upper() if cell.flags else letter


def _state(cell: Cell | None) -> State | None:
    return cell.state if cell is not None else None


def _corner(flag: Flag, x: int, y: int) -> str:
    """Corrected top right, returned top left, withdrawn bottom left."""
    if flag is Flag.CORRECTED:
        return f"M{x + 9.5:g} {y + 0.7:g}v4.2l-4.2-4.2z"
    if flag is Flag.RETURNED:
        return f"M{x + 0.5:g} {y + 0.7:g}h4.2l-4.2 4.2z"
    return f"M{x + 0.5:g} {y + 9.3:g}v-4.2l4.2 4.2z"
