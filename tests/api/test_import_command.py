"""``wenze import`` on a real database: one JSON object on standard output, and safe to repeat."""

import asyncio
import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli import build
from api.main import open_wiring
from api.settings import Settings
from domain.ledger.entry import Actor
from domain.ledger.query import Query, QueryItem
from domain.registry.found_bureau import FoundBureau
from tests.api.test_import import APPOINTMENT_ROWS, PEOPLE_ROWS, SITE_ROWS
from tests.domain.registry.town import BUREAU, REGISTRAR, REGISTRAR_OFFICE


@pytest.fixture
def settings(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WENZE_DATABASE_URL", dsn)
    monkeypatch.setenv("WENZE_DATA_FOLDER", str(tmp_path / "data"))
    return Settings.load()


async def found(settings: Settings) -> None:
    async with open_wiring(settings) as wiring:
        ledger = wiring.ledger
        name = await ledger.vault.seal("登记员", subject=REGISTRAR, purpose="name")
        at = ledger.clock.now() - timedelta(seconds=1)
        await ledger.carry_out(
            lambda: FoundBureau(
                bureau=BUREAU,
                name="教育局",
                registrar_person=REGISTRAR,
                registrar_code="R1",
                registrar_name=name.commitment,
                appointment=REGISTRAR_OFFICE,
                at=at,
            ),
            actor=Actor(person=REGISTRAR),
            key=str(uuid4()),
            request=b"{}",
            sealed=(name,),
        )


async def names_of_people(settings: Settings) -> list[str]:
    async with open_wiring(settings) as wiring:
        reading = await wiring.ledger.log.read(Query((QueryItem(frozenset({"PersonRegistered"})),)))
        return [await wiring.ledger.vault.open(one.event.as_dict()["name"]) for one in reading.events]


async def counted(settings: Settings, query: str) -> int:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


def imported(kind: str, folder: Path, content: bytes, *more: str) -> Result:
    file = folder / "表格 1.csv"
    file.write_bytes(content)
    return CliRunner().invoke(build(), ["import", kind, str(file), "--json", *more])


def answer(result: Result, code: int) -> dict[str, Any]:
    assert result.exit_code == code, result.output
    assert result.stdout.count("\n") == 1
    return dict(json.loads(result.stdout))


def test_sites_people_and_appointments_are_imported_and_once(settings: Settings, tmp_path: Path) -> None:
    asyncio.run(found(settings))
    for kind, content in (
        ("sites", SITE_ROWS.encode("utf-8-sig")),
        ("people", PEOPLE_ROWS.encode("gb18030")),
        ("appointments", APPOINTMENT_ROWS.encode()),
    ):
        first = answer(imported(kind, tmp_path, content), 0)
        again = answer(imported(kind, tmp_path, content), 0)
        assert (first["complete"], first["outcome"], first["errors"]) == (True, "stored", [])
        assert first["last_position"] - first["first_position"] + 1 == first["rows"]
        assert again == first | {"outcome": "already"}
    assert asyncio.run(names_of_people(settings)) == ["登记员", "张三", "李四"]


def test_wrong_rows_are_told_and_nothing_is_stored(settings: Settings, tmp_path: Path) -> None:
    asyncio.run(found(settings))
    told = answer(imported("people", tmp_path, (PEOPLE_ROWS + "T1,王五,\n,赵六,\n").encode()), 1)
    assert [(error["row"], error["column"], error["code"]) for error in told["errors"]] == [
        (4, "code", "repeated_in_file"),
        (5, "code", "cell_empty"),
    ]
    assert (told["complete"], told["outcome"]) == (False, "refused")
    assert asyncio.run(names_of_people(settings)) == ["登记员"]


def test_a_file_that_is_no_table_is_told_without_a_database(tmp_path: Path) -> None:
    told = answer(imported("sites", tmp_path, b"PK\x03\x04 no zip"), 1)
    assert told["errors"][0]["code"] == "table_unreadable"


def test_without_a_registrar_nobody_imports(settings: Settings, tmp_path: Path) -> None:
    result = imported("people", tmp_path, PEOPLE_ROWS.encode())
    assert getattr(result.exception, "code", None) == "registrar_needed"
    assert result.stdout == ""


@pytest.mark.slow
def test_a_killed_import_has_stored_all_or_nothing_and_a_repeated_one_finishes(
    settings: Settings, tmp_path: Path
) -> None:
    asyncio.run(found(settings))
    file = tmp_path / "人员.csv"
    file.write_text("code,name\n" + "".join(f"N{n},某{n}\n" for n in range(2_500)), encoding="utf-8")
    command = [sys.executable, "-c", "from api.cli import build; build()()", "import", "people", str(file), "--json"]

    def stored() -> int:
        return asyncio.run(counted(settings, "SELECT count(*) FROM ledger.event WHERE type = 'PersonRegistered'")) - 1

    def keys() -> int:
        return asyncio.run(counted(settings, "SELECT count(*) FROM vault.key"))

    # From the moment that it seals the first names, later and later.
    for patience in (0.1, 0.4, 1.0):
        begun = keys()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as importing:
            while importing.poll() is None and keys() == begun:
                time.sleep(0.02)
            time.sleep(patience)
            importing.kill()
        assert stored() in (0, 2_500)
    assert subprocess.run(command, check=True, capture_output=True).returncode == 0
    assert stored() == 2_500
