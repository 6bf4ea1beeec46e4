"""``wenze bench append``: one event of about 300 bytes, three tags, a uniqueness condition, fsync on.

Ours is the ``EventLog.append`` of every command: encoding, limits, queue, sequencer, one round trip, the check of the
leaf. A writer appends, waits for the answer, and appends again. The peers get the same bytes, tags and condition.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import uvloop

from adapters.embedded.cluster import Cluster
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrate import migrate
from api.bench.copy_peer import CopyPeer
from api.bench.library_peer import LibraryPeer
from api.bench.report import Case, Report, Round, measure
from api.bench.umadb_peer import UmaPeer
from api.bench.workload import ACTOR, CATALOGUE, Inputs, drop_database, fresh_database, write
from domain.ledger.entry import template
from domain.ledger.ports import Append

OWN: Final = "wenze"
DATABASES: Final = ("wenze_bench_own", "wenze_bench_library", "wenze_bench_copy")


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
    own, library, copy = (runner.run(fresh_database(server, name)) for name in DATABASES)
    runner.run(migrate(own, origin="bench.wenze"))
    runner.run(migrate(copy, origin="bench.wenze"))
    log = runner.run(PostgresEventLog.open(own, catalogue=CATALOGUE, secret=b"bench" * 8))
    peer = LibraryPeer(library)
    copying = CopyPeer(copy, runner, actor=ACTOR.person)
    inputs = Inputs()

    def ours(writers: int) -> Callable[[int], Callable[[], Round]]:
        def prepare(n: int) -> Callable[[], Round]:
            appends = inputs.make(n)
            return lambda: runner.run(write(log, appends, writers))

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
            runner.run(drop_database(server, name))
