"""Go's checksum database code walks a log of ours and checks its receipts; and it sees what was changed in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.evidence.note import COSIGNATURE, Note
from tests.judges.conftest import Judge
from tests.judges.small_log import ORIGIN, WITNESSES, SmallLog, key, private

pytestmark = pytest.mark.go
KEYS = (
    "-key",
    key(ORIGIN).vkey(),
    *(each for name in WITNESSES for each in ("-witness", key(name, COSIGNATURE).vkey())),
)
Serve = Callable[[Path], str]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1000, 70_000])
def test_a_log_of_any_size_is_accepted_with_its_entries(
    size: int, tmp_path: Path, go_judge: Judge, serve: Serve
) -> None:
    SmallLog(tmp_path, size)
    said = go_judge("-log", serve(tmp_path), *KEYS, "-quorum", "2", "-entries", str(tmp_path))
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"tree {size} ")


@pytest.mark.parametrize("old", [1, 255, 256, 300, 999, 1000])
def test_a_log_extends_its_earlier_checkpoints(old: int, tmp_path: Path, go_judge: Judge, serve: Serve) -> None:
    log = SmallLog(tmp_path, 1000)
    earlier = tmp_path / "earlier"
    earlier.write_bytes(log.checkpoint(old).encoded())
    said = go_judge("-log", serve(tmp_path), *KEYS, "-old", str(earlier))
    assert (said.returncode, said.stderr) == (0, "")
    assert f"extends {old}" in said.stdout


def test_every_receipt_proves_its_entry(tmp_path: Path, go_judge: Judge, serve: Serve) -> None:
    log = SmallLog(tmp_path, 600)
    pairs = []
    for index in (0, 1, 254, 255, 256, 511, 512, 599):
        (tmp_path / f"{index}.tlog-proof").write_bytes(log.receipt(index))
        (tmp_path / f"{index}.json").write_bytes(log.entries[index])
        pairs.append(f"{tmp_path}/{index}.tlog-proof={tmp_path}/{index}.json")
    said = go_judge("-log", serve(tmp_path), *KEYS, "-quorum", "2", *pairs)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.count("receipt ") == 8
    (tmp_path / "0.json").write_bytes(log.entries[1])
    assert "invalid" in go_judge("-log", serve(tmp_path), *KEYS, pairs[0]).stderr


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _unwitnessed(log: SmallLog) -> None:
    (log.folder / "checkpoint").write_bytes(Note(log.note.text, log.note.signatures[:2]).encoded())


def _unsigned(log: SmallLog) -> None:
    (log.folder / "checkpoint").write_bytes(Note(log.note.text, log.note.signatures[1:]).encoded())


def _another_origin(log: SmallLog) -> None:
    text = log.note.text.replace(ORIGIN.encode(), b"wenze.test/other")
    line = log.note.signatures[0]
    signed = type(line)(line.name, line.key_id, private(ORIGIN).sign(text))
    (log.folder / "checkpoint").write_bytes(Note(text, (signed,)).encoded())


CHANGES: dict[str, tuple[Callable[[SmallLog], None], tuple[str, ...]]] = {
    "a bit of a leaf tile": (lambda log: _flip(log.folder / "tile/0/001"), ()),
    "a bit of the partial leaf tile": (lambda log: _flip(log.folder / "tile/0/003.p/232"), ()),
    "a bit of the tile above": (lambda log: _flip(log.folder / "tile/1/000.p/3"), ()),
    "a bit of an entry": (lambda log: _flip(log.folder / "tile/entries/002"), ()),
    "a bit of the checkpoint": (lambda log: _flip(log.folder / "checkpoint"), ()),
    "a tile is gone": (lambda log: (log.folder / "tile/0/000").unlink(), ()),
    "one witness too few": (_unwitnessed, ("-quorum", "2")),
    "not signed by the log": (_unsigned, ()),
    "another origin under the same key": (_another_origin, ()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_refused(change: str, tmp_path: Path, go_judge: Judge, serve: Serve) -> None:
    log = SmallLog(tmp_path, 1000)
    alter, arguments = CHANGES[change]
    alter(log)
    said = go_judge("-log", serve(tmp_path), *KEYS, "-entries", str(tmp_path), *arguments)
    assert said.returncode == 1
    assert said.stderr.startswith("judge: ")


def test_a_fork_does_not_extend_what_it_forked_from(tmp_path: Path, go_judge: Judge, serve: Serve) -> None:
    log = SmallLog(tmp_path / "log", 1000)
    log.hashes[700] = log.hashes[701]
    fork = tmp_path / "fork"
    fork.write_bytes(log.checkpoint(900).encoded())
    said = go_judge("-log", serve(tmp_path / "log"), *KEYS, "-old", str(fork))
    assert said.returncode == 1
    assert "does not extend" in said.stderr


def test_a_witness_key_under_another_name_is_no_key(tmp_path: Path, go_judge: Judge) -> None:
    forged = key("court.test", COSIGNATURE).vkey().replace("court.test", "curt.test")
    said = go_judge("-log", "unused", "-key", key(ORIGIN).vkey(), "-witness", forged)
    assert said.returncode == 1
    assert "the id is that of another key" in said.stderr
