"""The app on a real database, without a socket, and people with tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from api.main import create_app
from api.settings import Settings
from api.tokens import fingerprint_of, keep_token, new_token
from api.wiring import Wiring


def settings_for(dsn: str, folder: Path, **more: Any) -> Settings:
    # Without a clock that would be quicker than the test; its first look, at the start, finds nothing to do.
    # And without a publisher, which adopts a key first: that would be an event.
    given = {"missed_clock": 3600, "publish": False, **more}
    return Settings.load(database_url=dsn, data_folder=folder, connections=4, **given)


class Person:
    """Somebody with a token, who asks the app."""

    def __init__(self, client: httpx.AsyncClient, person: str, token: str) -> None:
        self.client = client
        self.id = person
        self.token = token
        self.appointment: str | None = None

    def headers(self, key: str | None = None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or str(uuid4())}
        if self.appointment is not None:
            headers["Wenze-Appointment"] = self.appointment
        return headers

    async def does(self, area: str, command: str, *, key: str | None = None, **body: Any) -> httpx.Response:
        return await self.client.post(f"/api/v1/{area}/{command}", json=body, headers=self.headers(key))

    async def did(self, area: str, command: str, *, key: str | None = None, **body: Any) -> dict[str, Any]:
        answer = await self.does(area, command, key=key, **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sees(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=self.headers() | headers)


class Office:
    """The running app and its people."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client

    @property
    def wiring(self) -> Wiring:
        wiring = self.app.state.wiring
        assert isinstance(wiring, Wiring)
        return wiring

    async def person(self, person: str | None = None) -> Person:
        identifier, token, now = person or str(uuid4()), new_token(), datetime.now(UTC)
        await keep_token(
            self.wiring.pool,
            fingerprint=fingerprint_of(token),
            token=str(uuid4()),
            person=identifier,
            issued_at=now,
            expires_at=now + timedelta(hours=1),
        )
        return Person(self.client, identifier, token)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Office]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Office(app, client)


@pytest.fixture
async def office(dsn: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with running(settings_for(dsn, tmp_path)) as started:
        yield started
