"""Projecting: events of the log become rows of views. A view's rows and its position commit together.

1. Any process may project; a view's registry row is taken FOR UPDATE SKIP LOCKED, so at any time one does.
2. One batch is decoded once and folded by every view that stands before it, each in a savepoint of its own.
3. A view that fails is tried again on halves of the batch. At the single event that it cannot project it stops: its
   position stays before that event, its reads are refused, the other views go on.
4. What fails because of the database, the connection or missing rights is no poison: the transaction is given up and
   tried again, for ever. Meanwhile ``trouble`` names it, and a view that is behind the log refuses its reads.
5. Commits are asynchronous: when the server dies, a view loses rows and position together, and projects them again.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import structlog

from adapters.postgres.passing import passes
from adapters.postgres.view import Connection, View
from adapters.postgres.views import appointments, article_facts, organisations, rollup_tree, school_day_fold
from domain.ledger.entry import Recorded
from domain.ledger.errors import FormatError, NotFound, PositionBeyondHead, ViewBehind, ViewStopped
from domain.ledger.ports import EventLog
from domain.ledger.replay import head_of

VIEWS: Final = (
    organisations.VIEW,
    appointments.VIEW,
    school_day_fold.VIEW,
    rollup_tree.VIEW,
    article_facts.VIEW,
)
READ_BATCH: Final = 2_000
WAIT_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 0.5
# A row for a view that was never projected here; primary key.
NEW_VIEW = """
INSERT INTO views.view (name, generation, version, state, position)
SELECT $1, 1, $2, 'live', 0 WHERE NOT EXISTS (SELECT FROM views.view WHERE name = $1)
ON CONFLICT DO NOTHING
"""

# The live views of this code's versions that nobody else is projecting, and how this transaction goes about it: it
# need not wait for the disk, and its statements have one good plan whatever the statistics say. A handful of rows.
TAKE = """
SELECT name, generation, position, set_config('synchronous_commit', 'off', true),
       set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)
FROM views.view AS view
WHERE state = 'live' AND stopped_before IS NULL
  AND (name, version) IN (SELECT * FROM unnest($1::text[], $2::int[]))
