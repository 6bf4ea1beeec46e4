"""What the benchmarks append, who appends it, and the databases that they append to."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final
from uuid import UUID

import asyncpg

from adapters.postgres.event_log import PostgresEventLog
from api.bench.report import Round
from domain.ledger.entry import Actor, Context
from domain.ledger.event import Catalogue, Event
from domain.ledger.events import LogKeyAdopted, LogOpened
from domain.ledger.ports import Append
from domain.ledger.query import Condition, Query, QueryItem

COMMAND: Final = "bench"
ACTOR: Final = Actor(person="0190b0a0-0000-7000-8000-000000000001")


class Noted(Event, frozen=True, kw_only=True):
    """Something of the usual size was noted."""

    type_name: ClassVar[str] = "Noted"
    number: str

    def tags(self) -> tuple[str, ...]:
        return (f"report:{self.number}", f"school:{self.number[-2:]}", f"day:{self.number[-3:-2]}")


CATALOGUE: Final = Catalogue((LogOpened, LogKeyAdopted, Noted))


class Inputs:
    """Appends that never repeat, made before the clock starts."""

    def __init__(self) -> None:
        self._made = 0

    def make(self, n: int) -> list[Append]:
        """``n`` appends, each unique by its first tag."""
        return [self._one() for _ in range(n)]

    def _one(self) -> Append:
        self._made += 1
        number = f"{self._made:08d}"
        tag = f"report:{number}"
        return Append(
            events=(Noted(number=number),),
            ids=(str(UUID(int=(0x0190B0A0_0000_7000 << 64) | (1 << 63) | self._made)),),
            command=COMMAND,
            context=Context(
                actor=ACTOR,
                received_at=datetime.now(UTC),
                key=str(UUID(int=(0x0190B0A0_0000_7000 << 64) | (1 << 63) | (1 << 60) | self._made)),
                request=b'{"command":"bench"}',
            ),
            condition=Condition(Query((QueryItem(tags=frozenset({tag})),))),
        )


async def write(log: PostgresEventLog, appends: Sequence[Append], writers: int) -> Round:
    """Append all, each writer one after the other."""
    waiting = iter(appends)
    latencies: list[float] = []

    async def writer() -> None:
        for append in waiting:
            start = time.perf_counter()
            await log.append(append)
            latencies.append(time.perf_counter() - start)

    tasks: list[Coroutine[None, None, None]] = [writer() for _ in range(writers)]
    start = time.perf_counter()
    await asyncio.gather(*tasks)
    return Round(len(appends), time.perf_counter() - start, latencies)


async def fresh_database(server: str, name: str) -> str:
    """The DSN of an empty database on the server; one left by an earlier run is dropped."""
    await drop_database(server, name)
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        if await connection.fetchval("SHOW fsync") != "on":
            raise RuntimeError("fsync is off: this would measure nothing")
    finally:
        await connection.close()
    head, _, query = server.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}" + (f"?{query}" if query else "")


async def drop_database(server: str, name: str) -> None:
    """Whoever is connected to it."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()
