"""A served site: a real PostgreSQL with the city of facts in it, its views projected, the pages on a free port."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.ids import SeededIds
from adapters.postgres.clock import SimulatedClock
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.vault import PostgresVault
from adapters.postgres.views import article_facts, organisations, rollup_tree, school_day_fold
from api.ledger import Ledger
from api.metrics import Metrics
from api.pages import add_pages
from api.settings import Settings
from api.wiring import Wiring
from domain.catalogue import CATALOGUE
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.ports import Append
from tests.e2e.city_of_facts import happenings

SECRET = "ab" * 32
VIEWS = (school_day_fold.VIEW, organisations.VIEW, article_facts.VIEW, rollup_tree.VIEW)

# The first generation of a view, live at the head.
LIVE = "INSERT INTO views.view (name, generation, version, state, position) VALUES ($1, 1, $2, 'live', $3)"


@contextmanager
def served(dsn: str, folder: Path, *, days: int) -> Iterator[str]:
    """The address of the pages over a migrated, simulated, empty database; the city is written into it first."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    app = FastAPI()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    with ThreadPoolExecutor(max_workers=1) as thread:
        serving = thread.submit(asyncio.run, _serve(dsn, folder, days, app, server))
        while not server.started and not serving.done():
            time.sleep(0.05)
        if serving.done():
            serving.result()
        try:
            yield f"http://localhost:{port}"
        finally:
            server.should_exit = True
            serving.result(30)


async def _serve(dsn: str, folder: Path, days: int, app: FastAPI, server: uvicorn.Server) -> None:
    clock = SimulatedClock(next(happenings(1))[0])
    log = await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=bytes.fromhex(SECRET), clock=clock)
    pool = await open_pool(dsn, size=4)
    try:
        await _write(log, clock, days)
        await _project(log, pool)
        settings = Settings.load(
            database_url=dsn, data_folder=folder, mac_secret=SecretStr(SECRET), vault_key=SecretStr(SECRET)
        )
        vault = PostgresVault(pool, master=bytes.fromhex(SECRET), clock=clock)
        ids = SeededIds("pages", clock)
        app.state.wiring = Wiring(
            settings=settings,
            ledger=Ledger(log=log, clock=clock, ids=ids, vault=vault, origin=log.origin),
            pool=pool,
            metrics=Metrics(),
            simulated=log.simulated,
            projector=Projector(log, pool),
        )
        add_pages(app)
        await server.serve()
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


async def _project(log: PostgresEventLog, pool: object) -> None:
    async with pool.acquire() as connection:
        after = 0
        while True:
            reading = await log.read(after=after, limit=2_000)
            if not reading.events:
                break
            async with connection.transaction():
                for view in VIEWS:
                    batch = [each for each in reading.events if type(each.event) in view.types]
                    if batch:
                        await view.project(connection, 1, batch)
            after = reading.events[-1].position
        for view in VIEWS:
            await connection.execute(LIVE, view.name, view.version, after)
