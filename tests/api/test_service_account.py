"""The service needs no more than its role: neither the database's owner nor a superuser."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.migrate import migrate
from adapters.postgres.rebuild import rebuild
from domain.ledger.replay import head_of
from tests.adapters.publisher.ledger import until
from tests.api.city import found_city
from tests.api.conftest import running, settings_for
from tests.conftest import ORIGIN


@pytest.fixture
def service_dsn(dsn: str) -> Iterator[str]:
    """The test's database for a login that is only a wenze_service."""
    login = f"service_{uuid4().hex}"
    asyncio.run(execute(dsn, f"CREATE ROLE {login} LOGIN IN ROLE wenze_service"))
    parts = urlsplit(dsn)
    kept = [each for each in parts.query.split("&") if each and not each.startswith("user=")]
    place = parts.netloc.rpartition("@")[2]
    yield f"{parts.scheme}://{place}{parts.path}?{'&'.join([*kept, f'user={login}'])}"
    asyncio.run(execute(dsn, f"DROP ROLE {login}"))


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def test_the_whole_service_runs_under_its_role(service_dsn: str, tmp_path: Path) -> None:
    await migrate(service_dsn, origin=ORIGIN)  # as `serve` does: there is nothing to change
    async with running(settings_for(service_dsn, tmp_path, publish=True)) as office:
        city = await found_city(office)
        answer = await city.officer.sees("/api/v1/views/missing_now")
        assert answer.status_code == 200, answer.text
        assert (await office.client.get("/")).status_code == 200
        assert (await office.client.get("/health/ready")).json() == {"status": "ready"}
        head = await head_of(office.wiring.ledger.log)
        await until(lambda: office.wiring.publishing.publisher.size == head)
        rebuilt = await rebuild(office.wiring.projector)
        assert rebuilt.equal
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await office.wiring.pool.execute("DELETE FROM ledger.event")
