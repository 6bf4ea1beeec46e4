"""`wenze bundle` writes what `wenze verify` finds valid, and never over a file that is there."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.secret_files import read_secret
from adapters.signing_key import parse_signing_key
from api.cli import build
from tests.api.test_cli import Terminal


def test_what_is_bundled_at_the_terminal_is_verified_there(dsn: str, tmp_path: Path) -> None:
    terminal = Terminal(dsn, tmp_path)
    out, policy = tmp_path / "bundle.zip", tmp_path / "policy"
    asked = ("bundle", "--position", "1", "--out", str(out))
    terminal.gets("publish", "--once", "--json")
    made = terminal.gets(*asked, "--json")
    assert (made["entries"], made["size"]) == (2, 2)  # the log's opening, and its key
    key = parse_signing_key(read_secret(tmp_path / "keys" / "log.key")).verifier.vkey()
    policy.write_text(f"log {key}\nquorum none\n")
    judged = CliRunner().invoke(build(), ["verify", str(out), "--policy", str(policy), "--json"])
    verdict = json.loads(judged.stdout)
    assert (verdict["verdict"], verdict["entries"], verdict["simulated"]) == ("valid", 2, False)
    before = out.read_bytes()
    again = CliRunner().invoke(build(), asked)
    assert isinstance(again.exception, FileExistsError)  # before anything is read or recorded
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    "words", [(), ("--report", "f1.2020-02-09.x", "--position", "1"), ("--school", "x", "--from", "today")]
)
def test_one_thing_is_asked_for_at_a_time(words: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(build(), ["bundle", *words, "--out", str(tmp_path / "bundle.zip")])
    assert getattr(done.exception, "code", None) == "invalid"
