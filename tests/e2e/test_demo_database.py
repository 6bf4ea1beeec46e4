"""The scenario's databases: one for each run, and none left behind."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest

from api.demo.database import fresh_database
from api.settings import Settings
from tests.conftest import Server


async def _names(cluster: Server) -> set[str]:
    connection = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        found = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, 'wenze_demo_')")
        return {row["datname"] for row in found}
    finally:
        await connection.close()


async def test_two_runs_side_by_side_have_two_databases(cluster: Server) -> None:
    settings = Settings.load(database_url=cluster.dsn("postgres"))
    before = await _names(cluster)
    async with fresh_database(settings, cluster.dsn) as one, fresh_database(settings, cluster.dsn) as other:
        assert one != other
        assert len(await _names(cluster) - before) == 2
    assert await _names(cluster) <= before


async def test_a_run_that_is_interrupted_leaves_no_database(cluster: Server) -> None:
    settings = Settings.load(database_url=cluster.dsn("postgres"))
    before = await _names(cluster)

    async def interrupted() -> None:
        task = asyncio.current_task()
        assert task is not None
        async with fresh_database(settings, cluster.dsn):
            task.cancel()  # as Ctrl-C does: it strikes at the next await, which is in the clearing up

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(interrupted())
    assert await _names(cluster) <= before


# Whoever starts the tests in the background has SIGINT ignored, and a child inherits that.
WENZE = """
import signal; signal.signal(signal.SIGINT, signal.default_int_handler)
from api.cli import main; main()
"""


def _demo(cluster: Server, folder: Path, *words: str) -> subprocess.Popen[str]:
    return _wenze(cluster, folder, "demo", "--no-serve", "--json", *words)


def _wenze(cluster: Server, folder: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"WENZE_DATABASE_URL": cluster.dsn("postgres"), "WENZE_DATA_FOLDER": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", WENZE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.slow
async def test_demo_answers_with_one_object_of_figures_and_leaves_no_database(cluster: Server, tmp_path: Path) -> None:
    before = await _names(cluster)
    demo = _demo(cluster, tmp_path, "--days", "1")
    said, told = await asyncio.to_thread(demo.communicate)
    assert demo.returncode == 0, told
    (line,) = said.splitlines()
    answer = json.loads(line)
    assert list(answer) == ["figures", "events", "seconds", "rebuild_seconds", "published"]
    assert answer["published"]["size"] == answer["events"]
    assert list(answer["figures"]) == [str(row) for row in range(1, 41)]
    rebuilt = {row for row, figure in answer["figures"].items() if figure["status"] == "rebuilt"}
    assert rebuilt >= {"2", "3", "4", "5", "6", "8", "9", "10"}
    for row, figure in answer["figures"].items():
        shape = ["value", "relation", "status", "as_of"] if row in rebuilt else ["status"]
        assert list(figure) == shape
        assert figure["status"] in ("rebuilt", "not yet")
    assert answer["figures"]["2"]["value"] == 403
    assert answer["figures"]["2"]["as_of"] == "2020-01-28T04:00:30.000000Z"
    assert isinstance(answer["events"], int)
    assert answer["seconds"] > answer["rebuild_seconds"] > 0
    assert await _names(cluster) <= before


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
async def test_a_demo_that_is_told_to_end_clears_up(how: signal.Signals, cluster: Server, tmp_path: Path) -> None:
    before = await _names(cluster)
    demo = _demo(cluster, tmp_path, "--days", "38")
    while not await _names(cluster) - before:
        assert demo.poll() is None
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    demo.send_signal(how)
    said, told = await asyncio.to_thread(demo.communicate)
    assert (demo.returncode, said) == (128 + how, "")
    assert "Traceback" not in told
    assert await _names(cluster) <= before


@pytest.mark.slow
async def test_demo_serves_what_it_has_lived_until_it_is_told_to_end(cluster: Server, tmp_path: Path) -> None:
    before = await _names(cluster)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site = f"http://127.0.0.1:{free.getsockname()[1]}"
    demo = _wenze(cluster, tmp_path, "demo", "--days", "1", "--port", site.rpartition(":")[2])
    assert demo.stderr is not None
    said = [await asyncio.to_thread(demo.stderr.readline)]
    while "Ctrl-C ends it" not in said[-1]:
        assert said[-1], "".join(said)
        said.append(await asyncio.to_thread(demo.stderr.readline))
    told = " ".join("".join(said).split())
    assert f"{site}/api/v1/openapi.json" in told
    assert "90 s" in told
    assert "15 s" in told
    async with httpx.AsyncClient(base_url=site) as client:
        for _ in range(200):
            with contextlib.suppress(httpx.ConnectError):
                if (await client.get("/health/live")).status_code == 200:
                    break
            await asyncio.sleep(0.05)
        for page, shown in (("/", "403"), ("/board", "学区-01")):
            found = await client.get(page)
            assert found.status_code == 200
            assert shown in found.text
            assert found.headers["wenze-simulated"] == "true"
    demo.send_signal(signal.SIGTERM)
    rest, complaints = await asyncio.to_thread(demo.communicate)
    assert (demo.returncode, rest) == (128 + signal.SIGTERM, "")
    assert "Traceback" not in complaints
    assert await _names(cluster) <= before
