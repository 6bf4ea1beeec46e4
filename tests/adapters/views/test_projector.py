"""Projecting into PostgreSQL: live equals rebuilt, poison stops one view, several projectors, a switch under load."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.projector import VIEWS, Projector
from adapters.postgres.rebuild import rebuild
from adapters.postgres.views import school_day_fold
from adapters.postgres.views.article_figures import fetch_figures
from adapters.postgres.views.duty_board import fetch_board
from domain.ledger.errors import FormatError, NotFound, PositionBeyondHead, ViewBehind, ViewStopped
from domain.registry.events import OrganisationKind
from tests.histories import FIRST_DAY, CityBuilder, History, ListedLog, Site, duty, submitted


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(dsn, size=6)
    try:
        yield pool
    finally:
        await pool.close()


async def project_in_pieces(projector: Projector, history: History, random: Random) -> None:
    """As live projecting does: whatever has gathered, a few events or many."""
    done = 0
    while done < len(history.events):
        size = random.choice([1, 2, 3, 7, 20, 90])
        assert await projector.project(history.events[done : done + size])
        done += size


@pytest.mark.parametrize("seed", range(12))
async def test_live_in_small_pieces_equals_rebuilt_in_one(dsn: str, seed: int) -> None:
    history = CityBuilder(seed, schools=5, districts=2, days=3).build()
    async with opened(dsn) as pool:
        projector = Projector(ListedLog(history.events), pool)
        await projector.prepare()
        await project_in_pieces(projector, history, Random(seed))
        rebuilt = await rebuild(projector)
        assert rebuilt.differences == {view.name: [] for view in VIEWS}
        assert rebuilt.not_compared == []
        assert rebuilt.events == len(history.events)
        assert {each.position for each in await projector.states()} == {len(history.events)}
        assert await pool.fetchval("SELECT count(*) FROM views.view") == len(VIEWS)
        assert await pool.fetchval("SELECT count(DISTINCT generation) FROM views.school_day") == 1


async def test_a_row_changed_by_hand_is_found_and_healed_by_a_rebuild(dsn: str) -> None:
    history = CityBuilder(3).build()
    async with opened(dsn) as pool:
        projector = Projector(ListedLog(history.events), pool)
        await projector.catch_up()
        report = await pool.fetchval(
            "UPDATE views.school_day SET status = 'on_time' WHERE status <> 'on_time' RETURNING report"
        )
        gone = await pool.fetchval(
            "DELETE FROM views.organisation WHERE organisation = 'school-001' RETURNING organisation"
        )
        first = await rebuild(projector)
        assert report in first.differences["school_day"]
        assert gone in first.differences["organisations"]
        assert not first.equal
        assert (await rebuild(projector)).equal


async def test_a_poison_event_stops_its_view_before_it_and_only_that_view(dsn: str) -> None:
    history = CityBuilder(4).build()
    unknown = submitted("f1.2020-01-27.nobody", "district-1")
    poison = history.happen(unknown, history.events[-1].recorded_at)
    history.happen(duty(Site("late", "district-1", OrganisationKind.PRIMARY), FIRST_DAY), poison.recorded_at)
    async with opened(dsn) as pool:
        projector = Projector(ListedLog(history.events), pool)
        await projector.catch_up()
        states = {each.name: each for each in await projector.states()}
        assert states["school_day"].position == poison.position - 1
        assert states["school_day"].stopped_before == poison.position
        assert states["school_day"].error == "UnknownDuty"
        assert states["school_day"].degraded
        assert states["article_figures"].position == len(history.events)
        async with pool.acquire() as connection:
            with pytest.raises(ViewStopped) as caught:
                await fetch_board(connection, FIRST_DAY, FIRST_DAY)
            assert caught.value.details == {"view": "school_day", "position": poison.position}
            assert (await fetch_figures(connection))[2].status == "rebuilt"
        with pytest.raises(ViewStopped):
            await projector.at_least("school_day", 1)
        await projector.catch_up()
        assert {each.name: each for each in await projector.states()} == states


class UnreadableLog(ListedLog):
    """Nobody can decode the entry at one position."""

    def __init__(self, history: History, position: int) -> None:
        super().__init__(history.events)
        self.position = position

    async def read(self, *arguments: object, after: int = 0, limit: int | None = None, **others: object):
        reading = await super().read(after=after, limit=limit)
        if any(each.position == self.position for each in reading.events):
            raise FormatError("payload", "nonsense")
        return reading


async def test_an_entry_that_nobody_can_read_stops_every_view_before_it(dsn: str) -> None:
    history = CityBuilder(5).build()
    async with opened(dsn) as pool:
        projector = Projector(UnreadableLog(history, 40), pool)
        await projector.catch_up()
        assert {(each.position, each.stopped_before) for each in await projector.states()} == {(39, 40)}


async def test_two_projectors_at_once_project_every_event_once(dsn: str) -> None:
    history = CityBuilder(6, schools=20, days=4).build()
    async with opened(dsn) as pool, opened(dsn) as other:
        both = [Projector(ListedLog(history.events), each) for each in (pool, other)]
        await both[0].prepare()
        await asyncio.gather(*(in_turn(projector, history) for projector in both))
        assert (await rebuild(both[0])).equal


async def in_turn(projector: Projector, history: History) -> None:
    while (reached := min(each.position for each in await projector.states())) < len(history.events):
        await projector.project(history.events[reached : reached + 7])


async def test_reads_go_on_while_a_rebuild_switches_under_load(dsn: str) -> None:
    history = CityBuilder(7, schools=20, days=4).build()
    half = len(history.events) // 2
    async with opened(dsn) as pool:
        log = ListedLog(history.events[:half])
        projector = Projector(log, pool)
        await projector.catch_up()
        finished = asyncio.Event()

        async def write() -> None:
            for event in history.events[half:]:
                log.events.append(event)
                await asyncio.sleep(0)
                if event.position % 10 == 0:
                    await projector.catch_up()
            await projector.catch_up()

        async def read() -> int:
            cells, least = 0, 0
            while not finished.is_set():
                async with pool.acquire() as connection:
                    cells = len(await fetch_board(connection, FIRST_DAY, history_end(history)))
                assert cells >= least  # a reader never sees an empty or a half-filled generation
                least = cells
            return cells

        reading, writing = asyncio.create_task(read()), asyncio.create_task(write())
        for _ in range(3):
            assert (await rebuild(projector)).equal
        await writing
        finished.set()
        await reading
        assert (await rebuild(projector)).equal
        async with pool.acquire() as connection:
            assert len(await fetch_board(connection, FIRST_DAY, history_end(history))) == sum(
                each.event.type_name == "DutyOpened" for each in history.events
            )


def history_end(history: History):
    return history.events[-1].recorded_at.date()


async def test_a_new_version_of_a_view_is_not_projected_into_the_old_rows(dsn: str) -> None:
    history = CityBuilder(8).build()
    newest = school_day_fold.VIEW.version + 1
    newer = tuple(replace(view, version=newest) if view is school_day_fold.VIEW else view for view in VIEWS)
    async with opened(dsn) as pool:
        await Projector(ListedLog(history.events), pool).catch_up()
        projector = Projector(ListedLog(history.events), pool, newer)
        rebuilt = await rebuild(projector)
        assert rebuilt.not_compared == ["school_day"]
        assert {each.name: each.version for each in await projector.states()}["school_day"] == newest
        assert (await rebuild(projector)).equal


async def test_a_read_may_demand_a_position(dsn: str) -> None:
    history = CityBuilder(9).build()
    async with opened(dsn) as pool:
        projector = Projector(ListedLog(history.events), pool)
        head = await projector.catch_up()
        assert await projector.at_least("school_day", head) == head
        with pytest.raises(PositionBeyondHead):
            await projector.at_least("school_day", head + 1)
        with pytest.raises(NotFound):
            await projector.at_least("nonsense", 1)
        projector.log = ListedLog([*history.events, history.events[-1]])
        with pytest.raises(ViewBehind):
            await projector.at_least("school_day", head + 1, wait_s=0.05)


async def test_a_running_projector_wakes_for_who_waits(dsn: str) -> None:
    history = CityBuilder(10).build()
    async with opened(dsn) as pool:
        projector = Projector(ListedLog(history.events), pool)
        running = asyncio.create_task(projector.run())
        try:
            assert await projector.at_least("rollup_tree", len(history.events)) == len(history.events)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
