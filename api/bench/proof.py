"""``wenze bench proof``: hashing the whole log again, proofs from tiles, and what publishing costs those who append.

* The whole log hashed again, tree and all, over both cores: ``wenze fsck``'s own function, beside PostgreSQL's
  ``sha256()`` over the same rows with whatever parallel plan it chooses.
* An inclusion proof from tile files, each by a reader that has nothing in memory.
* Verifying a proof, beside ``pymerkle`` with the same tree and leaves.
* Appends by 100 writers while a publisher in the same process publishes them, beside the same without.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import asyncpg
import uvloop

from adapters.embedded.cluster import Cluster
from adapters.fsck.rehash import Tree, ranges, rehash_range
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrate import migrate
from adapters.postgres.pool import open_pool
from adapters.publisher.following import Following
from adapters.publisher.publisher import Publisher
from adapters.publisher.rows import PostgresRows
from adapters.publisher.tile_files import TileFiles
from adapters.signing_key import SigningKey
from api.bench.report import Case, Report, Round, measure
from api.bench.workload import ACTOR, CATALOGUE, COMMAND, Inputs, drop_database, fresh_database, write
from domain.evidence.merkle import verify_inclusion
from domain.evidence.note import ED25519
from domain.evidence.tiles import TiledTree
from domain.ledger.entry import Context
from domain.ledger.events import LogKeyAdopted
from domain.ledger.ports import Append

ENTRIES: Final = 1_000_000
QUICK_ENTRIES: Final = 50_000
CORES: Final = 2
PROOFS: Final = 20_000
PROVED: Final = 100_000
"""Entries of the tree in which proofs are verified: pymerkle keeps it in memory."""
WRITERS: Final = 100
Run = Callable[[], Round]
ORIGIN: Final = "bench.wenze"
KEY: Final = SigningKey(ORIGIN, ED25519, sha256(b"wenze bench").digest())
DATABASES: Final = ("wenze_bench_proof", "wenze_bench_publishing", "wenze_bench_silent")

# Entries of about 620 bytes, made in place: as many as asked for, after those that are there.
FILL: Final = """
INSERT INTO ledger.event (position, id, type, class, recorded_at, entry, leaf)
SELECT made.position, made.id, 'Noted', 'open', made.recorded_at, made.entry, sha256('\\x00'::bytea || made.entry)
FROM (
    SELECT n AS position, md5(n::text)::uuid AS id, clock_timestamp() AS recorded_at,
           convert_to('{"payload":"' || n || repeat(md5(n::text), 18) || '","recorded_at":"'
               || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"}', 'UTF8')
               AS entry
    FROM generate_series($1::bigint + 1, $2::bigint) AS n
) AS made
"""

# The head follows; one row. Only the owner of the tables may, and nobody but a benchmark should.
MOVE_HEAD: Final = "UPDATE ledger.head SET position = $1, recorded_at = clock_timestamp()"

# The first entries, in order; primary key of event.
ENTRIES_UP_TO: Final = "SELECT entry FROM ledger.event WHERE position <= $1 ORDER BY position"

# PostgreSQL's own rate; a scan of the whole table.
OWN_SHA256: Final = "SELECT sum(get_byte(sha256(entry), 0)) FROM ledger.event"


def run(*, dsn: str | None, quick: bool, progress: Callable[[str], None]) -> Report:
    """The whole benchmark on a cluster of its own, or in databases of its own on the server of ``dsn``.

    ``quick`` takes a twentieth of the entries. Raises ModuleNotFoundError without pymerkle (requirements/bench.txt).
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenze-bench-")))
        folder.chmod(0o755)  # the server's account must be able to enter it
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        server = dsn
        if server is None:
            cluster = Cluster.start(folder / "postgres")
            stack.callback(cluster.stop)
            server = cluster.dsn("postgres")
        for name in DATABASES:
            stack.callback(_dropped, runner, server, name)
        proof, publishing, silent = (runner.run(fresh_database(server, name)) for name in DATABASES)
        entries = QUICK_ENTRIES if quick else ENTRIES
        progress(f"{entries:,} entries, and their tiles")
        size = runner.run(_filled(proof, folder / "proof", entries))
        workers = stack.enter_context(ProcessPoolExecutor(CORES, mp_context=get_context("spawn")))
        rehashing = Rehashing(proof, size, workers, runner)
        files = TileFiles(folder / "proof" / "public")
        progress("the same tree in pymerkle")
        proofs = Proofs(files, size, runner.run(_entries(proof, PROVED)))
        log, beside = (runner.run(_log(each)) for each in (publishing, silent))
        stack.callback(lambda: runner.run(beside.close()))
        stack.callback(lambda: runner.run(log.close()))
        runner.run(log.append(adopting(KEY.verifier.vkey())))
        pool = runner.run(open_pool(publishing, size=2))
        stack.callback(pool.terminate)
        following = _following(pool, folder / "publishing", log)
        inputs = Inputs()

        def appending(work: Callable[[list[Append]], Coroutine[None, None, Round]]) -> Callable[[int], Run]:
            def prepare(n: int) -> Run:
                appends = inputs.make(n)
                return lambda: runner.run(work(appends))

            return prepare

        return measure(
            [
                Case("own_rehash", "the whole log hashed again", "wenze fsck, 2 processes", rehashing.ours, 1),
                Case("postgres_sha256", "the whole log hashed again", "PostgreSQL sha256()", rehashing.theirs, 1),
                Case("own_inclusion", "an inclusion proof", "from tile files", proofs.from_tiles, PROOFS),
                Case("own_verify", "verifying a proof", "wenze", proofs.ours, PROOFS),
                Case("pymerkle_verify", "verifying a proof", "pymerkle", proofs.theirs, PROOFS),
                Case(
                    "own_publishing",
                    "append, 100 writers",
                    "while published",
                    appending(lambda each: _published(following, log, each)),
                ),
                Case(
                    "own_silent",
                    "append, 100 writers",
                    "not published",
                    appending(lambda each: write(beside, each, WRITERS)),
                ),
            ],
            {
                "rehash_vs_postgres": ("own_rehash", "postgres_sha256"),
                "verify_vs_pymerkle": ("own_verify", "pymerkle_verify"),
                "append_while_publishing": ("own_publishing", "own_silent"),
            },
            seconds=0.5 if quick else 2.5,
            progress=progress,
        )


def adopting(vkey: str) -> Append:
    """The append that lets a key sign the log."""
    return Append(
        events=(LogKeyAdopted(vkey=vkey),),
        ids=(str(uuid4()),),
        command=COMMAND,
        context=Context(actor=ACTOR, received_at=datetime.now(UTC), key=str(uuid4()), request=b"{}"),
    )


def _dropped(runner: asyncio.Runner, server: str, name: str) -> None:
    runner.run(drop_database(server, name))


async def _filled(dsn: str, folder: Path, entries: int) -> int:
    """A log of that many entries more, published; its size."""
    await migrate(dsn, origin=ORIGIN)
    log = await _log(dsn)
    adopted = await log.append(adopting(KEY.verifier.vkey()))
    size = adopted.last + entries
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(FILL, adopted.last, size)
        await connection.execute(MOVE_HEAD, size)
        await connection.execute("VACUUM ANALYZE ledger.event")
    finally:
        await connection.close()
    pool = await open_pool(dsn, size=2)
    try:
        await _following(pool, folder, log).publisher.publish()
    finally:
        await pool.close()
        await log.close()
    return size


def _following(pool: asyncpg.Pool, folder: Path, log: PostgresEventLog) -> Following:
    publisher = Publisher(PostgresRows(pool), folder, origin=ORIGIN, keys=lambda: [KEY])
    return Following(publisher, grown_beyond=log.grown_beyond, before=_nothing)


async def _nothing() -> None:
    """Its key is adopted already."""


async def _entries(dsn: str, limit: int) -> list[bytes]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row["entry"] for row in await connection.fetch(ENTRIES_UP_TO, limit)]
    finally:
        await connection.close()


