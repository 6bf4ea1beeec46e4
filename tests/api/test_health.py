"""Alive, ready, counted."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrate import migrate
from api.readiness import Interruptions
from domain.ledger.events import ServiceInterrupted
from domain.ledger.query import Query, QueryItem
from domain.ledger.replay import head_of
from tests.api.city import found_city
from tests.api.conftest import Office, running, settings_for


async def test_a_running_app_is_alive_ready_and_counted(office: Office) -> None:
    assert (await office.client.get("/health/live")).json() == {"status": "live"}
    assert (await office.client.get("/health/ready")).json() == {"status": "ready"}
    await office.client.get("/api/v1/whoami")
    counted = (await office.client.get("/metrics")).text
    assert 'wenze_requests_total{code="token_missing",route="/api/v1/whoami",status="401"} 1.0' in counted
    assert "wenze_ready 1.0" in counted
    assert "wenze_head_position 1.0" in counted
    assert 'wenze_view_degraded{view="school_day"} 0.0' in counted


async def test_a_stopped_view_is_shown_refuses_its_reads_and_leaves_the_service_ready(office: Office) -> None:
    city = await found_city(office)
    await office.wiring.projector.at_least("school_day", 10)
    await office.wiring.pool.execute("UPDATE views.view SET stopped_before = 7 WHERE name = 'school_day'")
    ready = await office.client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "degraded": ["school_day"]})
    assert 'wenze_view_degraded{view="school_day"} 1.0' in (await office.client.get("/metrics")).text
    refused = await city.officer.sees("/api/v1/views/missing_now")
    assert (refused.status_code, refused.json()["code"]) == (503, "view_stopped")
    assert refused.json()["details"] == {"view": "school_day", "position": 7}
    assert (await city.officer.sees("/api/v1/organisations")).status_code == 200


async def test_projecting_that_is_interrupted_is_shown_and_views_that_are_behind_refuse_their_reads(
    dsn: str, tmp_path: Path
) -> None:
    async with running(settings_for(dsn, tmp_path, read_wait=0.05)) as office:
        city = await found_city(office)
        projector = office.wiring.projector
        await projector.at_least("school_day", await head_of(office.wiring.ledger.log), wait_s=20)
        assert "wenze_projecting 1.0" in (await office.client.get("/metrics")).text
        projector.trouble = "KeyError"
        assert (await city.officer.sees("/api/v1/views/missing_now")).status_code == 200  # nothing is missing from it
        await office.wiring.pool.execute("UPDATE views.view SET position = 5 WHERE name = 'school_day'")
        ready = await office.client.get("/health/ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready", "projecting": "KeyError"})
        assert "wenze_projecting 0.0" in (await office.client.get("/metrics")).text
        refused = await city.officer.sees("/api/v1/views/missing_now")
        assert (refused.status_code, refused.json()["code"]) == (503, "view_stopped")
        assert refused.json()["details"] == {"view": "school_day", "position": 6}
        assert (await office.client.get("/")).status_code == 503


async def test_a_view_that_does_not_reach_what_is_demanded_answers_503_and_when_to_come_again(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def standing(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("adapters.postgres.projector.Projector.run", standing)
    async with running(settings_for(dsn, tmp_path, read_wait=0.05)) as office:
        await office.wiring.projector.catch_up()
        city = await office.person()
        await office.wiring.pool.execute("UPDATE views.view SET position = 0 WHERE name = 'organisations'")
        demanded = {"Wenze-Position-AtLeast": office.wiring.position_token(1)}
        behind = await city.sees("/api/v1/organisations", **demanded)
        assert (behind.status_code, behind.json()["code"], behind.headers["retry-after"]) == (503, "view_behind", "1")


async def test_a_database_that_was_read_only_for_a_while_does_not_end_the_projecting(
    dsn: str, cluster: Any, tmp_path: Path
) -> None:
    """As after a switch-over, until the address leads to the new primary; with a view to rebuild at the start."""
    async with running(settings_for(dsn, tmp_path)) as office:
        await found_city(office)
        await office.wiring.projector.at_least("organisations", 10)
        await office.wiring.pool.execute("UPDATE views.view SET version = 0 WHERE name = 'organisations'")
    admin = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        await admin.execute(f"ALTER DATABASE {_name(dsn)} SET default_transaction_read_only = on")
        async with running(settings_for(dsn, tmp_path)) as office, asyncio.timeout(30):
            projector = office.wiring.projector
            while projector.trouble != "ReadOnlySQLTransactionError":  # noqa: ASYNC110  nothing tells
                await asyncio.sleep(0.01)
            answer = await office.client.get("/health/ready")
            assert (answer.status_code, answer.json()["projecting"]) == (503, "ReadOnlySQLTransactionError")
            await admin.execute(f"ALTER DATABASE {_name(dsn)} RESET default_transaction_read_only")
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _name(dsn))
            while (await office.client.get("/health/ready")).json() != {"status": "ready"}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            head = await head_of(office.wiring.ledger.log)
            assert await projector.at_least("organisations", head, wait_s=20) >= head
    finally:
        await admin.close()


async def test_with_a_dead_database_it_is_alive_and_not_ready(dsn: str, cluster: Any, tmp_path: Path) -> None:
    async with running(settings_for(dsn, tmp_path)) as office:
        admin = await asyncpg.connect(cluster.dsn("postgres"))
        try:
            await admin.execute(f"ALTER DATABASE {_name(dsn)} ALLOW_CONNECTIONS false")
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _name(dsn))
            await asyncio.sleep(0.2)
            answer = await office.client.get("/health/ready")
            assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
            assert (await office.client.get("/health/live")).status_code == 200
            assert "wenze_ready 0.0" in (await office.client.get("/metrics")).text
            somebody = await office.client.get("/api/v1/whoami", headers={"Authorization": "Bearer wz_x"})
            assert (somebody.status_code, somebody.json()["code"]) == (503, "database_away")
        finally:
            await admin.execute(f"ALTER DATABASE {_name(dsn)} ALLOW_CONNECTIONS true")
            await admin.close()


def _name(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")


async def test_a_view_of_an_earlier_version_is_rebuilt_when_the_service_starts(dsn: str, tmp_path: Path) -> None:
    async with running(settings_for(dsn, tmp_path)) as office:
        await found_city(office)
        await office.wiring.projector.at_least("organisations", 10)
        await office.wiring.pool.execute(
            "UPDATE views.view SET version = 0 WHERE name = 'organisations';"
            "UPDATE views.organisation SET state = '{}', kind = 'of an earlier version'"
        )
    async with running(settings_for(dsn, tmp_path)) as office:
        head = await head_of(office.wiring.ledger.log)
        await office.wiring.projector.at_least("organisations", head, wait_s=20)
        kinds = await office.wiring.pool.fetch(
            "SELECT kind FROM views.organisation WHERE generation = views.live('organisations')"
        )
        assert len(kinds) == 7
        assert "of an earlier version" not in {row["kind"] for row in kinds}


def test_a_window_that_could_not_be_recorded_is_not_over() -> None:
    interruptions, noon = Interruptions(), datetime(2020, 2, 3, 12, tzinfo=UTC)
    assert interruptions.window("outcome_unknown", noon) is None
    window = interruptions.window(None, noon + timedelta(seconds=9))
    assert window == (noon, noon + timedelta(seconds=9))
    interruptions.go_on(noon)
    assert interruptions.window("outcome_unknown", noon + timedelta(seconds=11)) is None
    assert interruptions.window(None, noon + timedelta(seconds=13)) == (noon, noon + timedelta(seconds=13))
    assert interruptions.window(None, noon + timedelta(seconds=15)) is None


async def test_every_answer_over_a_simulated_log_says_so(bare_dsn: str, tmp_path: Path) -> None:
    await migrate(bare_dsn, origin="wenze.test/log", clock="simulated")
    async with running(settings_for(bare_dsn, tmp_path)) as office:
        for path in ("/", "/health/live", "/api/v1/whoami", "/api/v1/nothing"):
            assert (await office.client.get(path)).headers["wenze-simulated"] == "true", path
        refused = await office.client.post("/api/v1/registry/found_bureau", content=b"x")
        assert refused.headers["wenze-simulated"] == "true"


async def test_a_window_without_commits_is_recorded_once_they_are_possible_again(
    dsn: str, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.main.PROBE_S", 0.05)
    monkeypatch.setattr("api.readiness.PATIENCE_S", 0.2)
    async with running(settings_for(dsn, tmp_path)) as office:
        log = office.wiring.ledger.log
        admin = await asyncpg.connect(cluster.dsn("postgres"))
        try:
            await admin.execute(f"ALTER DATABASE {_name(dsn)} ALLOW_CONNECTIONS false")
            began = office.wiring.ledger.clock.now()
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _name(dsn))
            await asyncio.sleep(2)
            # Whoever asks, as often as they like: one probe waits.
            answers = await asyncio.gather(*(office.client.get("/health/ready") for _ in range(20)))
            assert {answer.status_code for answer in answers} == {503}
            assert isinstance(log, PostgresEventLog)
            assert len(log._sequencer._queue.waiting) <= 1
        finally:
            await admin.execute(f"ALTER DATABASE {_name(dsn)} ALLOW_CONNECTIONS true")
            await admin.close()
        async with asyncio.timeout(10):
            interrupted = Query((QueryItem(frozenset({"ServiceInterrupted"})),))
            (recorded,) = await anext(aiter(log.follow(0, query=interrupted)))
        assert isinstance(recorded.event, ServiceInterrupted)
        assert began <= recorded.event.began_at < began + timedelta(seconds=2)
        assert recorded.event.ended_at >= began + timedelta(seconds=2)
        # A database that took no connections for a while has not ended the projecting.
        await office.wiring.projector.at_least("organisations", recorded.position, wait_s=20)
        assert (await office.client.get("/health/ready")).status_code == 200
