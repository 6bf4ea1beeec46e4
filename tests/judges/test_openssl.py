"""openssl verifies what the log, a witness and people have signed, from nothing but the published keys and bytes."""

import json
import subprocess
from base64 import b64decode, urlsafe_b64decode
from hashlib import sha256
from pathlib import Path

import pytest

from domain.evidence.note import COSIGNATURE
from domain.evidence.statement import statement
from tests import keys
from tests.judges.small_log import ORIGIN, WITNESSES, SmallLog, key
from tests.passkeys import ALGORITHMS, passkey

pytestmark = pytest.mark.openssl
# SubjectPublicKeyInfo of an Ed25519 key up to the 32 bytes of the key itself (RFC 8410 section 4).
SPKI = bytes.fromhex("302a300506032b6570032100")


def _verified(folder: Path, public_key: bytes, message: bytes, signature: bytes) -> bool:
    return _verified_spki(folder, SPKI + public_key, message, signature)


def _verified_spki(folder: Path, spki: bytes, message: bytes, signature: bytes, *, hashed: str = "") -> bool:
    for name, data in (("key.der", spki), ("message", message), ("signature", signature)):
        (folder / name).write_bytes(data)
    command = (
        f"openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin {hashed} -in message -sigfile signature"
    )
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


def test_the_signature_of_a_person_over_a_statement(tmp_path: Path) -> None:
    signed = statement(
        origin=ORIGIN, digest="ab" * 32, level=1, decision="sign", appointment="an-appointment", nonce="a-nonce"
    )
    canonical = json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    digest = sha256(b"wenze/signature/v1\n" + canonical).digest()
    made = keys.held("principal", signed).signature
    signature = urlsafe_b64decode(made + "=" * (-len(made) % 4))
    assert _verified_spki(tmp_path, keys.public_key("principal"), digest, signature)
    assert not _verified_spki(tmp_path, keys.public_key("principal"), sha256(digest).digest(), signature)
    assert not _verified_spki(tmp_path, keys.public_key("reviewer"), digest, signature)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_assertion_of_a_passkey(algorithm: int, tmp_path: Path) -> None:
    device = passkey(algorithm)
    made = device.assertion(sha256(b"a statement").digest())
    message = made.authenticator_data + sha256(made.client_data).digest()
    hashed = "" if algorithm == -8 else "-digest sha256"
    assert _verified_spki(tmp_path, device.spki, message, made.signature, hashed=hashed)
    altered = made.authenticator_data + sha256(made.client_data + b" ").digest()
    assert not _verified_spki(tmp_path, device.spki, altered, made.signature, hashed=hashed)