ORDER BY name FOR UPDATE SKIP LOCKED
"""

# How far views are; primary key.
MOVE = """
UPDATE views.view SET position = $3, changed_at = clock_timestamp()
WHERE (name, generation) IN (SELECT * FROM unnest($1::text[], $2::int[]))
"""

# A view stops before an event; primary key.
STOP = """
UPDATE views.view SET position = $3 - 1, stopped_before = $3, error = $4, changed_at = clock_timestamp()
WHERE name = $1 AND generation = $2
"""

# How far the live views are; index view_live, a handful of rows.
POSITIONS = "SELECT name, version, position, stopped_before, error FROM views.view WHERE state = 'live' ORDER BY name"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ViewState:
    """How a live view stands. ``degraded``: it stopped before an event that it cannot project."""

    name: str
    version: int
    position: int
    stopped_before: int | None
    error: str | None

    @property
    def degraded(self) -> bool:
        """Whether its reads are refused."""
        return self.stopped_before is not None


async def fetch_view_states(connection: Connection) -> list[ViewState]:
    """How every live view stands."""
    return [ViewState(*row) for row in await connection.fetch(POSITIONS)]


class Projector:
    """Projects one log into the views of one database. The pool is borrowed, and needs one connection at a time."""

    def __init__(self, log: EventLog, pool: asyncpg.Pool, views: Sequence[View] = VIEWS) -> None:
        self.log = log
        self.pool = pool
        self.views = tuple(views)
        self._by_name = {view.name: view for view in self.views}
        self._wanted = asyncio.Event()
        self.trouble: str | None = None
        """The class of the error that interrupts projecting in this process; none while it goes on."""

    async def prepare(self) -> None:
        """Register the views that were never projected here."""
        async with self.pool.acquire() as connection:
            for view in self.views:
                await connection.execute(NEW_VIEW, view.name, view.version)

    async def run(self, before: Callable[[], Awaitable[None]] | None = None) -> None:
        """Project for ever, until cancelled, whatever is raised. ``before`` is carried out first, once.

        Under load it rests three times as long as it worked: batches grow.
        """
        while True:
            try:
                if before is not None:
                    await before()
                    before = None
                await self.catch_up()  # an entry that nobody can read stops every view before it
                self.trouble = None
                await self._follow()
            except FormatError:
                await asyncio.sleep(_LONGEST_PAUSE_S)  # the next turn finds the entry
            except Exception as error:
                foreseen, name = passes(error), type(error).__name__
                if name != self.trouble and foreseen:
                    _log.warning("projecting_interrupted", error=name)
                elif name != self.trouble:
                    _log.error("projecting_interrupted", error=name, exc_info=error)
                self.trouble = name
                await asyncio.sleep(_LONGEST_PAUSE_S if foreseen else WAIT_S)

    async def catch_up(self) -> int:
        """Project up to the head of now, waiting for whoever else projects; the position reached by every view."""
        await self.prepare()
        head = await head_of(self.log)
        while (reached := await self._lowest()) is not None and reached < head:
            try:
                batch = await self._read(reached)
            except Unreadable as error:
                await self._stop_all(error)
                continue
            if not await self.project(batch):
                await asyncio.sleep(0.01)  # somebody else has all the views that are behind
        return head

    async def at_least(self, view: str, position: int, *, wait_s: float = WAIT_S) -> int:
        """Wait until a view has reached a position; where it is. While projecting is interrupted: also the head.

        Raises: NotFound, ViewStopped, PositionBeyondHead, ViewBehind (the latter, and of an interruption ViewStopped,
        after ``wait_s``).
        """
        if view not in self._by_name:
            raise NotFound(view=view)
        ends = time.monotonic() + wait_s
        asked_head = False
        while True:
            state = next((each for each in await self.states() if each.name == view), None)
            # The rows of an earlier version stand for nothing that was demanded: their rebuild is under way.
            outdated = state is None or state.version < self._by_name[view].version
            reached = 0 if state is None or outdated else state.position
            if state is not None and state.stopped_before is not None:
                raise ViewStopped(view=view, position=state.stopped_before)
            if reached >= position and (self.trouble is None or reached >= await head_of(self.log)):
                return reached
            if not asked_head and position > await head_of(self.log):
                raise PositionBeyondHead(position=position)
            asked_head = True
            if time.monotonic() >= ends:
                if self.trouble is not None:
                    raise ViewStopped(view=view, position=reached + 1)
                raise ViewBehind(view=view, position=reached, demanded=position)
            self._wanted.set()
            await asyncio.sleep(0.01)

    async def not_interrupted(self) -> None:
        """For who reads several views: while projecting is interrupted, no view may be behind. Raises ViewStopped."""
        if self.trouble is not None:
            for view in self.views:
                await self.at_least(view.name, 0)

    async def states(self) -> list[ViewState]:
        """How every live view stands."""
        async with self.pool.acquire() as connection:
            return await fetch_view_states(connection)

    async def project(self, batch: Sequence[Recorded]) -> bool:
        """Fold a batch, without gaps, into every view that stands in or right before it; whether any view moved."""
        began = time.perf_counter()
        first, last = batch[0].position, batch[-1].position
        names, versions = [each.name for each in self.views], [each.version for each in self.views]
        moved: list[tuple[str, int]] = []
        stopped: list[str] = []
        async with self.pool.acquire() as connection, connection.transaction():
            for name, generation, position, *_ in await connection.fetch(TAKE, names, versions):
                if not first - 1 <= position < last:
                    continue
                poison = await fold(connection, self._by_name[name], generation, batch[position - first + 1 :])
                if poison is None:
                    moved.append((name, generation))
                else:
                    await connection.execute(STOP, name, generation, poison.position, poison.error)
                    stopped.append(name)
            if moved:
                await connection.execute(MOVE, [name for name, _ in moved], [each for _, each in moved], last)
        if moved or stopped:
            taken_ms = round((time.perf_counter() - began) * 1000, 1)
            views = [name for name, _ in moved]
            _log.info("projected", first=first, last=last, views=views, stopped=stopped, duration_ms=taken_ms)
        return bool(moved or stopped)

    async def _follow(self) -> None:
        reached = await self._lowest()
        async for batch in self.log.follow(await head_of(self.log) if reached is None else reached):
            began = time.perf_counter()
            await self.project(batch)
            reached = await self._lowest()
            if reached is not None and reached < batch[-1].position:
                await self.catch_up()  # another process had it, or a view is behind this batch
            await self._rest(time.perf_counter() - began)

    async def _rest(self, worked_s: float) -> None:
        """Let events gather, unless somebody waits for a position."""
        self._wanted.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(3 * worked_s, _LONGEST_PAUSE_S)):
                await self._wanted.wait()

    async def _lowest(self) -> int | None:
        """The position that every view of this code has reached; None when all of them are stopped."""
        mine = {(view.name, view.version) for view in self.views}
        states = [each for each in await self.states() if (each.name, each.version) in mine and not each.degraded]
        return min((each.position for each in states), default=None)

    async def _read(self, after: int) -> Sequence[Recorded]:
        return await read_batch(self.log, after, READ_BATCH)

    async def _stop_all(self, unreadable: "Unreadable") -> None:
        names, versions = [each.name for each in self.views], [each.version for each in self.views]
        async with self.pool.acquire() as connection, connection.transaction():
            for name, generation, position, *_ in await connection.fetch(TAKE, names, versions):
                if position == unreadable.position - 1:
                    await connection.execute(STOP, name, generation, unreadable.position, unreadable.error)


class Unreadable(Exception):
    """The entry at a position is not of format 1, or of a type that this code does not know."""

    def __init__(self, position: int, error: str) -> None:
        super().__init__(f"position {position}: {error}")
        self.position = position
        self.error = error


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that a view cannot project. ``error`` is the name of the error's class: its text may be personal."""

    position: int
    error: str


async def read_batch(log: EventLog, after: int, limit: int) -> Sequence[Recorded]:
    """The next events. Raises Unreadable when the very next one cannot be decoded."""
    try:
        return (await log.read(after=after, limit=limit)).events
    except FormatError as error:
        if limit == 1:
            raise Unreadable(after + 1, type(error).__name__) from error
    return await read_batch(log, after, max(limit // 2, 1))


async def fold(connection: Connection, view: View, generation: int, batch: Sequence[Recorded]) -> Poison | None:
    """Fold a batch into one generation of a view; everything, or everything before the poison that it returns."""
    relevant = [recorded for recorded in batch if type(recorded.event) in view.types]
    return await _fold(connection, view, generation, relevant) if relevant else None


async def _fold(connection: Connection, view: View, generation: int, events: Sequence[Recorded]) -> Poison | None:
    try:
        async with connection.transaction():
            await view.project(connection, generation, events)
    except Exception as error:
        if passes(error) or isinstance(error, asyncpg.SyntaxOrAccessError):
            raise  # no event is to blame for it: not for rights or tables that are missing either
        if len(events) == 1:
            _log.error("view_stopped", view=view.name, position=events[0].position, error=type(error).__name__)
            return Poison(events[0].position, type(error).__name__)
    else:
        return None
    half = len(events) // 2
    first = await _fold(connection, view, generation, events[:half])
    return await _fold(connection, view, generation, events[half:]) if first is None else first