async def _log(dsn: str) -> PostgresEventLog:
    await migrate(dsn, origin=ORIGIN)
    return await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=b"bench" * 8)


async def _published(following: Following, log: PostgresEventLog, appends: Sequence[Append]) -> Round:
    """Append while the publisher follows; afterwards, outside the clock, it comes to the end."""
    publishing = asyncio.create_task(following.run())
    try:
        measured = await write(log, appends, WRITERS)
        while following.publisher.size < log.head:  # noqa: ASYNC110 the publisher's files are what others wait for
            await asyncio.sleep(0.02)
        return measured
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)


class Rehashing:
    """All entries hashed again, each time from the database."""

    def __init__(self, dsn: str, size: int, workers: ProcessPoolExecutor, runner: asyncio.Runner) -> None:
        self._dsn = dsn
        self._size = size
        self._workers = workers
        self._runner = runner

    def ours(self, _n: int) -> Run:
        """By the function of ``wenze fsck``."""
        return self._rehash

    def theirs(self, _n: int) -> Run:
        """By PostgreSQL."""
        return lambda: self._runner.run(self._sha256())

    def _rehash(self) -> Round:
        start = time.perf_counter()
        firsts, lasts = zip(*ranges(self._size), strict=True)
        hashed = self._workers.map(partial(rehash_range, self._dsn), firsts, lasts)
        Tree(hashed).root(self._size)
        return Round(self._size, time.perf_counter() - start, ())

    async def _sha256(self) -> Round:
        connection = await asyncpg.connect(self._dsn)
        try:
            start = time.perf_counter()
            await connection.fetchval(OWN_SHA256)
            return Round(self._size, time.perf_counter() - start, ())
        finally:
            await connection.close()


