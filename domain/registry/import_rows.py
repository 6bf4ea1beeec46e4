"""Rows of a table on their way to commands: which column is which field, and what a cell may say.

Headers are Chinese or English. Every column must be known, every required one be there: a column that is silently
passed over is a mistake nobody sees. Cells are plain values; text that looks like a formula is text. A date may be a
real date, Excel's number of days, ``2020-02-09``, ``2020/2/9``, ``2020.2.9``, ``2020年2月9日`` or ``20200209``.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from domain.ledger.errors import Invalid
from domain.ledger.time import SHANGHAI, at_shanghai, parse_instant

Cell = str | bool | int | float | datetime | date
MAX_ROWS: Final = 10_000
"""The rows of one file: each becomes an event, and all of them are one append."""
_EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(1, 2_958_466)
_DATE: Final = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2}:\d{2})(?::00)?", re.ASCII)
_YES: Final = {"是", "公办", "yes", "true", "public", "1"}
_NO: Final = {"否", "民办", "no", "false", "private", "0"}


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line as it stands in the file; ``number`` counts from 1 as a spreadsheet shows it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's lines, headers included."""

    lines: tuple[TableLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with a row. ``code`` is stable; ``rule`` says it in English, without what the cell holds."""

    row: int
    column: str
    code: str
    rule: str
    details: Mapping[str, str | int | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A field with the headers it may stand under."""

    field: str
    headers: tuple[str, ...]
    required: bool = True


def rows_of(table: Table, columns: Sequence[Column]) -> tuple[list["Row"], list[RowError]]:
    """The rows below the headers, blank ones left out; or what is wrong with the headers."""
    lines = iter(table.lines)
    head = next((line for line in lines if not _blank(line)), None)
    if head is None:
        return [], [RowError(row=1, column="", code="table_empty", rule="there is no header")]
    fields, errors = _fields(head, columns)
    if errors:
        return [], errors
    rows = [Row(line.number, dict(_cells(line, fields))) for line in lines if not _blank(line)]
    if not rows:
        errors.append(RowError(row=head.number, column="", code="table_empty", rule="there is no row"))
    return rows, errors


def _fields(head: TableLine, columns: Sequence[Column]) -> tuple[list[str | None], list[RowError]]:
    by_header = {header.lower(): column.field for column in columns for header in (column.field, *column.headers)}
    fields: list[str | None] = []
    errors: list[RowError] = []
    for cell in head.cells:
        header = plain_text(cell)
        name = by_header.get(header.lower())
        if header and name is None:
            errors.append(RowError(row=head.number, column=header[:40], code="column_unknown", rule="unknown column"))
        elif name is not None and name in fields:
            errors.append(RowError(row=head.number, column=name, code="column_twice", rule="the column is there twice"))
        fields.append(name)
    errors += [
        RowError(row=head.number, column=column.field, code="column_missing", rule="the column is missing")
        for column in columns
        if column.required and column.field not in fields
    ]
    return fields, errors


def _cells(line: TableLine, fields: Sequence[str | None]) -> Iterator[tuple[str, Cell]]:
    for index, cell in enumerate(line.cells):
        name = fields[index] if index < len(fields) else None
        if plain_text(cell):
            # A cell without a header is kept under an empty name, so that it is found and reported.
            yield name or "", cell


def _blank(line: TableLine) -> bool:
    return not any(plain_text(cell) for cell in line.cells)


def plain_text(cell: Cell) -> str:
    """A cell as text: trimmed, in normal form C, whole numbers without a decimal point."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    return unicodedata.normalize("NFC", text).strip()


class Row:
    """One row. Every question it cannot answer is remembered in ``errors``, so that all are reported at once."""

    def __init__(self, number: int, cells: Mapping[str, Cell]) -> None:
        self.number = number
        self.errors: list[RowError] = []
        self._cells = cells
        if "" in cells:
            self.refuse("", "cell_without_header", "a cell has no header")

    def refuse(self, column: str, code: str, rule: str, **details: str | int | list[str]) -> None:
        """Remember what is wrong."""
        self.errors.append(RowError(row=self.number, column=column, code=code, rule=rule, details=details))

    def has(self, column: str) -> bool:
        """Whether the cell says anything."""
        return column in self._cells

    def word(self, column: str) -> str:
        """The cell's text in small letters; nothing is remembered when it is empty."""
        return plain_text(self._cells[column]).lower() if self.has(column) else ""

    def text(self, column: str) -> str:
        """The cell's text; an empty cell is an error."""
        if not self.has(column):
            self.refuse(column, "cell_empty", "must not be empty")
            return ""
        return plain_text(self._cells[column])

    def one_of(self, column: str, meanings: Mapping[str, str]) -> str | None:
        """The meaning of the cell's word."""
        if self.text(column) and self.word(column) not in meanings:
            self.refuse(column, "cell_not_one_of", "unknown word", allowed=sorted(meanings))
        return meanings.get(self.word(column))

    def yes(self, column: str) -> bool:
        """Yes or no."""
        return self.one_of(column, dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")) == "yes"

    def day(self, column: str) -> date | None:
        """A day."""
        if not self.has(column):
            self.refuse(column, "cell_empty", "must not be empty")
            return None
        day = day_of(self._cells[column])
        if day is None:
            self.refuse(column, "cell_not_a_date", "must be a date")
        return day

    def instant(self, column: str, *, ends: bool = False) -> datetime | None:
        """An instant. A bare day means its begin, or, where something ``ends``, its end: the last day is included."""
        if not self.has(column):
            self.refuse(column, "cell_empty", "must not be empty")
            return None
        instant = _instant_of(self._cells[column], ends=ends)
        if instant is None:
            self.refuse(column, "cell_not_a_date", "must be a date, perhaps with a time")
        return instant


def day_of(cell: Cell) -> date | None:
    """The day a cell means, or None."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float) and float(cell).is_integer() and int(cell) in _EXCEL_DAYS:
        return _EXCEL_DAY_ZERO + timedelta(days=int(cell))
    match = _DATE.fullmatch(plain_text(cell))
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _instant_of(cell: Cell, *, ends: bool) -> datetime | None:
    if isinstance(cell, datetime) and cell.time() != datetime.min.time():
        return cell if cell.tzinfo else cell.replace(tzinfo=SHANGHAI)
    day = day_of(cell)
    if day is None:
        return _instant_of_text(plain_text(cell))
    try:
        return at_shanghai(day, "24:00" if ends else "00:00")
    except OverflowError:
        return None


def _instant_of_text(text: str) -> datetime | None:
    day_text, _, clock = text.partition(" ")
    day, time = day_of(day_text), _CLOCK.fullmatch(clock.strip())
    try:
        if day is not None and time is not None:
            return at_shanghai(day, time[1].zfill(5))
        return parse_instant(text)
    except (Invalid, OverflowError):
        return None
