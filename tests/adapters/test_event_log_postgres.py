"""The event log in PostgreSQL is what the contract says, and what only a database can get wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from adapters.postgres import sequencer as sequencing
from adapters.postgres import waiting as queueing
from adapters.postgres.clock import SimulatedClock
from adapters.postgres.event_log import NotMigrated, PostgresEventLog
from adapters.postgres.migrate import AnotherLog, migrate
from domain.evidence.digest import leaf_hash
from domain.ledger.errors import AppendRejected, AppendsStopped, ConditionFailed, OutcomeUnknown, QueueFull
from tests.adapters.event_log_contract import EventLogContract
from tests.adapters.happenings import BEGINNING, HAPPENINGS, SECRET, appending, happened, item, nothing_about, query

pytestmark = pytest.mark.log


async def opened(dsn: str, clock: SimulatedClock | None = None) -> PostgresEventLog:
    return await PostgresEventLog.open(dsn, catalogue=HAPPENINGS, secret=SECRET, clock=clock, readers=2)


@pytest.fixture
async def log(dsn: str) -> AsyncIterator[PostgresEventLog]:
    log = await opened(dsn)
    yield log
    await log.close()


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    connection.terminate()


class TestPostgresEventLog(EventLogContract):
    @pytest.fixture
    async def log(self, dsn: str) -> AsyncIterator[PostgresEventLog]:
        self.dsn = dsn
        log = await opened(dsn)
        yield log
        await log.close()

    async def stored(self, log: PostgresEventLog) -> list[bytes]:
        entries, _ = await log.read_bytes()
        return [entry for _, entry in entries]

    async def keyed(self, log: PostgresEventLog, key_id: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        await connection.execute("UPDATE vault.kek SET id = repeat('a', 16)")
        await connection.execute(
            "INSERT INTO vault.key (key_id, subject, purpose, term, wrapped, kek) "
            "VALUES ($1, $1, 'note', 2026, '\\x00', repeat('a', 16))",
            key_id,
        )
        await connection.close()

    async def sealed(self, log: PostgresEventLog) -> set[str]:
        connection = await asyncpg.connect(self.dsn)
        rows = await connection.fetch("SELECT commitment FROM vault.part")
        await connection.close()
        return {row["commitment"] for row in rows}


async def test_what_is_stored_holds_together(log: PostgresEventLog, database: asyncpg.Connection) -> None:
    await asyncio.gather(
        *(log.append(appending(happened(str(n), f"a:{n % 7}", "b:1"), happened("and"))) for n in range(200))
    )
    rows = await database.fetch("SELECT * FROM ledger.event ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, 402))
    assert [row["recorded_at"] for row in rows] == sorted(row["recorded_at"] for row in rows)
    assert all(row["leaf"] == leaf_hash(row["entry"]) for row in rows)
    reading = await log.read()
    for row, recorded in zip(rows, reading.events, strict=True):
        assert (row["type"], row["class"]) == (recorded.event.type_name, recorded.event.event_class)
        assert (str(row["id"]), row["recorded_at"]) == (recorded.id, recorded.recorded_at)
    tags = await database.fetch("SELECT position, tag FROM ledger.event_tag ORDER BY position, tag")
    assert [tuple(row) for row in tags] == [(each.position, tag) for each in reading.events for tag in each.tags]
    head = await database.fetchrow("SELECT position, recorded_at FROM ledger.head")
    assert tuple(head) == (401, rows[-1]["recorded_at"])


async def test_racers_of_two_processes_have_one_winner(dsn: str, log: PostgresEventLog) -> None:
    other = await opened(dsn)
    for number in range(20):
        tag = f"round:{number}"
        racers = [
            (log, other)[racer % 2].append(appending(happened("x", tag), condition=nothing_about(tag)))
            for racer in range(8)
        ]
        results = await asyncio.gather(*racers, return_exceptions=True)
        assert sum(isinstance(result, ConditionFailed) for result in results) == 7
    assert (await other.read()).head == 21
    await other.close()


async def test_an_overlap_inside_a_batch_defers_and_never_refuses(log: PostgresEventLog) -> None:
    """The second is conditional on a type that the first stores, but only before ``after``: both are right."""
    head = (await log.read()).head
    first = log.append(appending(happened("1", "a:1")))
    second = log.append(appending(happened("2", "a:2"), condition=nothing_about("a:1", after=head + 1)))
    third = log.append(appending(happened("3", "a:3"), condition=nothing_about("a:1", after=head)))
    results = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Receipt", "Receipt", "ConditionFailed"]


async def test_a_hundred_losers_of_a_race_need_few_round_trips(
    log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    call = sequencing.call_append

    async def counted(connection: Any, batch: Any, macs: Any, **times: Any) -> Any:
        calls.append(len(batch))
        return await call(connection, batch, macs, **times)

    monkeypatch.setattr(sequencing, "call_append", counted)
    racers = [log.append(appending(happened("x", "a:1"), condition=nothing_about("a:1"))) for _ in range(100)]
    results = await asyncio.gather(*racers, return_exceptions=True)
    assert sum(isinstance(result, ConditionFailed) for result in results) == 99
    assert len(calls) <= 3


async def test_the_same_key_twice_in_one_batch_is_stored_once(log: PostgresEventLog) -> None:
    key = str(uuid4())
    receipts = await asyncio.gather(*(log.append(appending(happened("x"), key=key)) for _ in range(5)))
    assert len({receipt.first for receipt in receipts}) == 1
    assert sorted(receipt.duplicate for receipt in receipts) == [False, True, True, True, True]


async def test_every_stored_follows_a_commit_that_wrote_wal(
    log: PostgresEventLog, database: asyncpg.Connection
) -> None:
    append = appending(happened("x"))
    await log.append(append)
    before = await database.fetchval("SELECT xmin::text FROM ledger.head")
    await log.append(append)
    assert await database.fetchval("SELECT xmin::text FROM ledger.head") != before


async def test_only_the_guilty_append_of_a_batch_fails(log: PostgresEventLog) -> None:
    taken = str(uuid4())
    await log.append(appending(happened("first"), ids=(taken,)))
    appends = [appending(happened(str(n)), **({"ids": (taken,)} if n == 17 else {})) for n in range(40)]
    results = await asyncio.gather(*map(log.append, appends), return_exceptions=True)
    assert [n for n, result in enumerate(results) if isinstance(result, BaseException)] == [17]
    assert isinstance(results[17], AppendRejected)
    assert (await log.read()).head == 2 + 39


async def test_a_cancelled_caller_changes_nothing_for_the_others(log: PostgresEventLog) -> None:
    tasks = [asyncio.create_task(log.append(appending(happened(str(n))))) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results[::3])
    assert not any(isinstance(result, BaseException) for n, result in enumerate(results) if n % 3)
    await log.append(appending(happened("after")))


async def test_a_broken_connection_is_survived_and_nothing_is_stored_twice(
    log: PostgresEventLog, database: asyncpg.Connection
) -> None:
    async def write(number: int) -> int:
        receipt = await log.append(
            appending(happened(str(number), f"n:{number}"), condition=nothing_about(f"n:{number}"))
        )
        assert not receipt.duplicate
        return receipt.first

    async def cut() -> None:
        for _ in range(5):
            await asyncio.sleep(0.02)
            await database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'wenze append' AND datname = current_database()"
            )

    cutting = asyncio.create_task(cut())
    positions: list[int] = []
    for start in range(0, 600, 100):
        positions += await asyncio.gather(*(write(number) for number in range(start, start + 100)))
        await asyncio.sleep(0.01)
    await cutting
    assert sorted(positions) == list(range(2, 602))


async def test_what_is_known_is_answered_even_by_a_sequencer_that_is_cut_off(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is stored, and its answer is due while the second is already on its way to a dead end."""
    log = await opened(dsn)
    call, stuck = sequencing.call_append, asyncio.Event()

    async def stuck_at_the_second(connection: Any, batch: Any, macs: Any, **times: Any) -> Any:
        if stuck.is_set():
            await asyncio.Event().wait()
        stuck.set()
        return await call(connection, batch, macs, **times)

    monkeypatch.setattr(sequencing, "call_append", stuck_at_the_second)
    monkeypatch.setattr(log._sequencer, "_answer", lambda: None)
    first = asyncio.create_task(log.append(appending(happened("1"))))
    await stuck.wait()
    second = asyncio.create_task(log.append(appending(happened("2"))))
    await asyncio.sleep(0.3)
    monkeypatch.undo()
    await log.close(grace_seconds=0.05)
    assert (await first).first == 2
    with pytest.raises(OutcomeUnknown):
        await second


