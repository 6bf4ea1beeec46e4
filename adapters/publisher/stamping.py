"""Timestamps on checkpoints: on a schedule, over the bytes of the published note, from an authority outside (ADR 0018).

Only the process that publishes asks for them. Nothing waits for a timestamp, and one that cannot be had is asked for
again.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from adapters.publisher.errors import TilesUnreadable
from adapters.publisher.published import Published, PublishedLog
from adapters.publisher.state import PublisherState
from adapters.publisher.tile_files import TileFiles
from adapters.timestamp_authority import Stamp, TimestampNotMade

LOOK_S: Final = 5.0
AGAIN_S: Final = 60.0
"""How long the authority is left alone after it failed."""

_log = structlog.get_logger(__name__)


class Authority(Protocol):
    """Who makes timestamps."""

    async def stamp(self, data: bytes) -> Stamp:
        """A timestamp over some bytes, verified. Raises TimestampNotMade."""
        ...


class Stamping:
    """Stamps a checkpoint when the last stamp is older than ``every`` and the log has grown; ``now`` is real time."""

    def __init__(
        self,
        files: TileFiles,
        state: PublisherState,
        published: PublishedLog,
        authority: Authority,
        *,
        every: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._files = files
        self._state = state
        self._published = published
        self._authority = authority
        self._every = every
        self._now = now

    async def run(self, publishing: Callable[[], bool]) -> None:
        """For as long as the process lives, while it is the one that publishes."""
        while True:
            rest_s = min(self._every.total_seconds(), LOOK_S)
            if publishing() and not await self.stamp_if_due():
                rest_s = min(self._every.total_seconds(), AGAIN_S)
            await asyncio.sleep(rest_s)

    async def stamp_if_due(self) -> bool:
        """Whether there is no trouble. What goes wrong is a warning, and told in the publisher's state."""
        try:
            wanted = await asyncio.to_thread(self._due)
            if wanted is not None:
                note = wanted.note.encoded()
                stamp = await self._authority.stamp(note)
                await asyncio.to_thread(self._files.keep_timestamp, wanted.checkpoint.size, note, stamp.token)
                await asyncio.to_thread(self._state.tell_stamping, None)
                _log.info("stamped", size=wanted.checkpoint.size, made_at=stamp.made_at.isoformat())
        except (TimestampNotMade, TilesUnreadable, OSError) as error:
            _log.warning("not_stamped", error=type(error).__name__, detail=str(error))
            with suppress(OSError):
                await asyncio.to_thread(self._state.tell_stamping, str(error))
            return False
        return True

    def _due(self) -> Published | None:
        """The checkpoint to stamp: a witnessed one, unless the last stamp is beyond every such."""
        last = self._files.stamped()
        if last is not None and timedelta() <= self._now() - last.at < self._every:
            return None
        return self._published.beyond(0 if last is None else last.size)
