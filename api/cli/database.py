"""The database of a command: the given one, else our own, started for as long as the command runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.embedded import Cluster
from api.cli.terminal import working
from api.settings import Settings


@asynccontextmanager
async def with_database(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with a database that answers."""
    if settings.database_url is not None:
        yield settings
        return
    with working("starting PostgreSQL"):
        cluster = await asyncio.to_thread(Cluster.start, settings.data_folder / "postgres")
    try:
        yield settings.model_copy(update={"database_url": cluster.dsn()})
    finally:
        await asyncio.to_thread(cluster.stop)
