"""Notes, checkpoints, cosignatures, policies and proofs: what is right verifies, and every way of writing it otherwise
is refused."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.cosignature import cosignature_line, cosigned_bytes, verify_cosignatures
from domain.evidence.digest import leaf_hash
from domain.evidence.errors import EvidenceError, MalformedError, PolicyError, ProofError, SignatureError
from domain.evidence.merkle import EMPTY_ROOT, inclusion_proof, tree_root
from domain.evidence.note import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    VerifierKey,
    parse_note,
    parse_vkey,
    verify_log_signature,
)
from domain.evidence.policy import Policy, parse_policy
from domain.evidence.tlog_proof import TlogProof, parse_tlog_proof, verify_tlog_proof

ORIGIN = "wenze.test/log"
SECONDS = 1_583_310_300


def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def key(name: str, key_type: int = ED25519) -> VerifierKey:
    return VerifierKey(name, key_type, private(name).public_key().public_bytes_raw())


LOG = key(ORIGIN)
WITNESSES = {name: key(name, COSIGNATURE) for name in ("court.test", "paper.test", "union.test")}
ENTRIES = [f"entry {number}".encode() for number in range(40)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
CHECKPOINT = Checkpoint(ORIGIN, 40, tree_root(HASHES))


def signed(text: bytes, *witnesses: str) -> Note:
    lines = [Signature(LOG.name, LOG.key_id, private(ORIGIN).sign(text))]
    for name in witnesses:
        made = private(name).sign(cosigned_bytes(text, SECONDS))
        lines.append(cosignature_line(WITNESSES[name], seconds=SECONDS, signature=made))
    return Note(text, tuple(lines))


def policy(quorum: str = "two") -> Policy:
    return parse_policy(
        "".join(
            (
                "# whom we believe\n",
                f"log {LOG.vkey()} https://wenze.test/log\n\n",
                *(f"witness {name} {each.vkey()}\n" for name, each in WITNESSES.items()),
                f"group two 2 {' '.join(WITNESSES)}\n",
                f"quorum {quorum}\n",
            )
        ).encode()
    )


def test_the_verifier_key_of_the_specification_is_read_and_written() -> None:
    text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert parse_vkey(text).name == "example.com/foo"
    assert parse_vkey(text).vkey() == text


def test_a_note_goes_there_and_back() -> None:
    note = signed(CHECKPOINT.text(), "court.test")
    assert parse_note(note.encoded()) == note
    assert parse_checkpoint(note.text) == CHECKPOINT
    verify_log_signature(note, LOG)


def test_the_text_of_a_note_may_have_empty_lines_and_ends_at_the_last() -> None:
    text = b"one\n\n\ntwo\n"
    assert parse_note(signed(text).encoded()).text == text


VKEYS: dict[str, str] = {
    "id-of-another-name": LOG.vkey().replace(ORIGIN, "other.test/log"),
    "id-of-7-digits": LOG.vkey().replace(LOG.key_id.hex(), LOG.key_id.hex()[:7]),
    "id-in-capitals": LOG.vkey().replace(LOG.key_id.hex(), "ABCDEF12"),
    "no-name": "+" + LOG.vkey().split("+", 1)[1],
    "name-with-a-space": LOG.vkey().replace("wenze.test", "wenze test"),
    "no-key": f"{ORIGIN}+{LOG.key_id.hex()}",
    "key-without-padding": LOG.vkey().rstrip("=") + ("" if LOG.vkey().endswith("=") else "A"),
    "unknown-type": f"{ORIGIN}+{LOG.key_id.hex()}+{b64encode(bytes([9]) + LOG.public_key).decode()}",
    "key-of-31-bytes": f"{ORIGIN}+{LOG.key_id.hex()}+{b64encode(bytes([1]) + LOG.public_key[:31]).decode()}",
    "small-order": f"{ORIGIN}+00000000+{b64encode(bytes([1]) + bytes(32)).decode()}",
    "empty": "",
}


@pytest.mark.parametrize("case", VKEYS)
def test_a_changed_verifier_key_is_refused(case: str) -> None:
    with pytest.raises(MalformedError):
        parse_vkey(VKEYS[case])


ROOT = b64encode(CHECKPOINT.root).decode()
CHECKPOINTS: dict[str, str] = {
    "size-with-leading-zero": f"{ORIGIN}\n040\n{ROOT}\n",
    "size-with-plus": f"{ORIGIN}\n+40\n{ROOT}\n",
    "size-with-underscore": f"{ORIGIN}\n4_0\n{ROOT}\n",
    "size-with-space": f"{ORIGIN}\n40 \n{ROOT}\n",
    "size-in-other-digits": f"{ORIGIN}\n\uff14\uff10\n{ROOT}\n",
    "size-negative": f"{ORIGIN}\n-40\n{ROOT}\n",
    "size-beyond-63-bits": f"{ORIGIN}\n9223372036854775808\n{ROOT}\n",
    "size-empty": f"{ORIGIN}\n\n{ROOT}\n",
    "root-without-padding": f"{ORIGIN}\n40\n{ROOT[:-1]}\n",
    "root-with-junk": f"{ORIGIN}\n40\n{ROOT[:-1]}!=\n",
    "root-with-spare-bits": f"{ORIGIN}\n40\n{'A' * 42}B=\n",
    "root-of-31-bytes": f"{ORIGIN}\n40\n{b64encode(CHECKPOINT.root[:31]).decode()}\n",
    "empty-tree-with-a-root": f"{ORIGIN}\n0\n{ROOT}\n",
    "origin-empty": f"\n40\n{ROOT}\n",
    "origin-with-space": f"wenze log\n40\n{ROOT}\n",
    "origin-with-plus": f"wenze+log\n40\n{ROOT}\n",
    "extension-line": f"{ORIGIN}\n40\n{ROOT}\nhidden\n",
    "fourth-line-empty": f"{ORIGIN}\n40\n{ROOT}\n\n",
    "two-lines": f"{ORIGIN}\n40\n",
    "no-last-line-feed": f"{ORIGIN}\n40\n{ROOT}",
    "carriage-returns": f"{ORIGIN}\r\n40\r\n{ROOT}\r\n",
    "empty": "",
}


@pytest.mark.parametrize("case", CHECKPOINTS)
def test_a_checkpoint_written_otherwise_is_refused(case: str) -> None:
    with pytest.raises(MalformedError):
        parse_checkpoint(CHECKPOINTS[case].encode())


def test_a_checkpoint_of_the_empty_tree_is_one() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert parse_checkpoint(empty.text()) == empty


GOOD = signed(CHECKPOINT.text(), "court.test").encoded()
NOTES: dict[str, bytes] = {
    "no-empty-line": GOOD.replace(b"\n\n", b"\n"),
    "no-signature": GOOD[: GOOD.index(b"\n\n") + 2],
    "no-text": GOOD[GOOD.index(b"\n\n") + 1 :],
    "hyphen-for-the-dash": GOOD.replace("—".encode(), b"-"),
    "no-space-after-the-dash": GOOD.replace("— ".encode(), "—".encode()),
    "two-spaces-after-the-dash": GOOD.replace("— ".encode(), "—  ".encode()),
    "tab-in-the-text": GOOD.replace(b"wenze.test/log\n", b"wenze\ttest/log\n", 1),
    "no-last-line-feed": GOOD[:-1],
    "text-after-the-signatures": GOOD + b"more\n",
    "not-utf-8": GOOD.replace(b"wenze", b"\xff\xfe", 1),
    "signature-of-no-bytes": GOOD + f"— x {b64encode(b'1234').decode()}\n".encode(),
    "signature-without-padding": GOOD + f"— x {b64encode(b'12345').decode().rstrip('=')}\n".encode(),
    "a-hundred-and-one-signatures": CHECKPOINT.text() + b"\n" + 101 * f"— x {b64encode(b'12345').decode()}\n".encode(),
}


@pytest.mark.parametrize("case", NOTES)
def test_a_note_written_otherwise_is_refused(case: str) -> None:
    with pytest.raises(MalformedError):
        parse_note(NOTES[case])


def test_a_signature_of_somebody_unknown_says_nothing_and_a_wrong_one_of_the_log_spoils_all() -> None:
    note = signed(CHECKPOINT.text())
    stranger = Signature("stranger", b"1234", b"x" * 64)
    verify_log_signature(Note(note.text, (stranger, *note.signatures)), LOG)
    forged = Signature(LOG.name, LOG.key_id, b"x" * 64)
    with pytest.raises(SignatureError):
        verify_log_signature(Note(note.text, (*note.signatures, forged)), LOG)
    with pytest.raises(SignatureError):
        verify_log_signature(Note(note.text, (stranger,)), LOG)
    with pytest.raises(SignatureError):
        verify_log_signature(Note(note.text.replace(b"40", b"41"), note.signatures), LOG)


def test_a_witness_counts_once_with_its_latest_time() -> None:
    text = CHECKPOINT.text()
    later = private("court.test").sign(cosigned_bytes(text, SECONDS + 60))
    line = cosignature_line(WITNESSES["court.test"], seconds=SECONDS + 60, signature=later)
    note = Note(text, (*signed(text, "court.test").signatures, line))
    (cosignature,) = verify_cosignatures(note, [*WITNESSES.values()])
    assert cosignature.time == datetime.fromtimestamp(SECONDS + 60, UTC)
    with pytest.raises(PolicyError):
        policy().require_quorum([cosignature.key, cosignature.key])


def test_a_cosignature_of_another_time_or_checkpoint_is_refused() -> None:
    text = CHECKPOINT.text()
    made = private("court.test").sign(cosigned_bytes(text, SECONDS))
    court = WITNESSES["court.test"]
    for forged in (
        cosignature_line(court, seconds=SECONDS + 1, signature=made),
        cosignature_line(court, seconds=SECONDS, signature=private("paper.test").sign(cosigned_bytes(text, SECONDS))),
        cosignature_line(court, seconds=SECONDS, signature=private("court.test").sign(text)),
        cosignature_line(court, seconds=2**63, signature=made),
        Signature(court.name, court.key_id, made),
    ):
        with pytest.raises(EvidenceError):
            verify_cosignatures(Note(text, (forged,)), [court])


POLICIES: dict[str, str] = {
    "no-quorum": f"log {LOG.vkey()}\n",
    "two-quorums": f"log {LOG.vkey()}\nquorum none\nquorum none\n",
    "no-log": "quorum none\n",
    "quorum-of-nobody": f"log {LOG.vkey()}\nquorum court\n",
    "unknown-statement": f"log {LOG.vkey()}\nquorum none\ntrust me\n",
    "witness-key-twice": (
        f"log {LOG.vkey()}\nwitness a {WITNESSES['court.test'].vkey()}\n"
        f"witness b {WITNESSES['court.test'].vkey()}\nquorum none\n"
    ),
    "witness-key-under-another-name": (
        f"log {LOG.vkey()}\nwitness a {WITNESSES['court.test'].vkey()}\n"
        f"witness b {VerifierKey('other.test', COSIGNATURE, WITNESSES['court.test'].public_key).vkey()}\nquorum none\n"
    ),
    "log-key-as-a-witness": (
        f"log {LOG.vkey()}\nwitness a {VerifierKey('w', COSIGNATURE, LOG.public_key).vkey()}\nquorum a\n"
    ),
    "witness-with-a-log's-type": f"log {LOG.vkey()}\nwitness a {key('court.test').vkey()}\nquorum a\n",
    "log-with-a-witness's-type": f"log {key(ORIGIN, COSIGNATURE).vkey()}\nquorum none\n",
    "group-of-a-stranger": f"log {LOG.vkey()}\ngroup g 1 a\nquorum g\n",
    "group-of-one-twice": f"log {LOG.vkey()}\nwitness a {WITNESSES['court.test'].vkey()}\ngroup g 2 a a\nquorum g\n",
    "group-of-more-than-it-has": (
        f"log {LOG.vkey()}\nwitness a {WITNESSES['court.test'].vkey()}\ngroup g 2 a\nquorum g\n"
    ),
    "group-of-none": f"log {LOG.vkey()}\nwitness a {WITNESSES['court.test'].vkey()}\ngroup g 0 a\nquorum g\n",
    "name-none": f"log {LOG.vkey()}\nwitness none {WITNESSES['court.test'].vkey()}\nquorum none\n",
    "log-alone": "log\nquorum none\n",
}


@pytest.mark.parametrize("case", POLICIES)
def test_a_policy_that_is_not_one_is_refused(case: str) -> None:
    with pytest.raises(MalformedError):
        parse_policy(POLICIES[case].encode())


def test_groups_of_groups_reach_a_quorum_exactly_when_they_say() -> None:
    text = policy("none")
    assert text.quorum is None
    nested = parse_policy(
        "".join(
            (
                f"log {LOG.vkey()}\n",
                *(f"witness {name} {each.vkey()}\n" for name, each in WITNESSES.items()),
                "group press any paper.test union.test\ngroup both all court.test press\nquorum both\n",
            )
        ).encode()
    )
    court, paper, union = WITNESSES.values()
    nested.require_quorum([court, union])
    nested.require_quorum([court, paper, union])
    for too_few in ([], [court], [paper, union]):
        with pytest.raises(PolicyError):
            nested.require_quorum(too_few)


PROOF = TlogProof(13, inclusion_proof(HASHES, 13), signed(CHECKPOINT.text(), "court.test", "paper.test"))


def test_a_proof_goes_there_and_back_and_verifies() -> None:
    for proof in (PROOF, TlogProof(PROOF.index, PROOF.hashes, PROOF.note, b"extra")):
        assert parse_tlog_proof(proof.encoded()) == proof
        proved = verify_tlog_proof(proof, leaf_hash=HASHES[13], policy=policy())
        assert proved.checkpoint == CHECKPOINT
        assert {each.key.name for each in proved.cosignatures} == {"court.test", "paper.test"}


def test_a_proof_of_something_else_or_for_somebody_else_is_refused() -> None:
    with pytest.raises(ProofError):
        verify_tlog_proof(PROOF, leaf_hash=HASHES[14], policy=policy())
    alone = TlogProof(13, PROOF.hashes, signed(CHECKPOINT.text(), "court.test"))
    with pytest.raises(PolicyError):
        verify_tlog_proof(alone, leaf_hash=HASHES[13], policy=policy())
    other = Checkpoint("other.test/log", 40, CHECKPOINT.root)
    with pytest.raises(PolicyError):
        verify_tlog_proof(
            TlogProof(13, PROOF.hashes, signed(other.text())), leaf_hash=HASHES[13], policy=policy("none")
        )


PROOFS: dict[str, Callable[[bytes], bytes]] = {
    "another-version": lambda data: data.replace(b"@v1", b"@v2"),
    "index-negative": lambda data: data.replace(b"index 13", b"index -1"),
    "index-with-leading-zero": lambda data: data.replace(b"index 13", b"index 013"),
    "index-missing": lambda data: data.replace(b"index 13\n", b""),
    "index-twice": lambda data: data.replace(b"index 13\n", b"index 13\nindex 13\n"),
    "extra-after-index": lambda data: data.replace(b"index 13\n", b"index 13\nextra eA==\n"),
    "hash-of-31-bytes": lambda data: data.replace(b"index 13\n", b"index 13\n" + b64encode(b"x" * 31) + b"\n"),
    "more-than-63-hashes": lambda data: data.replace(
        b"index 13\n", b"index 13\n" + 64 * (b64encode(b"x" * 32) + b"\n")
    ),
    "no-empty-line": lambda data: data.replace(b"\n\nwenze", b"\nwenze"),
    "no-checkpoint": lambda data: data[: data.index(b"\n\n") + 2],
    "carriage-returns": lambda data: data.replace(b"\n", b"\r\n"),
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("case", PROOFS)
def test_a_proof_written_otherwise_is_refused(case: str) -> None:
    with pytest.raises(MalformedError):
        parse_tlog_proof(PROOFS[case](PROOF.encoded()))
