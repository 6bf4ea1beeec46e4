"""The app on a real database, without a socket, and people with tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from api.main import create_app
from api.settings import Settings
from api.tokens import fingerprint_of, keep_token, new_token
from api.wiring import Wiring
from tests.keys import held_over


def settings_for(dsn: str, folder: Path, **more: Any) -> Settings:
    # Without a clock that would be quicker than the test; its first look, at the start, finds nothing to do.
    # And without a publisher, which adopts a key first: that would be an event.
    given = {"missed_clock": 3600, "publish": False, **more}
    return Settings.load(database_url=dsn, data_folder=folder, connections=4, **given)


def signable(command: str, **asked: Any) -> dict[str, Any]:
    """A decision as it is signed: a reason has a salt, and level 2 and 3 say that they examined what they sign."""
    if isinstance(asked.get("reason"), str):
        asked["reason"] = {"text": asked["reason"], "salt": token_hex(32)}
    if command == "sign_rollup" or (command, asked.get("level")) == ("sign_report", 2):
        asked.setdefault("examined", "examined")
    return asked


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

    async def asks(self, *decisions: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What is to be signed for these decisions."""
        body = {"decisions": decisions, **more}
        answer = await self.client.post("/api/v1/signing/statements", json=body, headers=self.headers())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def held(self, digest: str, **parts: Any) -> dict[str, Any]:
        """This person's signature over a digest."""
        return dict(msgspec.to_builtins(held_over(self.id, digest, **parts)))

    async def signs(self, command: str, *, key: str | None = None, **asked: Any) -> httpx.Response:
        """Ask for the statement, sign it, and send the decision; one that would be refused is sent all the same."""
        asked = signable(command, **asked)
        told = await self.asks(asked | {"command": command})
        (statement,) = told["statements"]
        held = self.held(statement["digest"] or "00" * 32)
        return await self.does("reporting", command, key=key, **asked, nonce=told["nonce"], held=held)

    async def signed(self, command: str, *, key: str | None = None, **asked: Any) -> dict[str, Any]:
        answer = await self.signs(command, key=key, **asked)
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
