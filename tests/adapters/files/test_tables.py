"""Tables from XLSX and CSV, and files that mean harm."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from adapters.files.tables import MAX_BYTES, MAX_LINES, TableUnreadable, read_table


def xlsx(*rows: list[Any], hidden_first: bool = False) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        if hidden_first:
            secret = book.add_worksheet("hidden")
            secret.write_string(0, 0, "secret")
        sheet = book.add_worksheet("data")
        if hidden_first:
            sheet.activate()
            sheet.set_first_sheet()
            secret.hide()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write(number, column, value)
    return file.getvalue()


def cells(content: bytes) -> list[tuple[Any, ...]]:
    return [line.cells for line in read_table(content).table.lines]


def refused(content: bytes) -> str:
    with pytest.raises(TableUnreadable) as caught:
        read_table(content)
    return str(caught.value.details["rule"])


TEXT = "编号,姓名\nP1,张三\nP2,=1+1\n"
EXPECTED = [("编号", "姓名"), ("P1", "张三"), ("P2", "=1+1")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding_that_offices_use(encoding: str) -> None:
    assert cells(TEXT.encode(encoding)) == EXPECTED


def test_csv_may_be_parted_by_tabs_and_end_its_lines_as_windows_does() -> None:
    assert cells(TEXT.replace(",", "\t").replace("\n", "\r\n").encode("gb18030")) == EXPECTED


def test_quoted_cells_may_hold_commas_and_lines_and_numbers_of_lines_stay_those_of_the_file() -> None:
    table = read_table(b'code,name\nP1,"a,\nb"\nP2,c\n').table
    assert [line.cells for line in table.lines] == [("code", "name"), ("P1", "a,\nb"), ("P2", "c")]
    assert [line.number for line in table.lines] == [1, 3, 4]


def test_xlsx_gives_dates_numbers_and_text_and_never_a_formula() -> None:
    content = xlsx(["code", "day", "n"], ["=HYPERLINK(1)", datetime(2020, 2, 9), 43870])  # noqa: DTZ001
    assert cells(content)[1] == ("=HYPERLINK(1)", date(2020, 2, 9), 43870.0)


def test_the_first_visible_sheet_is_read() -> None:
    assert cells(xlsx(["code"], ["P1"], hidden_first=True)) == [("code",), ("P1",)]


def test_the_digest_is_of_the_file() -> None:
    assert read_table(b"a\nb\n").digest != read_table(b"a\nb").digest
    assert len(read_table(b"a").digest) == 64


@pytest.mark.parametrize("content", [b"", b"  \n\r\n "])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert refused(content) == "is empty"


def test_what_is_neither_text_nor_xlsx_is_refused() -> None:
    assert "UTF-8 or GB18030" in refused(b"code\n\xff\xff\xff")
    assert "U+0000" in refused(b"code\nP\x001\n")
    assert "old or encrypted" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_csv_with_a_quote_that_never_ends_is_refused() -> None:
    assert refused(b'code\n"P1\nP2\n').startswith("line")


def test_a_cell_of_enormous_length_is_refused() -> None:
    assert refused(b"code\n" + b"x" * 200_000).startswith("line")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_xlsx_is_refused(kept: float) -> None:
    whole = xlsx(["code"], *([f"P{n}"] for n in range(200)))
    assert "damaged" in refused(whole[: int(len(whole) * kept)])


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no readable XLSX" in refused(file.getvalue())


def test_a_flipped_byte_is_found() -> None:
    whole = bytearray(xlsx(["code"], ["P1"]))
    whole[60] ^= 0xFF
    with pytest.raises(TableUnreadable):
        read_table(bytes(whole))


def test_more_rows_than_a_city_has_are_refused_in_csv_and_xlsx() -> None:
    rows = 100_000
    assert "at most" in refused(b"code\n" + b"P1\n" * rows)
    assert "at most" in refused(cornered(f"A{rows}"))


def cornered(place: str) -> bytes:
    """A sheet with one cell, far away: a reader that lays out the whole sheet would need all memory there is."""
    source = zipfile.ZipFile(io.BytesIO(xlsx(["code"])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in source.infolist():
            content = source.read(info)
            if info.filename.startswith("xl/worksheets/"):
                content = content.replace(b'r="A1"', f'r="{place}"'.encode())
            archive.writestr(info.filename, content)
    return file.getvalue()


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "XFD1", "ZZZ1"])
def test_a_cell_in_the_last_corner_of_a_sheet_is_refused_before_it_is_laid_out(place: str) -> None:
    assert "at most" in refused(cornered(place))


def test_a_file_that_unpacks_to_too_much_is_refused() -> None:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(300):
            part.write(bytes(1 << 20))
    assert refused(file.getvalue()) == "unpacks to too much"


def test_a_file_that_is_too_long_is_refused() -> None:
    assert "bytes" in refused(b"x" * (MAX_BYTES + 1))


def test_as_many_rows_as_allowed_are_read() -> None:
    assert len(cells(b"code\n" * MAX_LINES)) == MAX_LINES
