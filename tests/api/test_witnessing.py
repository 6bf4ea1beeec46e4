"""The app asks the witnesses of its policy, and says of every checkpoint whether they vouch for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from adapters.signing_key import SigningKey
from adapters.witness.state import WitnessState
from adapters.witness.witness import Witness
from api.cosigners import read_policy
from api.settings import Settings, SettingsWrong
from api.witness import create_witness_app
from domain.evidence.note import COSIGNATURE, ED25519, parse_note
from domain.evidence.policy import Policy, parse_policy
from domain.evidence.witnessed import is_witnessed
from tests.adapters.publisher.ledger import until
from tests.api.city import found_city
from tests.api.conftest import Person, running, settings_for
from tests.api.serving import serving

ORIGIN = "wenze.test/log"
LOG_KEY = SigningKey(ORIGIN, ED25519, bytes([4]) * 32)
COURT = SigningKey("court.test/witness", COSIGNATURE, bytes([5]) * 32)


def policy_text(witness: str, *, quorum: str = "court") -> bytes:
    return f"log {LOG_KEY.verifier.vkey()}\nwitness court {COURT.verifier.vkey()} {witness}\nquorum {quorum}\n".encode()


@asynccontextmanager
async def witness_of(folder: Path, *, watches: bool = True) -> AsyncIterator[str]:
    """A witness that serves; gives its address."""
    state = WitnessState(folder)
    if not (folder / "key").exists():
        state.make(COURT)
    if watches:
        state.add_log(ORIGIN, LOG_KEY.verifier)
    async with serving(create_witness_app(Witness(state, COURT, lambda: datetime.now(UTC)), state)) as address:
        yield address


def witnessed_settings(dsn: str, folder: Path, address: str, **more: Any) -> tuple[Settings, Policy]:
    """Settings that publish under a policy."""
    path, text = folder / "policy", policy_text(address)
    path.write_bytes(text)
    given = {"publish": True, "policy": path, "log_key": LOG_KEY.private_text(), **more}
    return settings_for(dsn, folder, **given), parse_policy(text)


async def test_checkpoints_are_cosigned_and_say_so(dsn: str, tmp_path: Path) -> None:
    async with witness_of(tmp_path / "witness") as address:
        settings, policy = witnessed_settings(dsn, tmp_path, address)
        async with running(settings) as office:
            await until(lambda: office.wiring.publishing.publisher.files.witnessed() is not None)
            answer = await office.client.get("/log/checkpoint")
            assert answer.headers["wenze-witnessed"] == "true"
            assert is_witnessed(parse_note(answer.content), policy)
            state = (await office.client.get("/api/v1/log")).json()
            assert state["witnessed"] is True
            assert state["witnesses"] == [{"name": "court", "state": "cosigns", "detail": None}]
            assert 'wenze_witness_cosigns{witness="court"} 1.0' in (await office.client.get("/metrics")).text


async def test_a_witness_that_refuses_is_seen_by_every_monitor(dsn: str, tmp_path: Path) -> None:
    async with witness_of(tmp_path / "witness", watches=False) as address:
        settings, _ = witnessed_settings(dsn, tmp_path, address)
        async with running(settings) as office:
            await until(lambda: office.wiring.publishing.publisher.state.standings() != ())
            await until(lambda: office.wiring.publishing.publisher.files.checkpoint() is not None)
            state = (await office.client.get("/api/v1/log")).json()
            assert state["witnessed"] is False
            assert [each["state"] for each in state["witnesses"]] == ["refuses"]
            assert "404" in state["witnesses"][0]["detail"]
            ready = await office.client.get("/health/ready")
            assert (ready.status_code, ready.json()["witnesses"]) == (200, ["court"])
            assert 'wenze_witness_refuses{witness="court"} 1.0' in (await office.client.get("/metrics")).text
            assert (await office.client.get("/log/checkpoint")).headers["wenze-witnessed"] == "false"


async def test_a_process_that_only_watches_tells_the_same(dsn: str, tmp_path: Path) -> None:
    async with witness_of(tmp_path / "witness") as address:
        settings, _ = witnessed_settings(dsn, tmp_path, address)
        async with running(settings) as office:
            await until(lambda: office.wiring.publishing.publisher.files.witnessed() is not None)
            told = (await office.client.get("/api/v1/log")).json()
        async with running(settings.model_copy(update={"publish": False})) as office:
            state = (await office.client.get("/api/v1/log")).json()
            assert state == told | {"state": "watching"}


async def test_the_page_in_a_bundle_says_when_nobody_vouches_for_its_checkpoint(dsn: str, tmp_path: Path) -> None:
    async def pages(reader: Person) -> list[str]:
        answer = await reader.sees("/api/v1/bundles/positions?position=3")
        assert answer.status_code == 200, answer.text
        with ZipFile(BytesIO(answer.content)) as bundle:
            return [bundle.read(f"README.{language}.html").decode() for language in ("zh", "en")]

    async with witness_of(tmp_path / "witness") as address:
        settings, _ = witnessed_settings(dsn, tmp_path, address)
        async with running(settings.model_copy(update={"policy": None})) as office:
            reader = (await found_city(office)).discipline
            await until(lambda: office.wiring.published.holding(3) is not None)
            chinese, english = await pages(reader)
            assert "未经见证" in chinese
            assert "unwitnessed" in english
        async with running(settings) as office:
            reader.client = office.client
            await until(lambda: office.wiring.publishing.publisher.files.witnessed() is not None)
            chinese, english = await pages(reader)
            assert "未经见证" not in chinese
            assert "unwitnessed" not in english


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"quorum none\n", "at least one log"),
        (policy_text("ftp://court.test/"), "http"),
        (policy_text("http://"), "http"),
        (policy_text("http://court.test:0"), "http"),
        (policy_text("http://court.test").replace(b"quorum court", b"quorum union"), "line 3"),
    ],
)
def test_a_policy_that_cannot_be_used_says_why(tmp_path: Path, text: bytes, said: str) -> None:
    settings, _ = witnessed_settings("postgresql://nowhere", tmp_path, "http://court.test")
    (tmp_path / "policy").write_bytes(text)
    with pytest.raises(SettingsWrong, match=said):
        read_policy(settings)
    (tmp_path / "policy").unlink()
    with pytest.raises(SettingsWrong, match="No such file"):
        read_policy(settings)


async def test_under_a_policy_of_another_log_nothing_starts(dsn: str, tmp_path: Path) -> None:
    settings, _ = witnessed_settings(dsn, tmp_path, "http://court.test")
    other = SigningKey("other.test/log", ED25519, bytes(32))
    (tmp_path / "policy").write_text(f"log {other.verifier.vkey()}\nquorum none\n")
    with pytest.raises(SettingsWrong, match=ORIGIN):
        async with running(settings):
            pass
