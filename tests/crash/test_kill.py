"""kill -9 of the process and of the database under load: nothing acknowledged is lost, nothing is half-written, and
every retry with its key is safe."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from adapters.embedded import Cluster
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrate import migrate
from domain.ledger.errors import KeyReused, QueueFull
from domain.ledger.ports import Append, Receipt
from tests.conftest import private_folder
from tests.crash.load import CATALOGUE, SECRET, VAULT_KEY, append_of, assert_whole

pytestmark = pytest.mark.crash
ROOT = Path(__file__).parents[2]
WRITERS = 20


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    with private_folder() as folder, Cluster.start(folder / "postgres") as started:
        yield started


async def database(cluster: Cluster) -> str:
    connection = await asyncpg.connect(cluster.dsn("postgres"))
    await connection.execute("CREATE DATABASE crash")
    await connection.close()
    dsn = cluster.dsn("crash")
    await migrate(dsn, origin="wenze.test/crash")
    connection = await asyncpg.connect(dsn)
    await connection.execute(VAULT_KEY)
    await connection.close()
    return dsn


async def open_log(dsn: str) -> PostgresEventLog:
    return await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=SECRET)


def promised_by(
    process: subprocess.Popen[str], *, at_least: int, before: Sequence[str] = ()
) -> dict[int, tuple[int, int, str]]:
    """What the process acknowledged until it was killed after ``at_least`` answers, the last line only if whole.

    ``before`` are lines that were read from it already.
    """
    assert process.stdout is not None
    lines: list[str] = []
    with process:
        for line in process.stdout:
            lines.append(line)
            if len(lines) == at_least:
                process.kill()
    assert len(lines) >= at_least, "the writer ended by itself"
    lines = [*before, *lines]
    promises = {}
    for line in lines:
        if line.endswith("\n"):
            number, first, last, leaf = line.split()
            promises[int(number)] = (int(first), int(last), leaf)
    return promises


async def test_a_killed_process_has_lost_nothing_it_acknowledged(own_cluster: Cluster) -> None:
    dsn = await database(own_cluster)
    promises: dict[int, tuple[int, int, str]] = {}
    for at_least in (1, 60, 200):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.writer", dsn, str(WRITERS)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        promises |= await asyncio.to_thread(promised_by, process, at_least=at_least)
    log = await open_log(dsn)
    try:
        known = max(promises) + WRITERS + 1
        receipts = await asyncio.gather(*(log.append(append_of(number)) for number in range(known)))
        for number, (first, last, leaf) in promises.items():
            receipt = receipts[number]
            assert (receipt.first, receipt.last, receipt.leaves[0].hex()) == (first, last, leaf)
        assert await assert_whole(dsn) == 1 + 2 * known
    finally:
        await log.close()


async def test_a_stopped_process_holds_up_nobody_and_goes_on_where_it_was(own_cluster: Cluster) -> None:
    dsn = await database(own_cluster)
    log = await open_log(dsn)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.writer", dsn, str(WRITERS)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        lines = [await asyncio.to_thread(process.stdout.readline) for _ in range(3 * WRITERS)]
        for turn in range(5):
            process.send_signal(signal.SIGSTOP)
            # Whatever it had under the lock is one statement, which the server ends without it.
            async with asyncio.timeout(30):
                mine = [await log.append(append_of(1_000_000 + 10 * turn + n)) for n in range(10)]
            assert [receipt.duplicate for receipt in mine] == [False] * 10
            process.send_signal(signal.SIGCONT)
            lines += [await asyncio.to_thread(process.stdout.readline) for _ in range(3 * WRITERS)]
        promises = await asyncio.to_thread(promised_by, process, at_least=WRITERS, before=lines)
        again = {number: await log.append(append_of(number)) for number in sorted(promises)[::7]}
        for number, receipt in again.items():
            assert (receipt.first, receipt.last, receipt.leaves[0].hex()) == promises[number]
        assert await assert_whole(dsn) >= 1 + 2 * (len(promises) + 50)
    finally:
        process.kill()
        process.wait()
        await log.close()


async def test_a_killed_database_loses_nothing_and_the_log_goes_on_by_itself(own_cluster: Cluster) -> None:
    dsn = await database(own_cluster)
    log = await open_log(dsn)
    receipts: dict[int, Receipt] = {}
    numbers = count()
    enough = asyncio.Event()

    async def write() -> None:
        for number in numbers:
            if enough.is_set():
                return
            receipts[number] = await log.append(append_of(number))

    writers = [asyncio.create_task(write()) for _ in range(WRITERS)]
    try:
        for _ in range(3):
            await asyncio.sleep(0.5)
            kill_server(own_cluster)
            with await asyncio.to_thread(Cluster.start, own_cluster.folder):
                before = len(receipts)
                async with asyncio.timeout(30):
                    while len(receipts) < before + 2 * WRITERS:  # noqa: ASYNC110 - a look at a plain dict
                        await asyncio.sleep(0.05)
        enough.set()
        await asyncio.gather(*writers)
        again = {number: await log.append(append_of(number)) for number in sorted(receipts)[::7]}
        for number, receipt in again.items():
            assert (receipt.first, receipt.recorded_at, receipt.leaves) == (
                receipts[number].first,
                receipts[number].recorded_at,
                receipts[number].leaves,
            )
        assert await assert_whole(dsn) == 1 + 2 * len(receipts)
    finally:
        enough.set()
        await log.close()


async def test_behind_a_dead_database_5000_wait_the_next_is_refused_and_all_are_stored_once(
    own_cluster: Cluster,
) -> None:
    dsn = await database(own_cluster)
    log = await open_log(dsn)
    try:
        await log.append(append_of(0))
        kill_server(own_cluster)
        waiting: list[asyncio.Task[Receipt]] = []
        async with asyncio.timeout(30):
            while log.trouble is None:  # what the server's last child still stores does not count
                if all(task.done() for task in waiting):
                    waiting.append(asyncio.create_task(log.append(append_of(len(waiting) + 1))))
                await asyncio.sleep(0.05)
        sent = len(waiting) + 1
        waiting += [asyncio.create_task(log.append(append_of(number))) for number in range(sent, sent + 5_000)]
        await asyncio.sleep(0.1)
        with pytest.raises(QueueFull):
            await log.append(append_of(sent + 5_000))
        assert not any(task.done() for task in waiting[-5_000:])
        with await asyncio.to_thread(Cluster.start, own_cluster.folder):
            async with asyncio.timeout(60):
                receipts = await asyncio.gather(*waiting)
            assert sorted(receipt.first for receipt in receipts) == list(range(4, 4 + 2 * len(waiting), 2))
            assert await assert_whole(dsn) == 1 + 2 * (sent + 5_000)
            await log.close()
    finally:
        await log.close()


async def test_another_request_cannot_take_over_a_key_after_a_crash(own_cluster: Cluster) -> None:
    dsn = await database(own_cluster)
    log = await open_log(dsn)
    await log.append(append_of(0))
    kill_server(own_cluster)
    with await asyncio.to_thread(Cluster.start, own_cluster.folder):
        with pytest.raises(KeyReused):
            await log.append(with_key_of(append_of(1), append_of(0)))
        await log.close()
        assert await assert_whole(dsn) == 3


def with_key_of(append: Append, other: Append) -> Append:
    return replace(append, context=replace(append.context, key=other.context.key))


def kill_server(cluster: Cluster) -> None:
    """kill -9 of the postmaster; its children notice by themselves."""
    process = cluster.process
    assert process is not None
    os.kill(process, signal.SIGKILL)
