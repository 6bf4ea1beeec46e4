"""Knowing that the log has grown: NOTIFY wakes at once, a look each second misses nothing when a notice is lost.

Followers never trust a notice: it only wakes them. What they yield is read by position, and positions have no gap.
"""

import asyncio
import contextlib
from typing import Any, Final

import asyncpg
import structlog

from adapters.postgres.passing import DATABASE_TROUBLE
from adapters.postgres.pool import SteadyConnection

CHANNEL: Final = "ledger"
POLL_SECONDS: Final = 1.0
# A network that swallows answers must not end the looking; nothing is lost by asking again on a new connection.
ANSWER_SECONDS: Final = 10.0

# Where the log ends; one row.
POSITION: Final = "SELECT position FROM ledger.head"

_log = structlog.get_logger(__name__)


class HeadWatch:
    """The newest head that this process has heard of, on a connection of its own."""

    def __init__(self, dsn: str, head: int) -> None:
        self._dsn = dsn
        self._moved = asyncio.Event()
        self._noticed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.head = head

    def start(self) -> None:
        """Listen until ``close``; harmless when repeated. A process in which nobody follows does without."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="head watch")

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def heard(self, head: int) -> None:
        """The log reaches at least to here."""
        if head > self.head:
            self.head = head
            self._moved.set()
            self._moved = asyncio.Event()

    async def beyond(self, position: int) -> None:
        """Wait until the log has grown beyond a position."""
        while self.head <= position:
            await self._moved.wait()

    async def _watch(self) -> None:
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await asyncpg.connect(
                    self._dsn,
                    timeout=10,
                    connection_class=SteadyConnection,
                    server_settings={"application_name": "wenze follow"},
                )
                await connection.add_listener(CHANNEL, self._notified)
                while True:
                    self._noticed.clear()
                    self.heard(await connection.fetchval(POSITION, timeout=ANSWER_SECONDS))
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._noticed.wait(), POLL_SECONDS)
            except DATABASE_TROUBLE as error:
                _log.warning("head_watch_lost", error=type(error).__name__)
                await asyncio.sleep(POLL_SECONDS / 2)
            finally:
                if connection is not None:
                    connection.terminate()

    def _notified(self, _connection: Any, _process: int, _channel: str, payload: object) -> None:
        # Anybody may notify anything: a notice only wakes, and where the log ends is asked of the log.
        if str(payload) != str(self.head):
            self._noticed.set()
