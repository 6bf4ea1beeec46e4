"""What fails because of the database is waited out by projecting; meanwhile nobody is given old rows as new ones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from adapters.postgres.projector import VIEWS, Projector
from adapters.postgres.rebuild import rebuild
from adapters.postgres.view import Connection, View
from adapters.postgres.views import school_day_fold
from domain.ledger.entry import Recorded
from domain.ledger.errors import ViewStopped
from domain.ledger.ports import Reading
from tests.adapters.views.test_projector import opened
from tests.histories import CityBuilder, History, ListedLog

PASSING = [
    asyncpg.ReadOnlySQLTransactionError,  # 25006: the primary was demoted
    asyncpg.PostgresIOError,  # 58030
    asyncpg.InternalServerError,  # XX000
    asyncpg.InvalidPasswordError,  # 28P01
    asyncpg.LockNotAvailableError,  # 55P03
    asyncpg.InternalClientError,
    ConnectionResetError,
]


@asynccontextmanager
async def projecting(projector: Projector, before: Callable[[], Awaitable[None]] | None = None) -> AsyncIterator[None]:
    task = asyncio.create_task(projector.run(before))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def failing_once(view: View, error: type[Exception]) -> View:
    failures = [error("once")]

    async def project(connection: Connection, generation: int, events: Sequence[Recorded]) -> None:
        await view.project(connection, generation, events)
        if failures:
            raise failures.pop()

    return replace(view, project=project)


@pytest.mark.parametrize("error", [*PASSING, asyncpg.InsufficientPrivilegeError])
async def test_what_passes_while_a_view_is_folded_is_no_poison(dsn: str, error: type[Exception]) -> None:
    history = CityBuilder(11).build()
    async with opened(dsn) as pool:
        views = [failing_once(view, error) if view is school_day_fold.VIEW else view for view in VIEWS]
        projector = Projector(ListedLog(history.events), pool, views)
        async with projecting(projector):
            assert await projector.at_least("school_day", len(history.events), wait_s=20) == len(history.events)
            assert not any(each.degraded for each in await projector.states())
            await eventually(lambda: projector.trouble is None)
        assert (await rebuild(projector)).equal


class FailingLog(ListedLog):
    """Each read fails as long as there is an error."""

    def __init__(self, history: History, error: Exception | None = None) -> None:
        super().__init__(history.events)
        self.error = error

    async def read(self, *arguments: Any, **others: Any) -> Reading:
        if self.error is not None:
            raise self.error
        return await super().read(*arguments, **others)


class FailingPool:
    """A pool that gives its first connections only after some errors."""

    def __init__(self, pool: asyncpg.Pool, *errors: Exception) -> None:
        self.pool = pool
        self.errors = list(errors)

    def acquire(self) -> Any:
        if self.errors:
            raise self.errors.pop()
        return self.pool.acquire()


@pytest.mark.parametrize("error", PASSING)
async def test_what_passes_outside_of_a_fold_does_not_end_the_projecting(dsn: str, error: type[Exception]) -> None:
    history = CityBuilder(11).build()
    log = FailingLog(history, error("for a while"))
    async with opened(dsn) as pool:
        failing: Any = FailingPool(pool, error("before the views are registered"))
        projector = Projector(log, failing)
        async with projecting(projector):
            await eventually(lambda: not failing.errors and projector.trouble == error.__name__)
            log.error = None
            assert await projector.at_least("school_day", len(history.events), wait_s=20) == len(history.events)


async def test_what_passes_before_the_projecting_is_carried_out_again(dsn: str) -> None:
    history = CityBuilder(11).build()
    errors = [asyncpg.PostgresIOError("once"), asyncpg.ReadOnlySQLTransactionError("once")]
    done: list[str] = []

    async def before() -> None:
        if errors:
            raise errors.pop()
        done.append("before")

    async with opened(dsn) as pool:
        projector = Projector(ListedLog(history.events), pool)
        async with projecting(projector, before):
            assert await projector.at_least("school_day", len(history.events), wait_s=20) == len(history.events)
        assert done == ["before"]


async def test_what_nobody_foresaw_refuses_the_reads_of_views_that_are_behind_until_it_is_over(dsn: str) -> None:
    history = CityBuilder(12).build()
    head = len(history.events)
    log = ListedLog(history.events[:-1])
    broken = True

    async def project(connection: Connection, generation: int, events: Sequence[Recorded]) -> None:
        if broken:
            raise asyncpg.UndefinedTableError("a table is gone")

    types = frozenset(type(each.event) for each in history.events)
    async with opened(dsn) as pool:
        await Projector(log, pool).catch_up()
        log.events.append(history.events[-1])
        views = [*VIEWS, replace(school_day_fold.VIEW, name="broken", types=types, project=project)]
        projector = Projector(log, pool, views)
        assert await projector.at_least("school_day", 0) == head - 1
        async with projecting(projector):
            await eventually(lambda: projector.trouble == "UndefinedTableError")
            with pytest.raises(ViewStopped) as stopped:
                await projector.at_least("school_day", 0, wait_s=0.05)
            assert stopped.value.details == {"view": "school_day", "position": head}
            broken = False
            assert await projector.at_least("school_day", 0, wait_s=20) == head
            assert await projector.at_least("broken", 0, wait_s=20) == head


async def eventually(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110  nothing tells
            await asyncio.sleep(0.01)
