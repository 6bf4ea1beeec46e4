"""``wenze bench append``: one event of about 300 bytes, three tags, a uniqueness condition, fsync on.

Ours is the ``EventLog.append`` of every command: encoding, limits, queue, sequencer, one round trip, the check of the
leaf. A writer appends, waits for the answer, and appends again. The peers get the same bytes, tags and condition.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

import asyncpg
import uvloop

from adapters.embedded.cluster import Cluster
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrate import migrate
from api.bench.copy_peer import CopyPeer
from api.bench.library_peer import LibraryPeer
from api.bench.report import Case, Report, Round, measure
from api.bench.umadb_peer import UmaPeer
from domain.ledger.entry import Actor, Context, template
from domain.ledger.event import Catalogue, Event
from domain.ledger.events import LogOpened
from domain.ledger.ports import Append
from domain.ledger.query import Condition, Query, QueryItem

OWN: Final = "wenze"
COMMAND: Final = "bench"
DATABASES: Final = ("wenze_bench_own", "wenze_bench_library", "wenze_bench_copy")
ACTOR: Final = Actor(person="0190b0a0-0000-7000-8000-000000000001")


class Noted(Event, frozen=True, kw_only=True):
    """Something of the usual size was noted."""

    type_name: ClassVar[str] = "Noted"
    number: str

    def tags(self) -> tuple[str, ...]:
        return (f"report:{self.number}", f"school:{self.number[-2:]}", f"day:{self.number[-3:-2]}")


CATALOGUE: Final = Catalogue((LogOpened, Noted))


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


def same_bytes(append: Append) -> tuple[str, bytes, list[str], str]:
    """Type, entry, tags and the unique tag of an append, for the peers."""
    event = append.events[0]
    prepared = template(event, event_id=append.ids[0], command=append.command, context=append.context)
    return (
        event.type_name,
        prepared.at(append.context.received_at),
        list(prepared.tags),
        f"report:{event.as_dict()['number']}",
    )


def run(*, dsn: str | None, quick: bool, progress: Callable[[str], None]) -> Report:
    """The whole benchmark on a cluster of its own, or in databases of its own on the server of ``dsn``.

    ``quick`` stays under a minute. Raises ModuleNotFoundError when a peer is not installed (requirements/bench.txt).
    """
    with (
        tempfile.TemporaryDirectory(prefix="wenze-bench-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        Path(folder).chmod(0o755)  # the server's account must be able to enter it
        cluster = None if dsn else Cluster.start(Path(folder) / "postgres")
        uma = UmaPeer(Path(folder))
        try:
            server = dsn or (cluster.dsn("postgres") if cluster else "")
            return _measure(runner, server, uma, quick=quick, progress=progress)
        finally:
            uma.stop()
            if cluster is not None:
                cluster.stop()


def _measure(
    runner: asyncio.Runner, server: str, uma: UmaPeer, *, quick: bool, progress: Callable[[str], None]
) -> Report:
    own, library, copy = (runner.run(_fresh_database(server, name)) for name in DATABASES)
    runner.run(migrate(own, origin="bench.wenze"))
    runner.run(migrate(copy, origin="bench.wenze"))
    log = runner.run(PostgresEventLog.open(own, catalogue=CATALOGUE, secret=b"bench" * 8))
    peer = LibraryPeer(library)
    copying = CopyPeer(copy, runner, actor=ACTOR.person)
    inputs = Inputs()

    def ours(writers: int) -> Callable[[int], Callable[[], Round]]:
        def prepare(n: int) -> Callable[[], Round]:
            appends = inputs.make(n)
            return lambda: runner.run(_write(log, appends, writers))

        return prepare

    def theirs(
        prepare_peer: Callable[[Sequence[tuple[str, bytes, list[str], str]], int], Callable[[], Round]], writers: int
    ) -> Callable[[int], Callable[[], Round]]:
        return lambda n: prepare_peer([same_bytes(append) for append in inputs.make(n)], writers)

    cases = [
        Case("own_1", "append, 1 writer", OWN, ours(1)),
        Case("library_1", "append, 1 writer", "eventsourcing 9.5.6 PostgresDCBRecorderTT", theirs(peer.prepare, 1)),
        Case("own_100", "append, 100 writers", OWN, ours(100)),
        Case(
            "library_100", "append, 100 writers", "eventsourcing 9.5.6 PostgresDCBRecorderTT", theirs(peer.prepare, 100)
        ),
        Case("umadb_100", "append, 100 writers", "umadb server, Python client", theirs(uma.prepare, 100)),
        Case("own_1000", "append, 1000 writers", OWN, ours(1000)),
        Case("copy", "one COPY transaction", "COPY into the same tables", theirs(copying.prepare, 1)),
    ]
    try:
        return measure(
            cases,
            {
                "vs_library_at_100": ("own_100", "library_100"),
                "vs_umadb_at_100": ("own_100", "umadb_100"),
                "vs_library_at_1": ("own_1", "library_1"),
                "vs_copy_at_1000": ("own_1000", "copy"),
            },
            seconds=0.5 if quick else 2.5,
            progress=progress,
        )
    finally:
        peer.close()
        runner.run(log.close())
        for name in DATABASES:
            runner.run(_drop_database(server, name))


async def _write(log: PostgresEventLog, appends: Sequence[Append], writers: int) -> Round:
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


async def _fresh_database(server: str, name: str) -> str:
    """The DSN of an empty database on the server; one left by an earlier run is dropped."""
    await _drop_database(server, name)
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


async def _drop_database(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()
