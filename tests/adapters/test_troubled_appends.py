"""What appends do when the database is away, refuses, is set up badly, or when too much waits; and the edge's clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from adapters.postgres import clock as clocks
from adapters.postgres import follow as following
from adapters.postgres import migrate as migration
from adapters.postgres import sequencer as sequencing
from adapters.postgres.clock import DatabaseClock
from adapters.postgres.migrate import RolesMissing, migrate
from domain.ledger.errors import AppendsStopped, Invalid, OutcomeUnknown, QueueFull
from domain.ledger.query import QueryItem
from tests.adapters.happenings import appending, happened, query
from tests.adapters.test_event_log_postgres import database, log, opened
from tests.conftest import Server

__all__ = ["database", "log"]  # fixtures

pytestmark = pytest.mark.log

OURS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'wenze %'"


def name_of(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")


async def refused() -> asyncpg.Connection:
    raise ConnectionRefusedError


@asynccontextmanager
async def no_connections(cluster: Server, dsn: str) -> AsyncIterator[None]:
    """Whoever is connected is thrown out, and nobody comes in: as during a restore, or a change of passwords."""
    admin = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        await admin.execute(f"ALTER DATABASE {name_of(dsn)} ALLOW_CONNECTIONS false")
        await admin.execute(OURS, name_of(dsn))
        yield
    finally:
        await admin.execute(f"ALTER DATABASE {name_of(dsn)} ALLOW_CONNECTIONS true")
        await admin.close()


async def test_a_database_that_takes_no_connections_is_waited_for(dsn: str, cluster: Server, log: Any) -> None:
    await log.append(appending(happened("connect")))
    async with no_connections(cluster, dsn):
        waiting = asyncio.create_task(log.append(appending(happened("x"))))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        assert log.stopped is None
        assert log.trouble is not None
    assert (await asyncio.wait_for(waiting, 10)).first == 3
    assert log.trouble is None


async def test_what_may_be_stored_is_never_answered_as_refused(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try was stored, its answer lost; on the second the right to append is gone."""
    call = sequencing.call_append
    tries: list[int] = []

    async def cut_then_forbidden(connection: Any, batch: Any, macs: Any, **times: Any) -> Any:
        tries.append(len(batch))
        if len(tries) == 1:
            await call(connection, batch, macs, **times)
            raise ConnectionResetError
        raise asyncpg.InsufficientPrivilegeError

    monkeypatch.setattr(sequencing, "call_append", cut_then_forbidden)
    with pytest.raises(OutcomeUnknown):
        await log.append(appending(happened("stored, and nobody heard")))
    assert (await log.read()).head == 2
    with pytest.raises(AppendsStopped):
        await log.append(appending(happened("never sent")))


async def test_at_most_5000_appends_wait(dsn: str) -> None:
    log = await opened(dsn)
    log._sequencer._connect = refused
    first = asyncio.create_task(log.append(appending(happened("in flight"))))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(log.append(appending(happened("x")))) for _ in range(5_000)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await log.append(appending(happened("one too many")))
    await log.close(grace_seconds=0.1)
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert {type(result) for result in results} == {OutcomeUnknown}


async def test_at_most_64_mebibytes_wait(dsn: str) -> None:
    log = await opened(dsn)
    log._sequencer._connect = refused
    large = [happened("x" * 60_000) for _ in range(60)]  # 7 MiB in memory and on the wire
    waiting = [asyncio.create_task(log.append(appending(*large)))]
    await asyncio.sleep(0.05)
    waiting += [asyncio.create_task(log.append(appending(*large))) for _ in range(12)]
    await asyncio.sleep(0)
    assert [task.done() for task in waiting] == [False] * 10 + [True] * 3
    with pytest.raises(QueueFull):
        await waiting.pop()
    await log.close(grace_seconds=0.1)
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_whatever_was_configured_no_time_out_hits_an_append_and_its_commit_is_durable(
    dsn: str, cluster: Server
) -> None:
    admin = await asyncpg.connect(cluster.dsn("postgres"))
    for setting in (
        "statement_timeout = '1s'", "idle_in_transaction_session_timeout = '1s'", "idle_session_timeout = '1s'",
        "lock_timeout = '1ms'", "synchronous_commit = off",
    ):  # fmt: skip
        await admin.execute(f"ALTER DATABASE {name_of(dsn)} SET {setting}")
    await admin.close()
    log = await opened(dsn)
    await log.append(appending(happened("connect")))
    connection = log._sequencer._connection
    assert connection is not None
    shown = {name: await connection.fetchval(f"SHOW {name}") for name in (
        "statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "lock_timeout",
        "synchronous_commit",
    )}  # fmt: skip
    await log.close()
    assert shown == {
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "idle_session_timeout": "0",
        "lock_timeout": "5s",
        "synchronous_commit": "on",
    }


async def test_a_lost_notice_is_made_good_by_the_look_each_second(
    dsn: str, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "CHANNEL", "nobody_notifies_here")
    assert following.POLL_SECONDS == 1
    other = await opened(dsn)
    waiting = asyncio.create_task(other.grown_beyond(1))
    await asyncio.sleep(0.2)
    await log.append(appending(happened("x")))
    await asyncio.wait_for(waiting, 3)
    assert other.head == 2
    await other.close()


