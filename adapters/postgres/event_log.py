"""The event log in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Self

import asyncpg

from adapters.postgres.clock import DatabaseClock, SimulatedClock
from adapters.postgres.follow import HeadWatch
from adapters.postgres.passing import PASSING
from adapters.postgres.pool import INDEX_PLANS, open_append_connection, open_pool
from adapters.postgres.reading import HEAD, read_entries, read_recorded_until
from adapters.postgres.sequencer import Sequencer
from adapters.preparation import Prepared, prepare
from domain.ledger.entry import Recorded, recorded
from domain.ledger.errors import WenzeError
from domain.ledger.event import Catalogue
from domain.ledger.ports import Append, Clock, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query

CLOCKS_APART: Final = timedelta(minutes=5)
GRACE_SECONDS: Final = 10.0
FOLLOW_BATCH: Final = 1_000
_READ_ATTEMPTS: Final = 6


class NotMigrated(WenzeError):
    """The database holds no log; migrate it first."""

    code = "not_migrated"


class PostgresEventLog:
    """See the port ``EventLog``. Appends of this process share one connection, reads a small pool.

    ``origin`` names the log; ``simulated`` says that its time is a scenario's; ``clock`` is the log's time at our edge.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        origin: str,
        simulated: bool,
        clock: Clock,
        pool: asyncpg.Pool,
        sequencer: Sequencer,
        watch: HeadWatch,
    ) -> None:
        """Use ``open``."""
        self.origin = origin
        self.simulated = simulated
        self.clock = clock
        self._catalogue = catalogue
        self._pool = pool
        self._sequencer = sequencer
        self._watch = watch
        self._replan_at = 256

    @classmethod
    async def open(
        cls, dsn: str, *, catalogue: Catalogue, secret: bytes, clock: Clock | None = None, readers: int = 4
    ) -> Self:
        """Open the log of a migrated database.

        ``secret`` keys the MAC of remembered requests and must be the same in every process. ``clock`` gives the time
        of a simulated log (without it, the head's time and what passes since then); a real log measures its own.
        Raises NotMigrated.
        """
        pool = await open_pool(dsn, size=readers, name="wenze read", settings=INDEX_PLANS)
        try:
            head = await pool.fetchrow(HEAD)
            if head is None:
                raise NotMigrated("the ledger has no head")
            simulated: bool = head["simulated"]
            if clock is None or not simulated:
                clock = (
                    SimulatedClock(head["recorded_at"], running=True) if simulated else await DatabaseClock.open(pool)
                )
        except asyncpg.UndefinedTableError as error:
            await pool.close()
            raise NotMigrated("the database holds no ledger") from error
        except BaseException:
            pool.terminate()
            raise
        watch = HeadWatch(dsn, head["position"])
        sequencer = Sequencer(
            lambda: open_append_connection(dsn),
            secret=secret,
            simulated=clock if simulated else None,
            stored=watch.heard,
        )
        if not simulated and head["recorded_at"] - head["clock"] > CLOCKS_APART:
            sequencer.stop(
                f"the head was recorded at {head['recorded_at']}, but the database's clock shows {head['clock']}"
            )
        sequencer.start()
        return cls(
            catalogue=catalogue,
            origin=head["origin"],
            simulated=simulated,
            clock=clock,
            pool=pool,
            sequencer=sequencer,
            watch=watch,
        )

    @property
    def stopped(self) -> str | None:
        """Why this process takes no appends any more; none while it does."""
        return self._sequencer.stopped

    @property
    def trouble(self) -> str | None:
        """Why appends cannot commit at the moment; none while they can."""
        return self._sequencer.stopped or self._sequencer.trouble

    @property
    def head(self) -> int:
        """The newest position this process has heard of; never beyond the log's."""
        return self._watch.head

    async def close(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Take no more appends, finish those that wait, and let go of every connection."""
        await self._sequencer.close(grace_seconds)
        await self._watch.close()
        if isinstance(self.clock, DatabaseClock):
            await self.clock.close()
        try:
            async with asyncio.timeout(2):
                await self._pool.close()
        except PASSING:  # a time-out is an OSError
            self._pool.terminate()

    async def append(self, append: Append) -> Receipt:
        """See the port."""
        return await self._sequencer.submit(prepare(append))

    async def append_prepared(self, prepared: Prepared) -> Receipt:
        """Append what was encoded elsewhere; for stores that have a format of their own (tests, benchmarks)."""
        return await self._sequencer.submit(prepared)

    async def read(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> Reading:
        """See the port."""
        found, head = await self.read_bytes(query, after=after, upto=upto, limit=limit, classes=classes)
        return Reading([recorded(position, entry, self._catalogue) for position, entry in found], head)

    async def read_bytes(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> tuple[Sequence[tuple[int, bytes]], int]:
        """As ``read``, but the stored bytes, undecoded: (position, entry) pairs, and the head of the same snapshot."""
        if self._watch.head >= self._replan_at:
            # Plans made while the tables were small are not the plans for large ones.
            self._replan_at = 4 * self._watch.head
            await self._pool.expire_connections()
        for attempt in range(_READ_ATTEMPTS):
            try:
                entries = await read_entries(self._pool, query, after=after, upto=upto, limit=limit, classes=classes)
            except PASSING:
                if attempt == _READ_ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.02 * attempt)
            else:
                self._watch.heard(entries.head)
                return entries.entries, entries.head
        raise AssertionError("unreachable")

    async def read_recorded_until(self, instant: datetime) -> int:
        """See the port."""
        return await read_recorded_until(self._pool, instant)

    async def grown_beyond(self, position: int) -> None:
        """Wait until the log has grown beyond a position."""
        self._watch.start()
        await self._watch.beyond(position)

    async def follow(
        self, after: int, *, query: Query = EVERYTHING, classes: frozenset[str] | None = None
    ) -> AsyncIterator[Sequence[Recorded]]:
        """See the port. While the database is away it waits; what comes next is again the next position."""
        while True:
            await self.grown_beyond(after)
            try:
                reading = await self.read(query, after=after, limit=FOLLOW_BATCH, classes=classes)
            except PASSING:
                await asyncio.sleep(0.5)
                continue
            if reading.events:
                yield reading.events
            # A full batch ends where it ends; else everything up to the head of the same snapshot has been seen.
            full = len(reading.events) == FOLLOW_BATCH
            after = reading.events[-1].position if full else max(after, reading.head)
