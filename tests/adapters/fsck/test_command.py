"""``wenze fsck`` says what differs and how it ended: 0 nothing, 1 something, 2 something could not be looked at."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.publisher.tile_files import TileFiles
from adapters.signing_key import SigningKey
from api.cli import build
from domain.evidence.note import COSIGNATURE, Note, parse_note
from tests.adapters.fsck import tampering as act
from tests.adapters.fsck.signed_log import KEY, MASTER, SIZE, STRANGER, SignedLog, as_superuser
from tests.conftest import ORIGIN, finish

pytestmark = pytest.mark.log

Runs = Callable[..., Result]


@pytest.fixture
def run(log: SignedLog) -> Runs:
    data = log.folder.parent
    (data / "keys").mkdir(mode=0o700)
    secret(data / "keys" / "log.key", KEY.private_text())
    secret(data / "vault.secret", MASTER.hex())
    environment = {"WENZE_DATABASE_URL": log.dsn, "WENZE_DATA_FOLDER": str(data), "WENZE_ORIGIN": ORIGIN, "LANG": "C"}

    def fsck(*words: str, command: str = "fsck", **other: str) -> Result:
        return CliRunner().invoke(build(), [command, *words], env=environment | other)

    return fsck


def secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{text}\n")


def tamper(log: SignedLog, how: act.Act) -> None:
    async def with_all_passwords() -> None:
        async with as_superuser(log) as superuser:
            await how(superuser)

    finish(with_all_passwords())


def said(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.splitlines()
    return dict(json.loads(line))


def test_a_log_that_nobody_touched_is_clean(run: Runs) -> None:
    result = run("--json")
    assert result.exit_code == 0, result.output
    answer = said(result)
    assert (answer["clean"], answer["unchecked"], answer["named"]) == (True, [], [])
    assert (answer["origin"], answer["size"], answer["looked_at"]["views"]) == (ORIGIN, SIZE, 5)
    assert answer["witnessed"] is False
    result = run("--no-views")
    assert "nothing differs" in result.stderr
    assert "unwitnessed" in result.stderr


def test_what_witnesses_and_authorities_leave_in_the_folder_is_no_difference(run: Runs, log: SignedLog) -> None:
    public = log.folder / "public"
    note = parse_note((public / "checkpoint").read_bytes())
    witness = SigningKey("court.test/witness", COSIGNATURE, bytes([7]) * 32)
    cosigned = Note(note.text, (*note.signatures, witness.cosign(note.text, 1_600_000_000)))
    for name in ("checkpoint", "witnessed"):
        (public / name).write_bytes(cosigned.encoded())
    TileFiles(public).keep_timestamp(SIZE, cosigned.encoded(), b"token")
    policy = log.folder.parent / "policy"
    keys = KEY.verifier.vkey(), witness.verifier.vkey()
    policy.write_text(f"log {keys[0]}\nwitness court {keys[1]}\nquorum court\n")
    result = run("--json", "--no-views", WENZE_POLICY=str(policy))
    assert result.exit_code == 0, result.output
    assert (said(result)["clean"], said(result)["witnessed"]) == (True, True)
    assert "is witnessed" in run("--no-views", WENZE_POLICY=str(policy)).stderr
    policy.write_text("quorum none\n")
    assert run("--no-views", WENZE_POLICY=str(policy)).exit_code == 2


def test_a_difference_is_told_by_position_and_field(run: Runs, log: SignedLog) -> None:
    tamper(log, act.one_byte_of_one_entry)
    result = run("--json", "--no-views")
    assert result.exit_code == 1
    assert said(result)["named"][0] == {
        "where": "event",
        "position": 25,
        "field": "entry.payload.code",
        "expected": "S-25",
        "found": "S-65",
    }
    assert "event, position 25, entry.payload.code: expected S-25, found S-65" in run("--no-views").stderr


def test_a_changed_view_is_told(run: Runs, log: SignedLog) -> None:
    assert run(command="rebuild").exit_code == 0  # which fills the views
    tamper(log, act.sql("UPDATE views.organisation SET name = 'x' WHERE organisation = 's25'"))
    result = run("--json")
    assert result.exit_code == 1
    (named,) = said(result)["named"]
    assert (named["where"], named["position"], named["field"]) == ("view organisations s25", 25, "name")


def test_the_quick_way_finds_a_changed_entry_without_its_name(run: Runs, log: SignedLog) -> None:
    assert said(run("--quick", "--json"))["looked_at"] == {"events": SIZE}
    tamper(log, act.one_byte_of_one_entry)
    result = run("--quick", "--json")
    assert result.exit_code == 1
    assert {(each["where"], each["field"]) for each in said(result)["named"]} == {("event", "root")}
    tamper(log, act.sql("DELETE FROM ledger.event WHERE position = 77"))
    assert said(run("--quick", "--json"))["named"][0]["position"] == 77


def test_what_could_not_be_looked_at_is_no_clean_log(run: Runs, log: SignedLog) -> None:
    data = log.folder.parent
    (data / "keys" / "log.key").unlink()
    result = run("--json", "--no-views")
    assert (result.exit_code, said(result)["clean"]) == (2, False)
    assert said(result)["unchecked"] == ["the signatures of the checkpoints: no key of the log is known here"]
    assert run("--no-views", "--vkey", KEY.verifier.vkey()).exit_code == 0
    assert run("--no-views", "--vkey", STRANGER.verifier.vkey()).exit_code == 1
    assert run("--no-views", "--vkey", "no key").exit_code == 2
    shutil.rmtree(log.folder)
    result = run("--json", "--no-views", "--vkey", KEY.verifier.vkey())
    assert (result.exit_code, said(result)["unchecked"]) == (
        2,
        ["what was signed: no checkpoint of this log lies in this folder"],
    )
    assert run("--database-only", "--no-views").exit_code == 0
    (data / "vault.secret").unlink()
    assert "30 parts of the vault" in run("--database-only", "--no-views").stderr
    assert not (data / "vault.secret").exists()


def test_a_database_that_is_away_or_holds_no_log_could_not_be_looked_at(run: Runs, bare_dsn: str) -> None:
    assert run(WENZE_DATABASE_URL="postgresql:///wenze?host=/nowhere").exit_code == 2
    assert run(WENZE_DATABASE_URL=bare_dsn).exit_code == 2


def test_an_emptied_database_is_found(run: Runs, log: SignedLog) -> None:
    tamper(log, act.sql("TRUNCATE ledger.event, ledger.event_tag, ledger.append_key, ledger.head"))
    result = run("--json")
    assert result.exit_code == 1
    assert said(result)["named"][0]["expected"] == f"rows up to {SIZE}"


def test_a_damage_that_lets_no_view_be_rebuilt_is_told_all_the_same(run: Runs, log: SignedLog) -> None:
    tamper(log, act.an_entry_that_is_no_json)
    result = run("--json")
    assert result.exit_code == 1
    assert said(result)["named"][0]["position"] == 25
    assert "cannot project position 25" in said(result)["unchecked"][0]
