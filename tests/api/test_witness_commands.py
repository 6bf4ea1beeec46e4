"""A witness is made by its commands, keeps its key to itself, and never changes it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.secret_files import SecretExposed
from adapters.witness.errors import WitnessElsewhere, WitnessExists, WitnessStateWrong
from adapters.witness.state import WitnessState
from api.cli.witness import build
from domain.evidence.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey
from domain.ledger.errors import Invalid

NAME, ORIGIN = "court.test/witness", "wenze.test/log"


def typed(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(build(), [*words, "--folder", str(folder)])


def made(folder: Path) -> VerifierKey:
    done = typed(folder, "init", NAME, "--json")
    assert done.exit_code == 0, done.output
    return parse_vkey(json.loads(done.stdout)["vkey"])


def test_it_prints_the_key_that_goes_into_policies(tmp_path: Path) -> None:
    key = made(tmp_path / "见证")
    assert (key.name, key.key_type) == (NAME, COSIGNATURE)
    assert WitnessState(tmp_path / "见证").key().verifier == key
    assert (tmp_path / "见证" / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "见证").stat().st_mode & 0o777 == 0o700


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    key = made(tmp_path)
    assert isinstance(typed(tmp_path, "init", NAME).exception, WitnessExists)
    assert WitnessState(tmp_path).key().verifier == key


@pytest.mark.parametrize("name", ["a b", "", "a+b", "a\nb"])
def test_a_name_is_one_of_a_key(tmp_path: Path, name: str) -> None:
    assert isinstance(typed(tmp_path / "new", "init", name).exception, Invalid)
    assert not (tmp_path / "new").exists()


def test_logs_are_added_with_their_keys(tmp_path: Path) -> None:
    key = made(tmp_path)
    log = VerifierKey(ORIGIN, ED25519, key.public_key)
    next_key = VerifierKey(ORIGIN, ED25519, bytes([9]) * 32)
    for each in (log, next_key, log):
        assert typed(tmp_path, "add-log", ORIGIN, each.vkey()).exit_code == 0
    assert WitnessState(tmp_path).log(ORIGIN).keys == (log, next_key)
    for origin, vkey in (
        (ORIGIN, key.vkey()),
        (ORIGIN, "x"),
        ("a b", log.vkey()),
        ("", log.vkey()),
        ("a\nb", log.vkey()),
    ):
        assert isinstance(typed(tmp_path, "add-log", origin, vkey).exception, Invalid)
    assert isinstance(typed(tmp_path / "none", "add-log", ORIGIN, log.vkey()).exception, WitnessStateWrong)


def test_a_key_that_others_may_read_cosigns_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(SecretExposed):
        WitnessState(tmp_path).key()


def test_one_process_serves_from_a_folder(tmp_path: Path) -> None:
    made(tmp_path)
    with WitnessState(tmp_path).alone(), pytest.raises(WitnessElsewhere), WitnessState(tmp_path).alone():
        pass
