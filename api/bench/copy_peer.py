"""The peer: one COPY transaction into the same tables, with nothing checked; what the disk and the indexes allow."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from api.bench.report import Round


class CopyPeer:
    """COPY of events, tags and keys into a migrated database of its own."""

    def __init__(self, dsn: str, runner: asyncio.Runner, *, actor: str) -> None:
        self._dsn = dsn
        self._actor = actor
        self._runner = runner
        self._position = 1  # LogOpened

    def prepare(self, inputs: Sequence[tuple[str, bytes, list[str], str]], _writers: int) -> Callable[[], Round]:
        """The rows of all three tables, made beforehand, leaf hashes too."""
        now = datetime.now(UTC)
        events, tags, keys = [], [], []
        for position, (type_name, entry, entry_tags, _) in enumerate(inputs, self._position + 1):
            identifier = UUID(int=position << 1)
            leaf = sha256(b"\x00" + entry).digest()
            events.append((position, identifier, type_name, "open", now, entry, leaf))
            tags += [(tag, position) for tag in entry_tags]
            keys.append((self._actor, identifier, position, position, now, now, leaf))
        self._position += len(inputs)
        return lambda: self._runner.run(self._copy(events, tags, keys))

    async def _copy(
        self,
        events: Sequence[tuple[object, ...]],
        tags: Sequence[tuple[object, ...]],
        keys: Sequence[tuple[object, ...]],
    ) -> Round:
        connection = await asyncpg.connect(self._dsn)
        try:
            start = time.perf_counter()
            async with connection.transaction():
                await connection.copy_records_to_table("event", schema_name="ledger", records=events)
                await connection.copy_records_to_table("event_tag", schema_name="ledger", records=tags)
                await connection.copy_records_to_table("append_key", schema_name="ledger", records=keys)
            return Round(len(events), time.perf_counter() - start, ())
        finally:
            await connection.close()
