"""`wenze verify`: an exit code, sentences in the reader's language, and nothing of the machine that it runs on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.files.bundles import pack_bundle
from api.cli import build
from api.verdict_sentences import REASONS, STATES, STEPS, WHOLE
from domain.evidence.verdict import Reason, State, StepName
from tests.domain.evidence.signed_day import SignedDay, ident
from tests.domain.evidence.small_log import LOG, WITNESSES

POLICY = f"log {LOG.vkey()}\nwitness audit {WITNESSES['audit.test'].vkey()}\nquorum audit\n"


class Office:
    """Somebody with a bundle and a policy in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policy = folder / "policy"
        self.policy.write_text(POLICY)

    def verifies(self, files: dict[str, bytes] | bytes, *more: str, language: str = "en") -> Result:
        bundle = self.folder / "bundle.zip"
        bundle.write_bytes(files if isinstance(files, bytes) else pack_bundle(files))
        words = ["verify", str(bundle), "--policy", str(self.policy), *more]
        return CliRunner().invoke(build(), words, env={"WENZE_LANGUAGE": language})


@pytest.fixture
def desk(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_valid_bundle_exits_with_0_and_says_so(desk: Office) -> None:
    files = SignedDay().log.bundle(witnesses=["audit.test"])
    done = desk.verifies(files)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, WHOLE[State.VALID].en)
    assert "key file" in done.stdout
    assert "有效：各项必要步骤均已核验" in desk.verifies(files, language="zh").stdout


def test_an_invalid_bundle_exits_with_1_and_names_the_step(desk: Office) -> None:
    done = desk.verifies(SignedDay({"file": {"revision": 2}}).log.bundle(witnesses=["audit.test"]), "--json")
    said = json.loads(done.stdout)
    wrong = {each["step"]: each["findings"] for each in said["steps"] if each["state"] == "invalid"}
    assert (done.exit_code, said["verdict"]) == (1, "invalid")
    assert wrong.keys() == {"content"}
    assert [each["reason"] for each in wrong["content"] if each["state"] == "invalid"] == ["digest_differs"]
    assert {each["counts"] for each in said["signatures"]} == {"valid"}


def test_what_cannot_be_checked_exits_with_2(desk: Office) -> None:
    day = SignedDay()
    without = [each for each in range(1, len(day.log.entries) + 1) if each != day.at["enrol_reviewer"]]
    done = desk.verifies(day.log.bundle(without, witnesses=["audit.test"]))
    assert done.exit_code == 2
    assert "is not in the bundle" in done.stdout


@pytest.mark.parametrize("hostile", [b"", b"PK", b"no zip at all", pack_bundle({"../x": b"x"})])
def test_what_cannot_be_read_exits_with_2_and_a_sentence(desk: Office, hostile: bytes) -> None:
    done = desk.verifies(hostile)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Cannot be read" in done.stderr


def test_a_policy_that_is_none_exits_with_2(desk: Office) -> None:
    desk.policy.write_text("quorum none\n")
    assert desk.verifies(SignedDay().log.bundle()).exit_code == 2
    desk.policy.unlink()
    assert desk.verifies(SignedDay().log.bundle()).exit_code == 2


def test_a_bundle_does_not_steer_the_terminal(desk: Office) -> None:
    day = SignedDay({"sign_2": {"person": f"{ident('reviewer')}\x1b[2J\u202e"}})
    done = desk.verifies(day.log.bundle(witnesses=["audit.test"]))
    assert done.exit_code == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_every_step_state_and_reason_has_its_sentence() -> None:
    for table, names in ((STEPS, StepName), (STATES, State), (WHOLE, State), (REASONS, Reason)):
        assert table.keys() == set(names)
        assert all(sentence.zh and sentence.en for sentence in table.values())


def test_the_verifier_needs_nothing_but_itself_and_cryptography() -> None:
    """It can be lifted out: whatever else of ours, or of others, is imported is imported by somebody else."""
    code = "import sys, json; import domain.evidence.verify_bundle; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    ours = {name for name in loaded if name.split(".")[0] in ("domain", "adapters", "api")}
    assert {name for name in ours if not name.startswith("domain.evidence")} == {"domain"}
    assert not loaded & {"msgspec", "asyncpg", "eventsourcing", "pydantic", "typer"}
