"""Rebuilding: every view is filled from the log beside the live one, compared with it row by row, and switched.

The live generation serves reads until the switch, which is one transaction: each statement sees one generation whole.
Live projecting waits only while the last events are caught up and the rows compared.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import structlog

from adapters.postgres.projector import Projector, Unreadable, fold, read_batch
from adapters.postgres.view import Connection, View
from domain.ledger.entry import Recorded
from domain.ledger.errors import WenzeError
from domain.ledger.replay import head_of

BUILD_BATCH: Final = 10_000

# One rebuild at a time; no index, a lock of the session.
ONE_AT_A_TIME = "SELECT pg_advisory_lock(7245081118)"
# The lock's end.
NEXT_ONE = "SELECT pg_advisory_unlock(7245081118)"

# What an earlier rebuild left; primary key.
LEFT_OVER = "SELECT generation FROM views.view WHERE name = $1 AND state <> 'live'"

# A generation that is no more; primary key.
FORGET = "DELETE FROM views.view WHERE name = $1 AND generation = $2"

# The next generation of a view, empty; primary key.
BEGIN = """
INSERT INTO views.view (name, generation, version, state, position)
SELECT $1, coalesce(max(generation), 0) + 1, $2, 'building', 0 FROM views.view WHERE name = $1
RETURNING generation
"""

# The live generation, kept still until the transaction ends; index view_live.
HOLD = (
    "SELECT generation, version, position, stopped_before FROM views.view WHERE name = $1 AND state = 'live' FOR UPDATE"
)

# The switch, in two steps because two live generations are never allowed; primary key.
RETIRE = "UPDATE views.view SET state = 'retired', changed_at = clock_timestamp() WHERE name = $1 AND generation = $2"
# The second step; primary key.
SWITCH = """
UPDATE views.view SET state = 'live', position = $3, changed_at = clock_timestamp() WHERE name = $1 AND generation = $2
"""

# How a transaction that fills views goes about it; no table.
SETTINGS = """
SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true),
       set_config('jit', 'off', true), set_config('work_mem', '64MB', true)
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did. ``differences`` names the keys whose rows differed, per view; empty lists prove equality.

    A live view that was stopped, or of another version, cannot be compared: it is in ``not_compared``.
    """

    events: int
    seconds: float
    differences: Mapping[str, Sequence[str]]
    not_compared: Sequence[str]

    @property
    def equal(self) -> bool:
        """Whether every view that could be compared was the same, row by row."""
        return not any(self.differences.values())


class RebuildFailed(WenzeError):
    """A view met an event that it cannot project; the live generation stays."""

    code: ClassVar[str] = "rebuild_failed"

    def __init__(self, view: str, position: int, error: str) -> None:
        super().__init__(f"{view} cannot project position {position}: {error}", view=view, position=position)


async def rebuild(
    projector: Projector,
    *,
    views: Sequence[View] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Rebuilt:
    """Rebuild views (all of the projector's, unless named) and switch to what was rebuilt, whatever it differs in.

    ``progress`` is told (events done, events in all). Raises RebuildFailed.
    """
    began = time.perf_counter()
    chosen = tuple(projector.views if views is None else views)
    await projector.prepare()
    async with projector.pool.acquire() as connection:
        await connection.execute(ONE_AT_A_TIME)
        try:
            built = _Building(connection, projector, chosen)
            await built.begin()
            reached = await built.fill(progress)
            differences, not_compared = await built.switch(reached)
            await built.clear()
        except Unreadable as error:
            raise RebuildFailed("every view", error.position, error.error) from error
        finally:
            await connection.execute(NEXT_ONE)
    seconds = time.perf_counter() - began
    wrong = {name: len(keys) for name, keys in differences.items() if keys}
    _log.info("rebuilt", events=reached, views=len(chosen), differences=wrong, duration_ms=round(seconds * 1000))
    return Rebuilt(events=reached, seconds=seconds, differences=differences, not_compared=not_compared)


async def rebuild_outdated(projector: Projector) -> None:
    """Rebuild and switch the views whose live generation is of an earlier version than this code's.

    Nobody projects into those any more. Raises RebuildFailed.
    """
    live = {state.name: state.version for state in await projector.states()}
    outdated = [view for view in projector.views if live.get(view.name, view.version) < view.version]
    if outdated:
        await rebuild(projector, views=outdated)


class _Building:
    """The generations that one rebuild fills."""

    def __init__(self, connection: Connection, projector: Projector, views: Sequence[View]) -> None:
        self._connection = connection
        self._projector = projector
        self._views = views
        self._generations: dict[str, int] = {}

    async def begin(self) -> None:
        await self.clear()
        for view in self._views:
            self._generations[view.name] = await self._connection.fetchval(BEGIN, view.name, view.version)

    async def clear(self) -> None:
        """Drop what is not live: what a rebuild replaced, or one that died left behind."""
        for view in self._views:
            for row in await self._connection.fetch(LEFT_OVER, view.name):
                async with self._connection.transaction():
                    await self._connection.execute(view.clear, row["generation"])
                    await self._connection.execute(FORGET, view.name, row["generation"])

    async def fill(self, progress: Callable[[int, int], None]) -> int:
        """Everything up to the head; while one batch is folded, the next is read and decoded."""
        log = self._projector.log
        head = await head_of(log)
        reached = 0
        reading = asyncio.create_task(read_batch(log, 0, BUILD_BATCH))
        try:
            while batch := await reading:
                reached = batch[-1].position
                reading = asyncio.create_task(read_batch(log, reached, BUILD_BATCH))
                await self._fold(batch)
                progress(reached, max(head, reached))
        finally:
            reading.cancel()
        return reached

    async def switch(self, reached: int) -> tuple[dict[str, list[str]], list[str]]:
        """Bring both generations to one position, compare them, and make the new one live."""
        differences: dict[str, list[str]] = {}
        not_compared: list[str] = []
        async with self._connection.transaction():
            await self._connection.execute(SETTINGS)
            live = {view.name: await self._connection.fetchrow(HOLD, view.name) for view in self._views}
            upto = max([reached, *(row["position"] for row in live.values() if row is not None)])
            for view in self._views:
                row, generation = live[view.name], self._generations[view.name]
                await self._catch_up(view, generation, reached, upto)
                if row is None or row["stopped_before"] is not None or row["version"] != view.version:
                    not_compared.append(view.name)
                else:
                    await self._catch_up(view, row["generation"], row["position"], upto)
                    rows = await self._connection.fetch(view.differences, row["generation"], generation)
                    differences[view.name] = [each[0] for each in rows]
                if row is not None:
                    await self._connection.execute(RETIRE, view.name, row["generation"])
                await self._connection.execute(SWITCH, view.name, generation, upto)
        return differences, not_compared

    async def _catch_up(self, view: View, generation: int, after: int, upto: int) -> None:
        while after < upto:
            batch = await read_batch(self._projector.log, after, min(BUILD_BATCH, upto - after))
            after = batch[-1].position
            await self._fold_one(view, generation, batch)

    async def _fold(self, batch: Sequence[Recorded]) -> None:
        async with self._connection.transaction():
            await self._connection.execute(SETTINGS)
            for view in self._views:
                await self._fold_one(view, self._generations[view.name], batch)

    async def _fold_one(self, view: View, generation: int, batch: Sequence[Recorded]) -> None:
        poison = await fold(self._connection, view, generation, batch)
        if poison is not None:
            raise RebuildFailed(view.name, poison.position, poison.error)
