"""A signature as it stands in stored bytes, whatever somebody wrote there."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.errors import EvidenceError, MalformedError, ProofError, SignatureError
from domain.evidence.held_signature import EnrolledKey, require_key, verify_held
from domain.evidence.statement import MAX_BATCH, batch_path, batch_root, batch_root_from, statement, statement_digest
from domain.evidence.strict import base64url, base64url_text
from tests.keys import enrolled_key, held, held_in_batch, held_on_paper, public_key

SIGNED = statement(origin="test/log", digest="a1" * 32, level=1, decision="sign", appointment="office", nonce="n")
DIGESTS = [f"{number:064x}" for number in range(MAX_BATCH)]


def verifies(signature: Any, key: EnrolledKey | None = None, **changes: Any) -> None:
    plain = msgspec.to_builtins(signature) if isinstance(signature, msgspec.Struct) else signature
    given: dict[str, Any] = {"statement": statement_digest(SIGNED), "origin": "test/log", "nonce": "n", "signer": "one"}
    verify_held(plain, key=key or enrolled_key("one"), **given | changes)


def plain(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(held("one", SIGNED))
    return made | changes


def test_it_verifies_alone_in_a_batch_and_on_paper() -> None:
    verifies(held("one", SIGNED))
    for each in held_in_batch("one", [SIGNED])[:1]:
        verifies(each)
    verifies(held_on_paper("two", "one", SIGNED), enrolled_key("two"))


@pytest.mark.parametrize("changes", [{"statement": "00" * 32}, {"origin": "other"}, {"nonce": "m"}])
def test_another_statement_log_or_nonce_is_not_what_was_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        verifies(held_in_batch("one", [SIGNED])[0], **changes)


def test_a_paper_is_of_its_signer() -> None:
    with pytest.raises(SignatureError):
        verifies(held_on_paper("two", "one", SIGNED), enrolled_key("two"), signer="three")


BROKEN: dict[str, dict[str, Any]] = {
    "no signature": {"signature": None},
    "a number for a signature": {"signature": 7},
    "padding": {"signature": plain()["signature"] + "=="},
    "another method": {"method": "webauthn"},
    "no method": {"method": None},
    "an unknown method": {"method": "fax"},
    "a paper that is none": {"method": "paper"},
    "a field that nobody knows": {"note": "x"},
    "client data": {"client_data": "e30"},
    "a path that is text": {"batch": {"index": 0, "size": 1, "path": ""}},
    "a path of numbers": {"batch": {"index": 0, "size": 2, "path": [1]}},
    "a path of capital letters": {"batch": {"index": 0, "size": 2, "path": ["AB" * 32]}},
    "an index of a word": {"batch": {"index": "0", "size": 1, "path": []}},
    "an index that is true": {"batch": {"index": True, "size": 2, "path": ["ab" * 32]}},
    "a paper without scan": {"method": "paper", "paper": {"attested_by": "one"}},
    "a paper with another scan": {"method": "paper", "paper": {"attested_by": "one", "scan": "x"}},
    "a batch that is a list": {"batch": []},
    "a paper that is text": {"method": "paper", "paper": "scan"},
    "a batch with more in it": {"batch": {"index": 0, "size": 1, "path": [], "root": "x"}},
    "a paper with more in it": {"method": "paper", "paper": {"attested_by": "one", "scan": "ab" * 32, "by": "x"}},
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_does_not_have_the_form_is_malformed(how: str) -> None:
    with pytest.raises(MalformedError):
        verifies(plain(**BROKEN[how]))


Json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted({*plain(), "paper", "batch", "client_data", "x"})), Json, max_size=4))
def test_nothing_that_can_be_written_is_anything_but_evidence_or_none(changes: dict[str, Any]) -> None:
    if plain(**changes) == plain():
        return
    with pytest.raises(EvidenceError):
        verifies(plain(**changes))


def test_a_key_is_of_its_algorithm_and_written_in_one_way() -> None:
    require_key(enrolled_key("one"))
    for key in (
        EnrolledKey(method="ed25519", public_key=public_key("one"), algorithm=-7),
        EnrolledKey(method="ed25519", public_key=public_key("one")[:-1], algorithm=-8),
        EnrolledKey(method="ed25519", public_key=public_key("one") + b"\0", algorithm=-8),
        EnrolledKey(method="ed25519", public_key=b"", algorithm=-8),
    ):
        with pytest.raises(MalformedError):
            require_key(key)


@pytest.mark.parametrize("size", [1, 2, 3, 11, 20])
def test_a_batch_leads_to_its_root_from_every_place(size: int) -> None:
    digests = DIGESTS[:size]
    for index, digest in enumerate(digests):
        path = batch_path(digests, index)
        assert batch_root_from(digest=digest, index=index, size=size, path=path) == batch_root(digests)


@pytest.mark.parametrize("size", [0, 21])
def test_a_batch_has_one_to_twenty_statements(size: int) -> None:
    with pytest.raises(ProofError):
        batch_root(["00" * 32] * size)
    with pytest.raises(ProofError):
        batch_root_from(digest="00" * 32, index=0, size=size, path=[])


@given(st.binary(max_size=80))
def test_base64url_is_written_in_one_way(data: bytes) -> None:
    text = base64url_text(data)
    assert base64url("field", text) == data
    for other in (text + "=", text + "\n", " " + text, text.replace("-", "+") if "-" in text else text + "+"):
        with pytest.raises(MalformedError):
            base64url("field", other)
    with pytest.raises(MalformedError):
        base64url("field", text, length=len(data) + 1)


def test_spare_bits_write_nothing_twice() -> None:
    assert base64url("field", "AA") == b"\0"
    for text in ("AB", "A", "AAB"):
        with pytest.raises(MalformedError):
            base64url("field", text)
