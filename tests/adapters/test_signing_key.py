"""Keys as text: what is not exactly one is refused, and no message repeats the secret."""

import pytest

from adapters.signing_key import SigningKey, parse_signing_key
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import EMPTY_ROOT
from domain.evidence.note import COSIGNATURE, ED25519, Note, verify_log_signature

KEY = SigningKey("wenze.test/log", ED25519, bytes(range(32)))
TEXT = KEY.private_text()


def test_a_key_is_read_back_from_its_text_and_signs_what_its_verifier_key_accepts() -> None:
    assert "PRIVATE+KEY+wenze.test/log+" + KEY.verifier.key_id.hex() + "+" + TEXT.rpartition("+")[2] == TEXT
    assert parse_signing_key(TEXT) == KEY
    checkpoint = Checkpoint(KEY.name, 0, EMPTY_ROOT)
    verify_log_signature(Note(checkpoint.text(), (KEY.sign_checkpoint(checkpoint),)), KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.removeprefix("PRIVATE+KEY+"),
        TEXT.replace("wenze.test", "other.test"),
        TEXT[:-4],
        TEXT[:-1],
        TEXT + "=",
        f" {TEXT}",
        TEXT.replace(KEY.verifier.key_id.hex(), "00000000"),
        KEY.verifier.vkey(),
    ],
)
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_signing_key(text)
    assert TEXT.rpartition("+")[2][:8] not in str(refused.value)


def test_a_key_signs_no_other_logs_checkpoint_and_a_witnesss_key_none_as_a_log() -> None:
    with pytest.raises(ValueError, match="does not sign"):
        KEY.sign_checkpoint(Checkpoint("other.test/log", 0, EMPTY_ROOT))
    with pytest.raises(ValueError, match="does not sign"):
        SigningKey(KEY.name, COSIGNATURE, KEY.seed).sign_checkpoint(Checkpoint(KEY.name, 0, EMPTY_ROOT))


def test_a_key_in_a_traceback_shows_no_secret() -> None:
    assert KEY.seed.hex() not in repr(KEY)
    assert repr(KEY) == f"SigningKey({KEY.verifier.vkey()})"
