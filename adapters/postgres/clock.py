"""Clocks. The edge's clock is the process's monotonic clock corrected to the database's, so that both tell one time."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Self

import asyncpg
import structlog

from adapters.postgres.passing import DATABASE_TROUBLE
from domain.ledger.errors import Invalid

MEASURE_SECONDS: Final = 30.0
_SAMPLES: Final = 3

# The database's clock.
NOW: Final = "SELECT clock_timestamp()"

_log = structlog.get_logger(__name__)


class DatabaseClock:
    """The database's time without asking it each time; measured at the start and again every 30 seconds."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """Use ``open``: a clock that was never measured tells no time."""
        self._pool = pool
        self._base = datetime.now(UTC)
        self._base_monotonic = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, pool: asyncpg.Pool) -> Self:
        """Measure, and keep measuring until ``close``."""
        clock = cls(pool)
        await clock.measure()
        clock._task = asyncio.create_task(clock._keep_measuring(), name="database clock")
        return clock

    def now(self) -> datetime:
        """See the port."""
        return self._base + timedelta(seconds=time.monotonic() - self._base_monotonic)

    async def measure(self) -> None:
        """Take the quickest of three answers: the database read its clock about half-way through the round trip."""
        best = float("inf")
        async with self._pool.acquire() as connection:
            for _ in range(_SAMPLES):
                sent = time.monotonic()
                instant: datetime = await connection.fetchval(NOW)
                answered = time.monotonic()
                if answered - sent < best:
                    best = answered - sent
                    self._base, self._base_monotonic = instant, (sent + answered) / 2

    async def close(self) -> None:
        """Stop measuring; the clock goes on as it was measured last."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_measuring(self) -> None:
        while True:
            await asyncio.sleep(MEASURE_SECONDS)
            try:
                await self.measure()
            except DATABASE_TROUBLE as error:
                # The monotonic clock carries on; appends notice by themselves that the database is away.
                _log.warning("clock_not_measured", error=type(error).__name__)


class SimulatedClock:
    """A clock that is set. With ``running`` it goes on from there with the time that really passes."""

    def __init__(self, start: datetime, *, running: bool = False) -> None:
        self._running = running
        self.set(start)

    def now(self) -> datetime:
        """See the port."""
        if not self._running:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def set(self, instant: datetime) -> None:
        """It is now ``instant``. The log never goes back: an earlier time is recorded as the head's."""
        if instant.tzinfo is None:
            raise Invalid("instant", "needs a time zone")
        self._base = instant.astimezone(UTC)
        self._since = time.monotonic()

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.set(self.now() + by)
