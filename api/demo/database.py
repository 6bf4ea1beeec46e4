"""A database of its own for each run of the scenario, and none left behind."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, urlsplit

import asyncpg

from adapters.embedded import Cluster
from api.settings import Settings

PREFIX: Final = "wenze_demo_"
YOUNG_S: Final = 120
"""A database younger than this may belong to a run that is just connecting to it."""

# Scenario databases on this server that nobody is connected to; a scan of pg_database, which is small.
ABANDONED = """
SELECT datname FROM pg_database
WHERE starts_with(datname, $1)
  AND NOT EXISTS (SELECT FROM pg_stat_activity AS activity WHERE activity.datname = pg_database.datname)
"""


@asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[Callable[[str], str]]:
    """A PostgreSQL to make databases in: the given one, else our own. Gives the address of a database by its name."""
    if settings.database_url is not None:
        url = settings.database_url
        yield lambda name: urlsplit(url)._replace(path=f"/{quote(name)}").geturl()
        return
    cluster = await asyncio.to_thread(Cluster.start, settings.data_folder / "postgres")
    try:
        yield cluster.dsn
    finally:
        await asyncio.to_thread(cluster.stop)


@asynccontextmanager
async def fresh_database(settings: Settings, address: Callable[[str], str]) -> AsyncIterator[str]:
    """An empty database, dropped at the end; gives its address. What killed runs left behind is dropped first."""
    own = settings.database_url or address("wenze")
    name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(own)
    try:
        for row in await connection.fetch(ABANDONED, PREFIX):
            if _age_s(row["datname"]) > YOUNG_S:
                await _drop(connection, row["datname"])
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    # Held open for as long as the database is in use: another run's clearing sees it.
    holder = await asyncpg.connect(address(name))
    try:
        yield address(name)
    finally:
        # Ctrl-C arrives as a cancellation of whatever is awaited next: the clearing up must not be what it ends.
        clearing = asyncio.create_task(_clear(own, name, holder))
        try:
            await asyncio.shield(clearing)
        except asyncio.CancelledError:
            await clearing
            raise


async def _clear(own: str, name: str, holder: "asyncpg.Connection[asyncpg.Record]") -> None:
    await holder.close()
    connection = await asyncpg.connect(own)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _drop(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    except asyncpg.ObjectInUseError:
        return  # somebody connected meanwhile: then it is not abandoned


def _age_s(name: str) -> float:
    try:
        return time.time() - int(name.removeprefix(PREFIX).partition("_")[0])
    except ValueError:
        return 0.0
