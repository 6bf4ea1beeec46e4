"""Whatever a parser accepts is written in the one way that its encoder writes; everything else is MalformedError."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.add_checkpoint import AddCheckpoint, parse_add_checkpoint
from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import consistency_proof
from domain.evidence.note import parse_note, parse_vkey
from domain.evidence.policy import parse_policy
from domain.evidence.tiles import decode_bundle, encode_bundle, parse_tile_path
from domain.evidence.tlog_proof import parse_tlog_proof
from tests.vectors.merkle_cases import HASHES
from tests.vectors.note_cases import GOOD, LOG, TEXT
from tests.vectors.proof_cases import policy, proof

REQUEST = AddCheckpoint(23, consistency_proof(HASHES[:40], 23), parse_note(GOOD)).encoded()
BUNDLE = encode_bundle([b"one", b"", b"three"])
# What a careless parser would read as something else: signs, spaces, other digits, other line ends, padding.
PIECES = st.sampled_from(
    [b"", b"\n", b"\r", b" ", b"\t", b"0", b"+", b"-", b"_", b"=", b"A", b"/", b"\x00", b"\xff", b"\n\n", "—".encode()]
) | st.binary(max_size=3)
FORMS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "note": (GOOD, lambda data: parse_note(data).encoded()),
    "checkpoint": (TEXT, lambda data: parse_checkpoint(data).text()),
    "proof": (proof(13, "court.test"), lambda data: parse_tlog_proof(data).encoded()),
    "request": (REQUEST, lambda data: parse_add_checkpoint(data).encoded()),
    "path": (b"tile/1/x001/x234/067.p/17", lambda data: path_again(data.decode(errors="surrogateescape"))),
    "vkey": (LOG.vkey().encode(), lambda data: parse_vkey(data.decode(errors="surrogateescape")).vkey().encode()),
    "bundle": (BUNDLE, lambda data: encode_bundle(decode_bundle(data, 3))),
}


def path_again(path: str) -> bytes:
    tile, of_entries = parse_tile_path(path)
    return (tile.entries_path() if of_entries else tile.path()).encode()


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_what_is_accepted_is_written_in_one_way(form: str, data: st.DataObject) -> None:
    written, read_and_write = FORMS[form]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(written)))
        end = data.draw(st.integers(start, min(start + 4, len(written))))
        written = written[:start] + data.draw(PIECES) + written[end:]
    try:
        again = read_and_write(written)
    except MalformedError:
        return
    assert again == written


@given(st.integers(0, 400), st.integers(0, 4), PIECES)
def test_a_policy_with_something_changed_is_read_or_refused(start: int, length: int, piece: bytes) -> None:
    written = policy().encode()
    try:
        parse_policy(written[:start] + piece + written[start + length :])
    except MalformedError:
        return
