"""Alive, ready, counted."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from tests.api.conftest import Office, running, settings_for


async def test_a_running_app_is_alive_ready_and_counted(office: Office) -> None:
    assert (await office.client.get("/health/live")).json() == {"status": "live"}
    assert (await office.client.get("/health/ready")).json() == {"status": "ready"}
    await office.client.get("/api/v1/whoami")
    counted = (await office.client.get("/metrics")).text
    assert 'wenze_requests_total{code="token_missing",route="/api/v1/whoami",status="401"} 1.0' in counted
    assert "wenze_ready 1.0" in counted


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
            somebody = await office.client.get("/api/v1/whoami", headers={"Authorization": "Bearer wz_x"})
            assert (somebody.status_code, somebody.json()["code"]) == (503, "database_away")
        finally:
            await admin.execute(f"ALTER DATABASE {_name(dsn)} ALLOW_CONNECTIONS true")
            await admin.close()


def _name(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")
