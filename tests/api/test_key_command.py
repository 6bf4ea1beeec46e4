"""The key that a person holds: made once, readable by nobody else, and never where the server is."""

import json
import stat
from base64 import urlsafe_b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key
from typer.testing import CliRunner

from adapters.files.held_key import KeyFileExists, KeyFileUnusable, make_key_file, read_key_file
from adapters.secret_files import SecretExposed
from api.cli import build

RUNNER = CliRunner()


def test_a_key_is_made_for_its_owner_only_and_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    path = tmp_path / "own" / "signing.key"
    made = make_key_file(path, None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    spki = urlsafe_b64decode(made.public_key + "=" * (-len(made.public_key) % 4))
    assert made.credential == sha256(spki).hexdigest()
    public = load_der_public_key(spki)
    assert isinstance(public, Ed25519PublicKey)
    signature = read_key_file(path, None).sign("ab" * 32)
    public.verify(urlsafe_b64decode(signature + "=="), bytes.fromhex("ab" * 32))


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    make_key_file(tmp_path / "key", None)
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(KeyFileExists):
        make_key_file(tmp_path / "key", None)
    assert (tmp_path / "key").read_bytes() == before


def test_an_encrypted_key_opens_with_its_passphrase_and_with_no_other(tmp_path: Path) -> None:
    made = make_key_file(tmp_path / "key", "通行")
    assert read_key_file(tmp_path / "key", "通行").credential == made.credential
    for wrong in ("通", None):
        with pytest.raises(KeyFileUnusable):
            read_key_file(tmp_path / "key", wrong)


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    make_key_file(tmp_path / "key", None)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(SecretExposed, match="chmod"):
        read_key_file(tmp_path / "key", None)


def test_a_key_of_another_kind_is_not_used(tmp_path: Path) -> None:
    rsa = generate_private_key(public_exponent=65537, key_size=2048)
    for name, content in (
        ("rsa", rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())), ("text", b"no key"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
        with pytest.raises(KeyFileUnusable):
            read_key_file(tmp_path / name, None)


def test_the_commands_make_and_show_the_same_key_and_ask_for_the_passphrase(tmp_path: Path) -> None:
    words = ["--key", str(tmp_path / "key"), "--json"]
    made = RUNNER.invoke(build(), ["key", "make", *words], input="secret\nsecret\n")
    assert made.exit_code == 0, made.output
    shown = RUNNER.invoke(build(), ["key", "show", *words], input="secret\n")
    assert json.loads(shown.stdout) == json.loads(made.stdout)
    assert "secret" not in made.output + shown.output
    assert b"ENCRYPTED" in (tmp_path / "key").read_bytes()
