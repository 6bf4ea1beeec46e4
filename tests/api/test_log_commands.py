"""`wenze keys`, `publish` and `recover`, as an operator types them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from adapters.publisher.errors import LogForked, NothingToRecover, PublisherStateWrong, TailNotRecoverable
from adapters.publisher.tile_files import TileFiles
from adapters.secret_files import SecretExposed
from api.cli import build
from api.settings import SettingsWrong
from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.note import parse_note, parse_vkey, verify_log_signature
from tests.adapters.publisher.test_recovering import LOSE
from tests.conftest import ORIGIN

NEW = "wenze.test/log-2"


class Operator:
    """Types commands, in this process: there are many, and each new one would take a second to start."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.environment = {
            "WENZE_DATABASE_URL": dsn, "WENZE_DATA_FOLDER": str(folder), "WENZE_ORIGIN": ORIGIN, "LANG": "C",
        }  # fmt: skip

    def types(self, *words: str, **environment: str) -> Result:
        return CliRunner(env=self.environment | environment).invoke(build(), words)

    def gets(self, *words: str, **environment: str) -> dict[str, Any]:
        done = self.types(*words, **environment)
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))


@pytest.fixture
def terminal(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def keys(answer: dict[str, Any]) -> list[str]:
    return list(answer["keys"])


def test_a_key_is_made_once_shown_adopted_at_first_use_and_rotated(terminal: Operator, tmp_path: Path) -> None:
    (first,) = keys(terminal.gets("keys", "make", "--json"))
    assert keys(terminal.gets("keys", "make", "--json")) == [first]
    assert terminal.types("keys", "show").stdout == f"{first}\n"
    assert parse_vkey(first).name == "wenze.test/log"
    published = terminal.gets("publish", "--once", "--json")
    assert published["size"] == 2
    (second,) = keys(terminal.gets("keys", "rotate", "--json"))
    assert second != first
    assert set(keys(terminal.gets("keys", "show", "--json"))) == {first, second}
    note = TileFiles(tmp_path / "log" / "public").checkpoint
    assert terminal.gets("publish", "--once", "--json")["size"] == 3
    verify_log_signature(parse_note(note() or b""), parse_vkey(first))
    terminal.gets("token", "--json")
    assert terminal.gets("publish", "--once", "--json")["size"] == 4
    verify_log_signature(parse_note(note() or b""), parse_vkey(second))
    adopted = terminal.gets("events", "--type", "LogKeyAdopted", "--json")["events"]
    assert [each["payload"]["vkey"] for each in adopted] == [first, second]


def test_a_key_that_others_may_read_is_not_used(terminal: Operator, tmp_path: Path) -> None:
    terminal.gets("keys", "make", "--json")
    path = tmp_path / "keys" / "log.key"
    path.chmod(0o640)
    refused = terminal.types("publish", "--once")
    assert isinstance(refused.exception, SecretExposed)
    assert "log.key" in str(refused.exception)
    path.chmod(0o600)
    path.parent.chmod(0o770)
    assert isinstance(terminal.types("keys", "show").exception, SecretExposed)


def test_a_key_from_the_environment_needs_no_file(terminal: Operator, tmp_path: Path) -> None:
    terminal.gets("keys", "make", "--json")
    secret = (tmp_path / "keys" / "log.key").read_text().strip()
    (tmp_path / "keys" / "log.key").unlink()
    shown = terminal.types("keys", "show", WENZE_LOG_KEY=secret)
    assert parse_vkey(shown.stdout.strip()).name == "wenze.test/log"
    assert terminal.gets("publish", "--once", "--json", WENZE_LOG_KEY=secret)["size"] == 2
    assert isinstance(terminal.types("keys", "rotate", WENZE_LOG_KEY=secret).exception, SettingsWrong)
    for damaged in ("nonsense", secret[:-4], secret.replace("wenze.test", "other.test")):
        refused = terminal.types("keys", "show", WENZE_LOG_KEY=damaged).exception
        assert isinstance(refused, SettingsWrong)
        assert damaged not in str(refused)


def test_a_lost_tail_is_recovered_or_the_log_goes_on_under_a_new_name(
    terminal: Operator, dsn: str, tmp_path: Path
) -> None:
    for _ in range(3):
        terminal.gets("token", "--json")
    assert terminal.gets("publish", "--once", "--json")["size"] == 5
    assert isinstance(terminal.types("recover", "--from-tiles").exception, NothingToRecover)
    asyncio.run(lose_after(dsn, 3))  # the adoption of the key too
    assert isinstance(terminal.types("publish", "--once").exception, LogForked)
    assert terminal.gets("recover", "--from-tiles", "--json") == {"first": 4, "last": 5, "sealed_lost": 0}
    asyncio.run(lose_after(dsn, 3))
    terminal.gets("token", "--json")
    assert isinstance(terminal.types("recover", "--from-tiles").exception, TailNotRecoverable)
    continued = terminal.gets("recover", "--new-origin", NEW, "--json")
    assert continued == {"origin": NEW, "position": 5, "continues": {"origin": ORIGIN, "size": 5}}
    # The database alone does not change the name: whoever owns it could leave behind all that was signed.
    assert isinstance(terminal.types("publish", "--once").exception, PublisherStateWrong)
    assert not list((tmp_path / "keys").glob("log.*.key"))
    assert terminal.gets("publish", "--once", "--json", WENZE_ORIGIN=NEW)["size"] == 6
    note = TileFiles(tmp_path / "log" / "public").checkpoint()
    assert parse_checkpoint(parse_note(note or b"").text).origin == NEW


async def lose_after(dsn: str, position: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(LOSE.format(position))
    await connection.close()


def test_recover_wants_to_know_what_is_meant(terminal: Operator) -> None:
    assert terminal.types("recover").exit_code == 2
    assert terminal.types("recover", "--from-tiles", "--new-origin", NEW).exit_code == 2
    assert isinstance(terminal.types("recover", "--new-origin", "No Name").exception, SettingsWrong)
