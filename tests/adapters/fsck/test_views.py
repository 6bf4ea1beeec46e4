"""A view's row that the log does not give is found, and looking at it changes nothing."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.fsck.difference import Differences
from adapters.fsck.views import check_views
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from domain.catalogue import CATALOGUE
from tests.adapters.fsck.signed_log import SECRET, SignedLog

pytestmark = pytest.mark.log

TABLE = {
    "a changed field": (
        "UPDATE views.organisation SET name = '别的' WHERE organisation = 's25'",
        ("view organisations s25", 25, "name", "校25", "别的"),
    ),
    "a row less": (
        "DELETE FROM views.organisation WHERE organisation = 's25'",
        ("view organisations s25", 25, "row", None, "no row"),
    ),
    "a row more": (
        "INSERT INTO views.organisation SELECT generation, 's999', kind, code, name, parent, public, opened_on,"
        " closed_on, heir, suspended, staff, students, 77, state FROM views.organisation WHERE organisation = 's25'",
        ("view organisations s999", 77, "row", "no row", None),
    ),
    "an outage more": (
        "INSERT INTO views.school_day_window (generation, position, began_at, ended_at)"
        " SELECT generation, 30, now(), now() FROM views.view WHERE name = 'school_day' AND state = 'live'",
        ("view school_day window@30", 30, "row", "no row", None),
    ),
}


@pytest.fixture
async def projector(log: SignedLog) -> AsyncIterator[Projector]:
    opened = await PostgresEventLog.open(log.dsn, catalogue=CATALOGUE, secret=SECRET, readers=2)
    pool = await open_pool(log.dsn, size=4)
    projector = Projector(opened, pool)
    await projector.catch_up()
    yield projector
    await opened.close()
    await pool.close()


async def found_in(projector: Projector) -> tuple[Differences, list[str]]:
    differences, unchecked = Differences(), list[str]()
    await check_views(projector, differences=differences, unchecked=unchecked)
    return differences, unchecked


@pytest.mark.parametrize("name", TABLE)
async def test_a_changed_view_is_named(name: str, projector: Projector) -> None:
    statement, (where, position, field, expected, found) = TABLE[name]
    assert await found_in(projector) == (Differences(), [])
    await projector.pool.execute(statement)
    differences, unchecked = await found_in(projector)
    (difference,) = differences.named
    assert (difference.where, difference.position, difference.field) == (where, position, field)
    assert expected in (None, difference.expected)
    assert found in (None, difference.found)
    assert unchecked == []


async def test_comparing_switches_nothing_and_leaves_nothing(projector: Projector) -> None:
    before = await rows(projector.pool)
    await projector.pool.execute("UPDATE views.organisation SET name = '别的' WHERE organisation = 's25'")
    await found_in(projector)
    assert await rows(projector.pool) == before
    assert await projector.pool.fetchval("SELECT name FROM views.organisation WHERE organisation = 's25'") == "别的"


async def test_a_view_that_cannot_be_compared_is_said_to_be_unchecked(projector: Projector) -> None:
    await projector.pool.execute("UPDATE views.view SET stopped_before = 9 WHERE name = 'organisations'")
    await projector.pool.execute("UPDATE views.view SET version = 0 WHERE name = 'appointments'")
    await projector.pool.execute("UPDATE views.view SET position = 999 WHERE name = 'school_day'")
    _, unchecked = await found_in(projector)
    assert sorted(unchecked) == [
        "the view appointments: it is of another version",
        "the view organisations: it is stopped before position 9",
        "the view school_day: it claims position 999, beyond the head 300",
    ]


async def rows(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    found = await pool.fetch(
        "SELECT name, generation, state, position, xmin::text FROM views.view ORDER BY name, generation"
    )
    return found + await pool.fetch("SELECT DISTINCT generation FROM views.organisation")
