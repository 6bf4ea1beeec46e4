"""Publishing while many write: every append is under a checkpoint soon, and all of them in the end."""

import asyncio
import time
from itertools import count
from pathlib import Path

import asyncpg

from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.publisher.following import Following
from tests.adapters.publisher.ledger import at_once, checkpoint_in, until
from tests.adapters.publisher.test_recovering import KEY, Site
from tests.crash.load import CATALOGUE, SECRET, VAULT_KEY, append_of

WRITERS, FOR_S = 20, 2.0


async def test_a_checkpoint_follows_within_a_second_while_many_write(dsn: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(VAULT_KEY)
    pool = await open_pool(dsn, size=2)
    site = Site(dsn, tmp_path, connection, pool)
    await site.adopt(KEY)
    log = await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=SECRET)
    following = Following(site.publisher(), grown_beyond=log.grown_beyond, before=at_once)
    publishing = asyncio.create_task(following.run())
    stored: list[tuple[int, float]] = []
    waited: list[float] = []
    numbers, end = count(1), time.monotonic() + FOR_S

    def published() -> int:
        checkpoint = checkpoint_in(following.publisher.files.checkpoint())
        return 0 if checkpoint is None else checkpoint.size

    async def write() -> None:
        while time.monotonic() < end:
            receipt = await log.append(append_of(next(numbers)))
            stored.append((receipt.last, time.monotonic()))

    async def watch() -> None:
        done = 0
        while time.monotonic() < end:
            await asyncio.sleep(0.01)
            size, now = published(), time.monotonic()
            while done < len(stored) and stored[done][0] <= size:
                waited.append(now - stored[done][1])
                done += 1

    try:
        await asyncio.gather(watch(), *(write() for _ in range(WRITERS)))
        await until(lambda: published() == log.head)
        assert len(waited) > 50
        # Half of them: the other half may have met a machine that was busy with something else.
        assert sorted(waited)[len(waited) // 2] < 1
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await log.close()
        await pool.close()
        await connection.close()