async def test_an_item_without_types_and_tags_is_refused(log: Any) -> None:
    """It would match everything, the whole log as a boundary; what means that says so by having no items."""
    with pytest.raises(Invalid):
        await log.read(query(QueryItem()))


async def test_a_head_is_not_there_before_log_opened_is_position_1(
    bare_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: Any, **__: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(migration, "call_append", killed)
    with pytest.raises(ConnectionResetError):
        await migrate(bare_dsn, origin="wenze.test/log")
    connection = await asyncpg.connect(bare_dsn)
    assert await connection.fetchval("SELECT count(*) FROM ledger.head") == 0
    monkeypatch.undo()
    await migrate(bare_dsn, origin="wenze.test/log")
    assert await connection.fetchval("SELECT type FROM ledger.event WHERE position = 1") == "LogOpened"
    await connection.close()


async def test_without_the_right_to_make_roles_the_sql_for_the_dba_is_named(
    bare_dsn: str, cluster: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The roles of the ledger are there for the whole server; one that is missing stands for them.
    monkeypatch.setattr(migration, "ROLES", ("wenze_writer", "wenze_missing"))
    admin = await asyncpg.connect(bare_dsn)
    login = f"owner_of_{name_of(bare_dsn)}"
    await admin.execute(f"CREATE ROLE {login} LOGIN")
    try:
        with pytest.raises(RolesMissing) as missing:
            await migrate(_as(bare_dsn, login), origin="wenze.test/log")
        assert missing.value.sql == "CREATE ROLE wenze_missing NOLOGIN;"
        monkeypatch.undo()
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await migrate(_as(bare_dsn, login), origin="wenze.test/log")
        assert await admin.fetchval("SELECT to_regnamespace('ledger') IS NULL")
        await admin.execute(f"GRANT ALL ON DATABASE {name_of(bare_dsn)} TO {login}")
        await migrate(_as(bare_dsn, login), origin="wenze.test/log")
    finally:
        await admin.execute(f"DROP OWNED BY {login} CASCADE; DROP ROLE {login}")
        await admin.close()


def _as(dsn: str, login: str) -> str:
    """The address for another login, whichever way it names one."""
    head, _, query_string = dsn.partition("?")
    kept = [each for each in query_string.split("&") if each and not each.startswith("user=")]
    parts = urlsplit(head)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}?{'&'.join([*kept, f'user={login}'])}"


class Away:
    """A pool whose database shows another time than this machine."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Away"]:
        yield self

    async def fetchval(self, statement: str) -> datetime:
        assert statement == clocks.NOW
        return datetime.now(UTC) + self.ahead


@pytest.mark.parametrize("ahead", [timedelta(hours=-7), timedelta(days=3)])
async def test_the_clock_at_the_edge_tells_the_databases_time(ahead: timedelta) -> None:
    pool: Any = Away(ahead)
    clock = await DatabaseClock.open(pool)
    assert abs(clock.now() - datetime.now(UTC) - ahead) < timedelta(seconds=1)
    pool.ahead += timedelta(minutes=1)
    assert abs(clock.now() - datetime.now(UTC) - ahead) < timedelta(seconds=1)
    await clock.measure()
    assert abs(clock.now() - datetime.now(UTC) - pool.ahead) < timedelta(seconds=1)
    await clock.close()


@pytest.mark.parametrize("error", [
    asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError, asyncpg.PostgresIOError, asyncpg.InternalClientError,
])  # fmt: skip
async def test_what_passes_is_sent_again_with_its_key(
    log: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    call, errors = sequencing.call_append, [error("once")]

    async def failing_once(*arguments: Any, **times: Any) -> Any:
        if errors:
            raise errors.pop()
        return await call(*arguments, **times)

    monkeypatch.setattr(sequencing, "call_append", failing_once)
    receipt = await log.append(appending(happened("x")))
    assert (receipt.first, receipt.duplicate, log.stopped, errors) == (2, False, None, [])


@pytest.mark.parametrize("error", [asyncpg.DataError, asyncpg.ProgramLimitExceededError])
async def test_a_value_that_the_database_refuses_fails_alone(
    log: Any, monkeypatch: pytest.MonkeyPatch, error: type[asyncpg.PostgresError]
) -> None:
    call = sequencing.call_append

    async def refusing(connection: Any, batch: Any, macs: Any, **times: Any) -> Any:
        if any(b"guilty" in each.entry for append in batch for each in append.templates):
            raise error("a value")
        return await call(connection, batch, macs, **times)

    monkeypatch.setattr(sequencing, "call_append", refusing)
    names = ["a", "b", "guilty", "c", "d"]
    answers = await asyncio.gather(*(log.append(appending(happened(name))) for name in names), return_exceptions=True)
    assert [type(each).__name__ for each in answers] == ["Receipt", "Receipt", "AppendRejected", "Receipt", "Receipt"]
    assert (await log.read()).head == 5
