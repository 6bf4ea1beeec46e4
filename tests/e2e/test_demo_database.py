"""The scenario's databases: one for each run, and none left behind."""

import asyncio

import asyncpg
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