async def test_close_finishes_what_waits(dsn: str) -> None:
    log = await opened(dsn)
    writing = [asyncio.create_task(log.append(appending(happened(str(n))))) for n in range(300)]
    await asyncio.sleep(0)
    await log.close()
    assert len({receipt.first for receipt in await asyncio.gather(*writing)}) == 300
    with pytest.raises(AppendsStopped):
        await log.append(appending(happened("late")))


async def test_a_dead_database_fills_the_queue_and_leaves_outcomes_unknown(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "MAX_WAITING", 50)
    log = await opened(dsn)

    async def dead() -> asyncpg.Connection:
        raise ConnectionRefusedError

    log._sequencer._connect = dead
    waiting = [asyncio.create_task(log.append(appending(happened(str(n))))) for n in range(1)]
    await asyncio.sleep(0.05)
    waiting += [asyncio.create_task(log.append(appending(happened(str(n))))) for n in range(50)]
    await asyncio.sleep(0.05)
    with pytest.raises(QueueFull) as full:
        await log.append(appending(happened("one too many")))
    assert full.value.retry_after_s >= 1
    assert log.trouble is not None
    assert not any(task.done() for task in waiting)
    await log.close(grace_seconds=0.1)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, OutcomeUnknown) for result in results)


async def test_a_lock_held_for_long_is_waited_for(
    dsn: str, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append(appending(happened("connect")))
    connection = log._sequencer._connection
    assert connection is not None
    assert await connection.fetchval("SHOW lock_timeout") == "5s"
    await connection.execute("SET lock_timeout = '50ms'")
    holder = await asyncpg.connect(dsn)
    async with holder.transaction():
        await holder.execute("SELECT FROM ledger.head FOR UPDATE")
        append = asyncio.create_task(log.append(appending(happened("x"))))
        await asyncio.sleep(0.3)
        assert not append.done()
    assert (await append).first == 3
    await holder.close()


async def test_other_bytes_than_were_appended_stop_appends(log: PostgresEventLog, database: asyncpg.Connection) -> None:
    await database.execute(
        """
        CREATE FUNCTION ledger.forge() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.entry := convert_to(replace(convert_from(NEW.entry, 'UTF8'), 'true', 'lies'), 'UTF8');
        NEW.leaf := sha256('\\x00'::bytea || NEW.entry); RETURN NEW; END $$
        """
    )
    await database.execute(
        "CREATE TRIGGER forge BEFORE INSERT ON ledger.event FOR EACH ROW EXECUTE FUNCTION ledger.forge()"
    )
    assert (await log.append(appending(happened("harmless")))).first == 2
    with pytest.raises(AppendsStopped):
        await log.append(appending(happened("true")))
    with pytest.raises(AppendsStopped):
        await log.append(appending(happened("harmless")))
    assert log.stopped is not None


async def test_a_clock_that_ran_back_stops_appends(log: PostgresEventLog, database: asyncpg.Connection) -> None:
    receipt = await log.append(appending(happened("x")))
    log._sequencer._clock_seen = receipt.recorded_at + timedelta(seconds=1.9)
    await log.append(appending(happened("a little back is endured")))
    log._sequencer._clock_seen = receipt.recorded_at + timedelta(minutes=1)
    with pytest.raises(AppendsStopped, match="clock_ran_back"):
        await log.append(appending(happened("lost")))
    assert await database.fetchval("SELECT position FROM ledger.head") == 3


async def test_a_head_far_ahead_of_the_clock_stops_appends_from_the_start(
    dsn: str, database: asyncpg.Connection
) -> None:
    await database.execute("UPDATE ledger.head SET recorded_at = clock_timestamp() + interval '301 seconds'")
    log = await opened(dsn)
    with pytest.raises(AppendsStopped, match="clock"):
        await log.append(appending(happened("x")))
    assert (await log.read()).head == 1
    await log.close()


async def test_recorded_time_never_decreases_though_the_clock_does(
    log: PostgresEventLog, database: asyncpg.Connection
) -> None:
    ahead = await database.fetchval(
        "UPDATE ledger.head SET recorded_at = clock_timestamp() + interval '100 seconds' RETURNING recorded_at"
    )
    assert (await log.append(appending(happened("x")))).recorded_at == ahead


async def test_a_simulated_log_takes_its_time_from_the_clock_it_is_given(bare_dsn: str) -> None:
    await migrate(bare_dsn, origin="wenze.test/simulated", clock="simulated", opened_at=BEGINNING)
    clock = SimulatedClock(BEGINNING + timedelta(hours=1))
    log = await opened(bare_dsn, clock)
    assert log.simulated
    assert (await log.append(appending(happened("x")))).recorded_at == clock.now()
    clock.advance(timedelta(minutes=1))
    assert (await log.append(appending(happened("x")))).recorded_at == BEGINNING + timedelta(minutes=61)
    clock.set(BEGINNING)
    assert (await log.append(appending(happened("back")))).recorded_at == BEGINNING + timedelta(minutes=61)
    await log.close()
    again = await opened(bare_dsn)
    going_on = (await again.append(appending(happened("x")))).recorded_at - BEGINNING - timedelta(minutes=61)
    assert timedelta() < going_on < timedelta(seconds=30)
    await again.close()


async def test_migrate_repeats_harmlessly_and_refuses_another_log(dsn: str, database: asyncpg.Connection) -> None:
    origin = await database.fetchval("SELECT origin FROM ledger.head")
    await asyncio.gather(migrate(dsn, origin=origin), migrate(dsn, origin=origin))
    with pytest.raises(AnotherLog):
        await migrate(dsn, origin="other.test/log")
    with pytest.raises(AnotherLog):
        await migrate(dsn, origin=origin, clock="simulated")
    assert await database.fetchval("SELECT count(*) FROM ledger.event") == 1


async def test_a_database_without_a_ledger_says_so(bare_dsn: str) -> None:
    with pytest.raises(NotMigrated):
        await opened(bare_dsn)


async def test_a_duplicate_of_another_process_gives_the_first_times_and_leaves(dsn: str, log: PostgresEventLog) -> None:
    other = await opened(dsn)
    append = appending(happened("1"), happened("2"))
    first = await log.append(append)
    second = await other.append(replace(append, ids=(str(uuid4()), str(uuid4()))))
    assert second == msgspec.structs.replace(first, duplicate=True)
    await other.close()


async def test_reads_go_on_over_a_restarted_backend(log: PostgresEventLog, database: asyncpg.Connection) -> None:
    await log.append(appending(happened("x", "a:1")))
    await database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name IN ('wenze read', 'wenze follow') AND datname = current_database()"
    )
    assert len((await log.read(query(item("a:1")))).events) == 1
