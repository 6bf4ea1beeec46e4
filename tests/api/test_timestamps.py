"""Checkpoints are stamped by an authority outside while the app serves, and anybody may fetch the timestamps."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.timestamp_check import TrustedAuthority
from api.settings import Settings, SettingsWrong
from domain.evidence.note import parse_note, verify_log_signature
from tests.adapters.openssl_authority import OpensslAuthority
from tests.adapters.publisher.ledger import until
from tests.api.conftest import running, settings_for
from tests.api.serving import serving
from tests.api.test_witnessing import LOG_KEY

pytestmark = pytest.mark.openssl


async def test_a_served_log_is_stamped_and_serves_what_was_stamped(dsn: str, tmp_path: Path) -> None:
    authority = OpensslAuthority(tmp_path / "authority")

    async def reply(request: Request) -> Response:
        return Response(await asyncio.to_thread(authority.reply, await request.body()))

    async with serving(Starlette(routes=[Route("/tsr", reply, methods=["POST"])])) as address:
        settings = settings_for(
            dsn, tmp_path, publish=True, log_key=LOG_KEY.private_text(), timestamp_url=f"{address}/tsr",
            timestamp_ca=authority.folder / "root.pem", timestamp_every=1,
        )  # fmt: skip
        async with running(settings) as office:
            files = office.wiring.publishing.publisher.files
            await until(lambda: files.stamped() is not None)
            sizes = (await office.client.get("/log/timestamps")).text.split()
            assert [int(size) for size in sizes] == files.stamped_sizes()
            token = await office.client.get(f"/log/timestamps/{sizes[0]}")
            assert token.headers["content-type"] == "application/timestamp-reply"
            note = await office.client.get(f"/log/timestamps/{sizes[0]}/checkpoint")
            assert note.headers["content-type"] == "text/plain; charset=utf-8"
            TrustedAuthority(authority.root).made_at(token.content, note.content, b"")
            verify_log_signature(parse_note(note.content), LOG_KEY.verifier)
            told = (await office.client.get("/api/v1/log")).json()["timestamps"]
            assert told["size"] == files.stamped_sizes()[-1]
            assert told["trouble"] is None
            for missing in ("99", "99/checkpoint"):
                assert (await office.client.get(f"/log/timestamps/{missing}")).status_code == 404
            for wrong in ("0", "..", "1.tsr", "x", "1/tsr"):
                assert (await office.client.get(f"/log/timestamps/{wrong}")).status_code in (404, 422), wrong


async def test_an_authority_that_fails_is_told_and_the_log_is_published_all_the_same(dsn: str, tmp_path: Path) -> None:
    authority = OpensslAuthority(tmp_path / "authority")
    settings = settings_for(
        dsn, tmp_path, publish=True, timestamp_url="http://127.0.0.1:9/", timestamp_ca=authority.folder / "root.pem"
    )
    async with running(settings) as office:
        publisher = office.wiring.publishing.publisher
        await until(lambda: publisher.state.stamping() is not None)
        await until(lambda: publisher.files.checkpoint() is not None)
        told = (await office.client.get("/api/v1/log")).json()["timestamps"]
        assert told == {"size": None, "kept_at": None, "trouble": "the authority cannot be asked: ConnectError"}
        assert (await office.client.get("/log/timestamps")).text == ""


async def test_a_root_that_is_none_is_said_before_anything_starts(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text("no certificate")
    settings = settings_for(dsn, tmp_path, timestamp_url="http://tsa.test/", timestamp_ca=tmp_path / "root.pem")
    with pytest.raises(SettingsWrong, match="WENZE_TIMESTAMP_CA"):
        async with running(settings):
            pass


def test_an_authority_and_its_root_are_given_together(tmp_path: Path) -> None:
    for wrong in (
        {"timestamp_url": "http://tsa.test/"},
        {"timestamp_ca": tmp_path / "root.pem"},
        {"timestamp_url": "tsa.test", "timestamp_ca": tmp_path / "root.pem"},
    ):
        with pytest.raises(SettingsWrong, match="TIMESTAMP"):
            Settings.load(**wrong)
