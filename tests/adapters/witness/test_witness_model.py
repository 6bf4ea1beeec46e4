"""Whatever is asked in whatever order, what a witness cosigns is one history, and it says no for the right reason."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.witness.errors import OtherSize
from domain.evidence.add_checkpoint import parse_add_checkpoint
from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.cosignature import verify_cosignatures
from domain.evidence.errors import MalformedError, ProofError
from domain.evidence.merkle import consistency_proof, tree_root
from domain.evidence.note import Note
from tests.adapters.witness.watched import WITNESS_KEY, Leaves, Ticking, watching

SIZES = st.integers(0, 20)


class Branch(Leaves):
    """A history that is the others' up to ``parts_at``."""

    def __init__(self, word: str, parts_at: int) -> None:
        super().__init__(word)
        self.parts_at = parts_at

    def hashes(self, size: int) -> list[bytes]:
        shared = Leaves("shared").hashes(min(size, self.parts_at))
        return [*shared, *super().hashes(size)[self.parts_at :]]


HISTORIES = [Branch("main", 20), Branch("fork at 3", 3), Branch("fork at 9", 9)]


# None: the size cosigned last, or the old size that is claimed.
REQUESTS = st.tuples(st.sampled_from(HISTORIES), st.none() | SIZES, st.none() | SIZES, SIZES, st.integers(-1000, 1000))


@given(st.lists(REQUESTS, max_size=10))
@settings(max_examples=80)
def test_what_is_cosigned_is_one_history_that_grows(
    asked: list[tuple[Branch, int | None, int | None, int, int]],
) -> None:
    clock = Ticking()
    with tempfile.TemporaryDirectory() as folder:
        last: list[bytes] = []
        cosigned_at = 0
        for history, claimed, begun, size, seconds in asked:
            old = len(last) if claimed is None else claimed
            proved = old if begun is None else begun
            clock.goes(seconds=seconds)
            # A fresh process each time: nothing may depend on what the one before had in memory.
            witness, _ = watching(Path(folder), clock)
            proof = consistency_proof(history.hashes(size), proved) if proved <= size else ()
            body = history.asks(old, size, proof=proof)
            note = parse_add_checkpoint(body).note
            hashes = history.hashes(size)
            try:
                line = witness.add_checkpoint(body)
            except MalformedError:
                assert old > size
            except OtherSize as told:
                assert told.size == len(last) != old  # noqa: PT017  one of four endings
            except ProofError:
                extends = hashes[: len(last)] == last
                right = consistency_proof(hashes, len(last)) if len(last) <= size else None
                assert old == len(last)
                assert not extends or proof != right
            else:
                assert old == len(last)
                assert hashes[: len(last)] == last
                (cosignature,) = verify_cosignatures(Note(note.text, (line,)), [WITNESS_KEY.verifier])
                at = int(cosignature.time.timestamp())
                assert at == max(cosigned_at, int(clock.at.timestamp()))
                last, cosigned_at = hashes, at
                assert parse_checkpoint(note.text).root == tree_root(last)
