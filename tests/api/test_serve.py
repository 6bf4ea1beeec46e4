"""`wenze serve` ends when it is told to, whatever the database does meanwhile."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from api.cli.token import issue
from api.settings import Settings
from tests.conftest import ORIGIN

# With less patience than in production: what counts is what happens when it is over.
SERVE = """
import importlib
importlib.import_module("api.cli.serve").DRAIN_S = 1
from api.cli import main; main()
"""


class Road:
    """A road to a database on which nothing moves any more once something has passed that holds `bump`."""

    def __init__(self, dsn: str, bump: bytes) -> None:
        parts = urlsplit(dsn)
        given = parse_qs(parts.query)
        self._socket, self._user, self._path = f"{given['host'][0]}/.s.PGSQL.5432", given["user"][0], parts.path
        self._bump = bump
        self.blocked = asyncio.Event()
        self._carrying: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """The address of the database over this road."""
        self._server = await asyncio.start_server(self._travel, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://{self._user}@127.0.0.1:{port}{self._path}?sslmode=disable"

    async def close(self) -> None:
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _travel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._socket)
        for task in (self._carry(reader, far_writer), self._carry(far_reader, writer)):
            self._carrying.add(asyncio.create_task(task))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                while piece := await reader.read(65_536):
                    if self._bump in piece:
                        self.blocked.set()
                    if self.blocked.is_set():
                        await asyncio.Event().wait()
                    writer.write(piece)
                    await writer.drain()
        finally:
            writer.close()


@pytest.mark.slow
@pytest.mark.skipif("WENZE_DATABASE_URL" in os.environ, reason="the road leads to the socket file of our own server")
async def test_it_ends_when_told_to_while_an_append_waits_for_a_dead_database(dsn: str, tmp_path: Path) -> None:
    settings = Settings.load(database_url=dsn, data_folder=tmp_path, origin=ORIGIN)
    _, token = await issue(settings, str(uuid4()), datetime.now(UTC) + timedelta(hours=1))
    road, port = Road(dsn, b"found_bureau"), free_port()
    environment = {"WENZE_DATABASE_URL": await road.open(), "WENZE_DATA_FOLDER": str(tmp_path), "WENZE_ORIGIN": ORIGIN}
    serving = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, "serve", "--port", str(port), env=os.environ | environment,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            await alive(client)
            founding = asyncio.create_task(
                client.post(
                    "/api/v1/registry/found_bureau",
                    headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
                    json={"bureau": str(uuid4()), "appointment": str(uuid4()), "name": "教育局（合成）",
                          "registrar_code": "R", "registrar_name": "合成"},
                )
            )  # fmt: skip
            async with asyncio.timeout(20):
                await road.blocked.wait()
            assert not founding.done()
            serving.send_signal(signal.SIGTERM)
            async with asyncio.timeout(60):
                assert await serving.wait() in (0, 128 + signal.SIGTERM)
            (answer,) = await asyncio.gather(founding, return_exceptions=True)
            assert isinstance(answer, httpx.HTTPError) or answer.status_code >= 500  # never "stored"
    finally:
        if serving.returncode is None:
            serving.kill()
            await serving.wait()
        await road.close()


async def alive(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(httpx.TransportError):
                if (await client.get("/health/live")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
