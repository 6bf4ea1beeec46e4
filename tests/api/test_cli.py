"""The command line: one JSON object on standard output, sentences instead of tracebacks."""

import json
import os
import pty
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.merkle import verify_inclusion
from domain.evidence.tlog_proof import parse_tlog_proof


class Terminal:
    """Runs `wenze` as a user does."""

    def __init__(self, dsn: str, folder: Path) -> None:
        # The origin is that of the fixture's log: a database is never opened under another name.
        self.environment = os.environ | {
            "WENZE_DATABASE_URL": dsn, "WENZE_DATA_FOLDER": str(folder), "WENZE_ORIGIN": "wenze.test/log", "LANG": "C",
        }  # fmt: skip

    def types(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from api.cli import main; main()", *words],
            capture_output=True, text=True, timeout=60, check=False, env=self.environment | environment,
        )  # fmt: skip

    def gets(self, *words: str) -> dict[str, object]:
        done = self.types(*words)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        return dict(json.loads(line))

    def watches(self, *words: str) -> tuple[str, str]:
        """Standard output, and what a screen on standard error shows."""
        screen, other_end = pty.openpty()
        done = subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main()", *words],
            stdout=subprocess.PIPE, stderr=other_end, text=True, env=self.environment | {"TERM": "xterm"},
        )  # fmt: skip
        os.close(other_end)
        shown = b""
        with suppress(OSError):  # so ends a screen
            while piece := os.read(screen, 65_536):
                shown += piece
        os.close(screen)
        answer, _ = done.communicate(timeout=60)
        assert done.returncode == 0, shown.decode()
        return answer, shown.decode()


@pytest.fixture
def terminal(dsn: str, tmp_path: Path) -> Terminal:
    return Terminal(dsn, tmp_path)


def test_commands_answer_with_one_object_and_everything_else_goes_to_standard_error(terminal: Terminal) -> None:
    assert terminal.gets("migrate", "--json") == {"origin": "wenze.test/log", "migrated": True}
    issued = terminal.gets("token", "--json")
    assert str(issued["token"]).startswith("wz_")
    rebuilt = terminal.gets("rebuild", "--json")
    assert (rebuilt["equal"], rebuilt["differences"], rebuilt["events"]) == (True, {}, 2)
    figures = terminal.gets("figures", "--json")["figures"]
    assert isinstance(figures, dict)
    assert figures["2"]["status"] in ("not yet", "rebuilt")
    lines = [json.loads(line) for line in terminal.types("events").stdout.splitlines()]
    assert [line["type"] for line in lines] == ["LogOpened", "TokenIssued"]
    assert str(issued["token"]) not in json.dumps(lines)
    assert terminal.gets("events", "--json") == {"events": lines}
    assert terminal.gets("events", "--json", "--type", "BureauFounded") == {"events": []}
    only = terminal.types("events", "--type", "TokenIssued", "--tag", f"person:{issued['person']}")
    assert len(only.stdout.splitlines()) == 1
    assert "TokenIssued" in terminal.types("events", "--table").stdout


def test_expected_errors_are_sentences_in_the_users_language(terminal: Terminal) -> None:
    wrong = terminal.types("token", "nobody")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "内容不符合规则" in wrong.stderr
    english = terminal.types("events", "--type", "Nothing", LANG="en_GB.UTF-8")
    assert (english.returncode, english.stdout) == (2, "")
    assert "The content breaks a rule." in english.stderr
    settings = terminal.types("events", WENZE_PORT="x", WENZE_CONNECTIONS="1")
    assert settings.returncode == 2
    assert "WENZE_PORT" in settings.stderr
    assert "WENZE_CONNECTIONS" in settings.stderr
    away = terminal.types("events", WENZE_DATABASE_URL="postgresql://x@127.0.0.1:1/y")
    assert away.returncode == 1
    another = terminal.types("migrate", WENZE_ORIGIN="another.test/log")
    assert another.returncode == 1
    assert "该数据库中已有另一台账" in another.stderr
    unreadable = terminal.types("events", WENZE_DATABASE_URL="postgresql://x@127.0.0.1:abc/y")
    assert (unreadable.returncode, unreadable.stdout) == (2, "")
    assert "WENZE_DATABASE_URL" in unreadable.stderr
    unusable = terminal.types("events", WENZE_DATABASE_URL="postgresql://x@127.0.0.1/y?target_session_attrs=nonsense")
    assert (unusable.returncode, unusable.stdout) == (1, "")
    assert "target_session_attrs" in unusable.stderr
    for done in (wrong, english, settings, away, another, unreadable, unusable):
        assert "Traceback" not in done.stderr


def test_events_as_one_object_are_that_or_nothing(terminal: Terminal) -> None:
    away = terminal.types("events", "--json", WENZE_DATABASE_URL="postgresql://x@127.0.0.1:1/y")
    assert (away.returncode, away.stdout) == (1, "")
    no_instant = terminal.types("events", "--json", "--recorded-from", "yesterday")
    assert (no_instant.returncode, no_instant.stdout) == (2, "")
    assert terminal.gets("events", "--json", "--after", "9") == {"events": []}


def test_the_answer_stays_on_standard_output_beside_a_bar_on_a_screen(terminal: Terminal) -> None:
    answer, screen = terminal.watches("events", "--json")
    assert [event["type"] for event in json.loads(answer)["events"]] == ["LogOpened"]
    assert "reading" in screen
    assert "LogOpened" not in screen


def test_an_answer_is_read_while_its_command_goes_on() -> None:
    """So does `demo --json`, which serves afterwards."""
    goes_on = "import sys; from api.cli.terminal import answer; answer({'events': 1}); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", goes_on], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as command:
        assert command.stdout is not None
        assert select.select([command.stdout], [], [], 30)[0]
        assert json.loads(command.stdout.readline()) == {"events": 1}
        assert command.poll() is None


@pytest.mark.parametrize("command", ["migrate", "figures", "rebuild"])
def test_what_may_take_its_time_is_said_on_the_screen(command: str, terminal: Terminal) -> None:
    answer, screen = terminal.watches(command, "--json")
    assert json.loads(answer)
    assert "bringing the" in screen


def test_a_figure_of_no_instant_is_refused(terminal: Terminal) -> None:
    for wrong in ("yesterday", "²", "9999-12-31T23:59:59-23:59"):
        refused = terminal.types("figures", "--as-of", wrong)
        assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
        assert "Traceback" not in refused.stderr
    beyond = terminal.types("figures", "--as-of", "9" * 30, "--json")
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert "Traceback" not in beyond.stderr


def test_a_receipt_is_printed_once_it_is_published(terminal: Terminal) -> None:
    early = terminal.types("receipt", "1")
    assert (early.returncode, early.stdout) == (1, "")
    published = terminal.gets("publish", "--once", "--json")
    assert published["witnessed"] is False
    done = terminal.types("receipt", "1")
    proof = parse_tlog_proof(done.stdout.encode())
    assert "unwitnessed" in done.stderr
    told = terminal.gets("receipt", "1", "--json")
    assert (told["proof"], told["size"], told["witnessed"]) == (done.stdout, published["size"], False)
    checkpoint = parse_checkpoint(proof.note.text)
    verify_inclusion(
        leaf_hash=bytes.fromhex(str(told["leaf"])),
        index=0,
        size=checkpoint.size,
        proof=proof.hashes,
        root=checkpoint.root,
    )
