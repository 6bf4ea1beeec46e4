"""openssl verifies the log's signature and a witness's, from nothing but the published key and note."""

import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from domain.evidence.note import COSIGNATURE
from tests.judges.small_log import ORIGIN, WITNESSES, SmallLog, key

pytestmark = pytest.mark.openssl
# SubjectPublicKeyInfo of an Ed25519 key up to the 32 bytes of the key itself (RFC 8410 section 4).
SPKI = bytes.fromhex("302a300506032b6570032100")


def _verified(folder: Path, public_key: bytes, message: bytes, signature: bytes) -> bool:
    for name, data in (("key.der", SPKI + public_key), ("message", message), ("signature", signature)):
        (folder / name).write_bytes(data)
    command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in message -sigfile signature"
    said = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False, timeout=30)
    assert said.returncode in (0, 1), said.stderr
    return said.returncode == 0


def _read(note: bytes, name: str) -> tuple[bytes, bytes]:
    """The text of a note and the bytes behind the key id of one line, read by hand."""
    text, _, lines = note.rpartition(b"\n\n")
    (line,) = (each for each in lines.decode().splitlines() if each.startswith(f"— {name} "))
    return text + b"\n", b64decode(line.split(" ")[2])[4:]


def test_the_signature_of_the_log(tmp_path: Path) -> None:
    log = SmallLog(tmp_path / "log", 300)
    public_key = b64decode(key(ORIGIN).vkey().split("+", 2)[2])[1:]
    text, signature = _read((tmp_path / "log/checkpoint").read_bytes(), ORIGIN)
    assert text == log.note.text
    assert _verified(tmp_path, public_key, text, signature)
    assert not _verified(tmp_path, public_key, text.replace(b"\n300\n", b"\n301\n"), signature)


def test_the_cosignature_of_a_witness(tmp_path: Path) -> None:
    SmallLog(tmp_path / "log", 300)
    public_key = b64decode(key(WITNESSES[0], COSIGNATURE).vkey().split("+", 2)[2])[1:]
    text, made = _read((tmp_path / "log/checkpoint").read_bytes(), WITNESSES[0])
    seconds = int.from_bytes(made[:8], "big")
    assert _verified(tmp_path, public_key, f"cosignature/v1\ntime {seconds}\n".encode() + text, made[8:])
    assert not _verified(tmp_path, public_key, f"cosignature/v1\ntime {seconds + 1}\n".encode() + text, made[8:])