class Proofs:
    """Proofs of random entries: made from tiles, and verified by us and by pymerkle over the same tree."""

    def __init__(self, files: TileFiles, size: int, entries: Sequence[bytes]) -> None:
        from pymerkle import InmemoryTree

        self._files = files
        self._size = size
        self._random = Random(2020)  # noqa: S311 - repeatable by intent
        self._tree = TiledTree(len(entries), files.tile)
        self._root = self._tree.root()
        self._peer = InmemoryTree(algorithm="sha256")
        for entry in entries:
            self._peer.append_entry(entry)
        if self._peer.get_root() != self._root:
            raise RuntimeError("pymerkle has another root over the same entries")

    def from_tiles(self, n: int) -> Run:
        """Each proof by a reader of its own, with nothing in memory."""
        indexes = [self._random.randrange(self._size) for _ in range(n)]
        return lambda: _timed(lambda index: TiledTree(self._size, self._files.tile).inclusion_proof(index), indexes)

    def ours(self, n: int) -> Run:
        """Verifying."""
        size, root = self._tree.size, self._root
        proofs = [
            (index, self._peer.get_leaf(index + 1), self._tree.inclusion_proof(index)) for index in self._indexes(n)
        ]

        def verify(proof: tuple[int, bytes, tuple[bytes, ...]]) -> None:
            index, leaf, path = proof
            verify_inclusion(leaf_hash=leaf, index=index, size=size, proof=path, root=root)

        return lambda: _timed(verify, proofs)

    def theirs(self, n: int) -> Run:
        """Verifying."""
        from pymerkle import verify_inclusion as verify_theirs

        root = self._root
        proofs = [(self._peer.get_leaf(index + 1), self._peer.prove_inclusion(index + 1)) for index in self._indexes(n)]
        return lambda: _timed(lambda proof: verify_theirs(proof[0], root, proof[1]), proofs)

    def _indexes(self, n: int) -> list[int]:
        return [self._random.randrange(self._tree.size) for _ in range(n)]


def _timed(work: Callable[[Any], object], inputs: Sequence[Any]) -> Round:
    latencies: list[float] = []
    begin = last = time.perf_counter()
    for each in inputs:
        work(each)
        now = time.perf_counter()
        latencies.append(now - last)
        last = now
    return Round(len(inputs), last - begin, latencies)
