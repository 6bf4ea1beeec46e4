"""Followers skip nothing and believe nobody."""

import asyncio

import asyncpg
import pytest

from adapters.postgres.append import call_append
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_append_connection
from adapters.preparation import prepare
from tests.adapters.happenings import appending, happened
from tests.adapters.test_event_log_postgres import database, log

__all__ = ["database", "log"]  # fixtures

pytestmark = pytest.mark.log


async def test_a_slow_writer_makes_no_follower_skip(dsn: str, log: PostgresEventLog) -> None:
    """A writer that has appended and not yet committed: nothing later can be seen, or stored, before it commits."""
    slow = await open_append_connection(dsn)
    transaction = slow.transaction()
    await transaction.start()
    answer = await call_append(
        slow, [prepare(appending(happened("slow")))], [b"m" * 32], clock_seen=None, simulated_now=None
    )
    assert answer.head == 2
    seen: list[str] = []

    async def follow() -> None:
        async for batch in log.follow(1):
            seen.extend(each.event.what for each in batch)
            if len(seen) == 11:
                return

    following = asyncio.create_task(follow())
    writers = [asyncio.create_task(log.append(appending(happened(str(n))))) for n in range(10)]
    await asyncio.sleep(0.3)
    assert seen == []
    assert not any(writer.done() for writer in writers)
    await transaction.commit()
    assert sorted(receipt.first for receipt in await asyncio.gather(*writers)) == list(range(3, 13))
    await asyncio.wait_for(following, 10)
    assert seen == ["slow", *(str(n) for n in range(10))]
    await slow.close()


async def test_a_forged_notice_moves_nobody(log: PostgresEventLog, database: asyncpg.Connection) -> None:
    following = asyncio.ensure_future(anext(log.follow(1)))
    await asyncio.sleep(0.2)
    for payload in ("99999999", "", "-1", "x" * 1000):
        await database.execute("SELECT pg_notify('ledger', $1)", payload)
    await asyncio.sleep(0.2)
    assert log.head == 1
    await log.append(appending(happened("true")))
    assert [each.position for each in await asyncio.wait_for(following, 10)] == [2]
