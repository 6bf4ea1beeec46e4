"""Rebuilding: every view is filled from the log beside the live one, compared with it row by row, and switched or not.

The live generation serves reads until the switch, which is one transaction: each statement sees one generation whole.
Live projecting waits only while the last events are caught up and the rows compared.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

import asyncpg
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


class OddRow(NamedTuple):
    """A row that the live generation and the rebuilt one do not both have in the same form: its key, and its columns.

    None where there is none.
    """

    key: str
    live: Mapping[str, object] | None
    rebuilt: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison found: per view the rows that differ, at most a hundred; an empty list proves equality.

    ``not_compared`` says of the other views why.
    """

    odd: Mapping[str, Sequence[OddRow]]
    not_compared: Mapping[str, str]


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
    async with _built(projector, chosen, progress) as (building, reached):
        compared = await building.switch(reached)
    differences = {name: list(dict.fromkeys(row.key for row in rows)) for name, rows in compared.odd.items()}
    not_compared = list(compared.not_compared)
    seconds = time.perf_counter() - began
    wrong = {name: len(keys) for name, keys in differences.items() if keys}
    _log.info("rebuilt", events=reached, views=len(chosen), differences=wrong, duration_ms=round(seconds * 1000))
    return Rebuilt(events=reached, seconds=seconds, differences=differences, not_compared=not_compared)


async def compare(projector: Projector, *, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Compared:
    """Rebuild every view beside the live one, compare the two, and drop what was rebuilt: nothing is switched.

    Raises RebuildFailed.
    """
    async with _built(projector, projector.views, progress) as (building, reached):
        return await building.compare_only(reached)


@asynccontextmanager
async def _built(
    projector: Projector, views: Sequence[View], progress: Callable[[int, int], None]
) -> "AsyncIterator[tuple[_Building, int]]":
    """Generations that are filled, and how far; what is not live afterwards is cleared. Raises RebuildFailed."""
    await projector.prepare()
    async with projector.pool.acquire() as connection:
        await connection.execute(ONE_AT_A_TIME)
        try:
            building = _Building(connection, projector, views)
            await building.begin()
            yield building, await building.fill(progress)
            await building.clear()
        except Unreadable as error:
            raise RebuildFailed("every view", error.position, error.error) from error
        finally:
            await connection.execute(NEXT_ONE)


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

    async def switch(self, reached: int) -> Compared:
        """Bring both generations to one position, compare them, and make the new one live."""
        async with self._connection.transaction():
            live = await self._held()
            compared, upto = await self._compared(live, reached)
            for view in self._views:
                row = live[view.name]
                if row is not None:
                    await self._connection.execute(RETIRE, view.name, row["generation"])
                await self._connection.execute(SWITCH, view.name, self._generations[view.name], upto)
        return compared

    async def compare_only(self, reached: int) -> Compared:
        """The same comparison, of which nothing stays: the live generation is where it was."""
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            compared, _ = await self._compared(await self._held(), reached)
        finally:
            await transaction.rollback()
        return compared

    async def _held(self) -> dict[str, asyncpg.Record | None]:
        """The live generations, kept still for the rest of the transaction."""
        await self._connection.execute(SETTINGS)
        return {view.name: await self._connection.fetchrow(HOLD, view.name) for view in self._views}

    async def _compared(self, live: Mapping[str, asyncpg.Record | None], reached: int) -> tuple[Compared, int]:
        """Both generations of each view at one position, compared; and that position."""
        odd: dict[str, list[OddRow]] = {}
        not_compared: dict[str, str] = {}
        # Asked under the locks: no live view can be further now, unless its position was written by somebody else.
        head = await head_of(self._projector.log)
        upto = max([reached, *(row["position"] for row in live.values() if row and row["position"] <= head)])
        for view in self._views:
            row, generation = live[view.name], self._generations[view.name]
            await self._catch_up(view, generation, reached, upto)
            if row is None or row["version"] != view.version:
                not_compared[view.name] = "is of another version"
            elif row["stopped_before"] is not None:
                not_compared[view.name] = f"is stopped before position {row['stopped_before']}"
            elif row["position"] > head:
                not_compared[view.name] = f"claims position {row['position']}, beyond the head {head}"
            else:
                await self._catch_up(view, row["generation"], row["position"], upto)
                rows = await self._connection.fetch(view.differences, row["generation"], generation)
                odd[view.name] = [OddRow(key, *(each and json.loads(each) for each in both)) for key, *both in rows]
        return Compared(odd=odd, not_compared=not_compared), upto

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
