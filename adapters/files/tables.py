"""Tables from XLSX and CSV files, as plain values. Nothing in a file is ever evaluated.

A file is what its bytes are, whatever its name says: a ZIP is XLSX, the rest is CSV. CSV is UTF-8 (with or without a
mark), UTF-16 with a mark, else GB18030; a comma or a tab parts the cells. Of XLSX the first visible sheet is read, and
of a formula the value that was saved with it. Limits come first: a small file may unpack to a huge one, and a single
cell in the last corner of a sheet makes a reader allocate every cell before it.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import IO, Final

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, ZipError

from domain.ledger.errors import Invalid
from domain.registry.import_rows import Cell, Table, TableLine

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_LINES: Final = 50_001
MAX_COLUMNS: Final = 64
_CHUNK: Final = 1 << 20
# A cell's place ("C12") or a row's ("12"): the attribute r of <c> and <row>, whatever the prefix of the namespace.
_PLACE: Final = re.compile(rb'\sr\s*=\s*["\']([A-Za-z]{0,4})([0-9]{1,9})["\']')
_LONGEST_PLACE: Final = 32


class TableUnreadable(Invalid):
    """The file is no table that can be read; ``rule`` says why."""

    code = "table_unreadable"


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table with the SHA-256 of the file it came from, as 64 hex digits."""

    table: Table
    digest: str


def read_table(content: bytes) -> FileTable:
    """The table of a file. Raises TableUnreadable."""
    if not content.strip():
        raise TableUnreadable("file", "is empty")
    if len(content) > MAX_BYTES:
        raise TableUnreadable("file", f"must be at most {MAX_BYTES} bytes", bytes=len(content))
    if content.startswith(b"PK"):
        lines = _xlsx(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableUnreadable("file", "is an old or encrypted Excel file; save it as XLSX without a password")
    else:
        lines = _csv(content)
    return FileTable(Table(tuple(lines)), sha256(content).hexdigest())


def _csv(content: bytes) -> Iterator[TableLine]:
    text = _decoded(content)
    if "\x00" in text:
        raise TableUnreadable("file", "holds U+0000: it is no text")
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            _limit(reader.line_num, len(line))
            yield TableLine(reader.line_num, tuple(line))
    except csv.Error as error:
        raise TableUnreadable("file", f"line {reader.line_num}: {error}") from error


def _decoded(content: bytes) -> str:
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableUnreadable("file", "must be UTF-8 or GB18030 text, or XLSX")


def _xlsx(content: bytes) -> Iterator[TableLine]:
    _within_limits(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            visible = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
            ]
            if not visible:
                raise TableUnreadable("file", "has no visible sheet")
            rows = book.get_sheet_by_name(visible[0]).to_python(skip_empty_area=False)
    except (CalamineError, ZipError) as error:
        raise TableUnreadable("file", f"is no readable XLSX file: {error}") from error
    for number, row in enumerate(rows, start=1):
        _limit(number, len(row))
        yield TableLine(number, tuple(_cell(value) for value in row))


def _cell(value: object) -> Cell:
    # A time of day or a span has no place in these tables: its text then fails where a date or a code is wanted.
    return value if isinstance(value, str | bool | int | float | datetime | date) else str(value)


def _within_limits(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
                raise TableUnreadable("file", "unpacks to too much")
            # Read to the end of every part: the archive's own sums are then checked, and no declared size has lied.
            for info in infos:
                with archive.open(info) as part:
                    _scan(part, info.filename.startswith("xl/worksheets/"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise TableUnreadable("file", "is a damaged or encrypted XLSX file") from error


def _scan(part: IO[bytes], is_sheet: bool) -> None:
    tail = b""
    while chunk := part.read(_CHUNK):
        if is_sheet:
            # The tail of the chunk before: no place is missed because it lies across two chunks.
            for column, row in _PLACE.findall(tail + chunk):
                _limit(int(row), _column_number(column))
            tail = chunk[-_LONGEST_PLACE:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _limit(line: int, columns: int) -> None:
    if line > MAX_LINES:
        raise TableUnreadable("file", f"must have at most {MAX_LINES - 1} rows")
    if columns > MAX_COLUMNS:
        raise TableUnreadable("file", f"must have at most {MAX_COLUMNS} columns")
