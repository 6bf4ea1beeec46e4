"""The ``eventsourcing`` wheel's own judges, run on our log.

Its own PostgreSQL recorder fails some of what these ask for when writers are concurrent (ADR 0002).
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import asyncpg
import pytest
from eventsourcing.dcb.tests import DCBRecorderTestCase
from eventsourcing.tests import projection as projection_judges

from adapters.postgres.migrate import OPEN_HEAD, upgrade
from tests.adapters.happenings import BEGINNING
from tests.adapters.library_facade import CountersInMemory, FacadeFactory, FacadeRecorder

pytestmark = pytest.mark.log


class RecorderJudge(DCBRecorderTestCase):
    """The judge without its runner: pytest gives it a recorder."""


async def prepare_bare_log(dsn: str) -> None:
    await upgrade(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.execute(OPEN_HEAD, "bare.test/log", 1, False, BEGINNING)
    await connection.close()


@pytest.fixture
def bare_recorder(bare_dsn: str) -> Iterator[FacadeRecorder]:
    """A log without its first event, for judges whose positions begin at 1."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, prepare_bare_log(bare_dsn)).result()
    recorder = FacadeRecorder(bare_dsn)
    yield recorder
    recorder.close()


def test_the_librarys_judge_of_appends_and_reads_passes(bare_recorder: FacadeRecorder) -> None:
    RecorderJudge()._test_append_read(bare_recorder)


def test_the_librarys_judge_of_subscriptions_passes(bare_recorder: FacadeRecorder) -> None:
    RecorderJudge()._test_append_subscribe(bare_recorder)


@pytest.mark.parametrize("name", ["test_event_counters_projection", "test_run_forever_raises_projection_error"])
def test_the_librarys_judge_of_projections_passes(bare_recorder: FacadeRecorder, bare_dsn: str, name: str) -> None:
    class ProjectionJudge(projection_judges.TaggedDecisionCountersProjectionTestCase):
        view_class = CountersInMemory
        env: ClassVar[dict[str, str]] = {
            "PERSISTENCE_MODULE": "tests.adapters.library_facade:FacadeFactory",
            "MAPPER_TOPIC": "eventsourcing.dcb.msgpack:MessagePackMapper",
            "FACADE_DSN": bare_dsn,
        }

    try:
        getattr(ProjectionJudge(name), name)()
    finally:
        while FacadeFactory.recorders:
            FacadeFactory.recorders.pop().close()
