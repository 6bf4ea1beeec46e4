"""The scenario on a real database: log, vault, views and the service's own clocks, joined as in production."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import perf_counter
from typing import Any, Final

import asyncpg

from adapters.ids import SeededIds
from adapters.postgres.clock import SimulatedClock
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrate import migrate
from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.rebuild import Rebuilt, rebuild
from adapters.postgres.vault import PostgresVault
from adapters.postgres.views.article_figures import FigureRow, fetch_figures
from adapters.postgres.views.duties_due import fetch_next_deadline
from adapters.publisher.publisher import Publisher
from adapters.publisher.rows import PostgresRows
from adapters.sealing import seeded_salts
from adapters.signing_key import SigningKey
from api.demo.city import FOUNDED, City
from api.demo.run import live, scenario_of
from api.duty_end import close_what_is_over
from api.heirs import hand_over
from api.ledger import Ledger
from api.log_keys import adopt
from api.missed_clock import look_for_missed
from api.pages.article import PUBLISHED
from api.settings import Settings
from domain.catalogue import CATALOGUE
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.note import ED25519
from domain.ledger.replay import head_of

READERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What became of the scenario. ``figures`` are keyed by row; times in real seconds."""

    city: City
    figures: dict[int, FigureRow]
    events: int
    commands: int
    seconds: float
    rebuilt: Rebuilt
    published: Checkpoint

    def as_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "figures": {str(row): figure.as_json() for row, figure in sorted(self.figures.items())},
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "rebuild_seconds": round(self.rebuilt.seconds, 3),
            "published": {"size": self.published.size, "root": self.published.root.hex()},
        }


def origin_of(seed: int) -> str:
    """The name of the scenario's log: what is signed in it counts nowhere else."""
    return f"demo.wenze.invalid/spring-2020/{seed}"


def log_key_of(seed: int) -> SigningKey:
    """The key that signs the scenario's log. Anybody can make it from the seed: it vouches for nothing."""
    return SigningKey(origin_of(seed), ED25519, sha256(f"wenze:{seed}:log key".encode()).digest())


async def live_on(
    dsn: str,
    settings: Settings,
    *,
    city: City,
    days: int,
    progress: Callable[[str], object] = lambda _: None,
    rebuilding: Callable[[int, int], None] = lambda _done, _of: None,
) -> Lived:
    """Migrate an empty database, live the days in it, fill every view anew from the log and compare, publish the log.

    The figures are read from the rebuilt views, as of the article's own instant or, if that was not lived, of the end.
    """
    seed = city.seed
    origin = origin_of(seed)
    await migrate(dsn, origin=origin, clock="simulated", opened_at=FOUNDED - timedelta(minutes=1))
    scenario = scenario_of(city, days)
    clock = SimulatedClock(FOUNDED)
    async with _joined(dsn, settings, clock) as (log, pool):
        ledger = Ledger(
            log=log,
            clock=clock,
            ids=SeededIds(f"wenze:{seed}:events", clock),
            vault=PostgresVault(pool, master=settings.vault_master_key(), clock=clock, salts=seeded_salts(seed)),
            origin=origin,
        )
        projector = Projector(log, pool)

        async def look() -> datetime | None:
            await projector.catch_up()
            if await hand_over(ledger, pool):
                await projector.catch_up()
            await look_for_missed(ledger, pool)
            await close_what_is_over(ledger, pool)
            async with pool.acquire() as connection:
                return await fetch_next_deadline(connection, clock.now())

        await adopt(ledger, log_key_of(seed), first=True)
        with _collecting_seldom():
            began = perf_counter()
            commands = await live(scenario, ledger, clock, look=look, progress=progress)
            await projector.catch_up()
            seconds = perf_counter() - began
            rebuilt = await rebuild(projector, progress=rebuilding)
        publisher = Publisher(PostgresRows(pool), settings.log_folder, origin=origin, keys=lambda: [log_key_of(seed)])
        published = await publisher.publish()
        async with pool.acquire() as connection:
            figures = await fetch_figures(connection, instant=min(clock.now(), PUBLISHED))
        return Lived(
            city=city,
            figures=figures,
            events=await head_of(log),
            commands=commands,
            seconds=seconds,
            rebuilt=rebuilt,
            published=published,
        )


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Looking for garbage again and again through all that stays anyway would take a tenth of the time."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@asynccontextmanager
async def _joined(
    dsn: str, settings: Settings, clock: SimulatedClock
) -> AsyncIterator[tuple[PostgresEventLog, asyncpg.Pool]]:
    log = await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=settings.mac_key(), clock=clock, readers=READERS)
    try:
        pool = await open_pool(dsn, size=settings.connections, name="wenze demo")
        try:
            yield log, pool
        finally:
            await pool.close()
    finally:
        await log.close()
