"""A served site: a real PostgreSQL with the city of facts in it, and the whole app on a free port."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import uvicorn
from pydantic import SecretStr

from adapters.ids import SeededIds
from adapters.postgres.clock import SimulatedClock
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from api.main import create_app
from api.settings import Settings
from domain.catalogue import CATALOGUE
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.ports import Append
from tests.e2e.city_of_facts import happenings

SECRET = "ab" * 32


@contextmanager
def served(dsn: str, folder: Path, *, days: int) -> Iterator[str]:
    """The address of the app over a migrated, simulated, empty database; the city is written into it first."""
    settings = Settings.load(
        database_url=dsn,
        data_folder=folder,
        mac_secret=SecretStr(SECRET),
        vault_key=SecretStr(SECRET),
        missed_clock=3600,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, live(dsn, days)).result()
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_config=None, access_log=False)
        )
        serving = thread.submit(asyncio.run, server.serve())
        while not server.started and not serving.done():
            time.sleep(0.05)
        if serving.done():
            serving.result()
        try:
            yield f"http://localhost:{port}"
        finally:
            server.should_exit = True
            serving.result(30)


async def live(dsn: str, days: int) -> None:
    """Let the city happen, and its views follow."""
    clock = SimulatedClock(next(happenings(1))[0])
    log = await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=bytes.fromhex(SECRET), clock=clock)
    pool = await open_pool(dsn, size=4)
    try:
        await _write(log, clock, days)
        await Projector(log, pool).catch_up()
    finally:
        await log.close()
        await pool.close()


async def _write(log: PostgresEventLog, clock: SimulatedClock, days: int) -> None:
    ids = SeededIds("city", clock)
    for at, events in happenings(days):
        clock.set(at)
        context = Context(actor=Actor(person=MACHINE), received_at=at, key=str(uuid4()), request=b"{}")
        identifiers = tuple(ids.new() for _ in events)
        await log.append(Append(events=tuple(events), ids=identifiers, command="city", context=context))
