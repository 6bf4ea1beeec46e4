"""The tree against its definition, itself at every size, and somebody else's code; what one may do to a proof is in
``tests/vectors/evidence``."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from domain.evidence.errors import ProofError
from domain.evidence.merkle import (
    consistency_proof,
    inclusion_proof,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from domain.evidence.tiles import WIDTH, Tile, TiledTree, tiles_between
from tests.vectors.merkle_cases import HASHES

Sizes = st.integers(1, 600)


def _second_opinion() -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for number in range(600):
        tree.append_entry(number.to_bytes(4, "big"))
    return tree


SECOND_OPINION = _second_opinion()


def defined_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 9162 section 2.1.1, word by word."""
    if len(hashes) == 1:
        return hashes[0]
    split = max(2**power for power in range(20) if 2**power < len(hashes))
    return node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


@given(Sizes)
def test_a_root_is_the_one_that_is_defined(size: int) -> None:
    assert tree_root(HASHES[:size]) == defined_root(HASHES[:size])


@given(Sizes, st.data())
def test_every_leaf_of_every_tree_has_a_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(HASHES[:size], index)
    verify_inclusion(leaf_hash=HASHES[index], index=index, size=size, proof=proof, root=tree_root(HASHES[:size]))


def test_every_tree_to_600_has_the_root_that_somebody_else_s_code_gives_it() -> None:
    for size in range(1, 601):
        assert tree_root(HASHES[:size]) == SECOND_OPINION.get_root(size)


@given(Sizes, st.data())
def test_a_proof_is_the_one_that_somebody_else_s_code_makes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    # Its indexes count from 1, and its paths begin with the leaf.
    path = SECOND_OPINION.prove_inclusion(index + 1, size).serialize()["path"]
    assert [each.hex() for each in inclusion_proof(HASHES[:size], index)] == path[1:]


def test_at_every_size_to_600_the_ends_and_the_middle_are_proved_and_what_was_there_is_extended() -> None:
    for size in range(1, 601):
        hashes = HASHES[:size]
        root = tree_root(hashes)
        for index in {0, size // 2, size - 1}:
            proof = inclusion_proof(hashes, index)
            verify_inclusion(leaf_hash=hashes[index], index=index, size=size, proof=proof, root=root)
        for old in {size // 2, size - 1}:
            proof = consistency_proof(hashes, old)
            verify_consistency(old_size=old, old_root=tree_root(hashes[:old]), size=size, root=root, proof=proof)


@given(st.integers(0, 600), st.data())
def test_every_tree_extends_every_smaller_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    verify_consistency(
        old_size=old,
        old_root=tree_root(HASHES[:old]),
        size=size,
        root=tree_root(HASHES[:size]),
        proof=consistency_proof(HASHES[:size], old),
    )


def test_all_small_trees_and_all_their_proofs() -> None:
    for size in range(1, 34):
        root = tree_root(HASHES[:size])
        for index in range(size):
            proof = inclusion_proof(HASHES[:size], index)
            verify_inclusion(leaf_hash=HASHES[index], index=index, size=size, proof=proof, root=root)
            for wrong in range(size):
                if wrong != index:
                    with pytest.raises(ProofError):
                        verify_inclusion(leaf_hash=HASHES[index], index=wrong, size=size, proof=proof, root=root)
        for old in range(size + 1):
            proof = consistency_proof(HASHES[:size], old)
            verify_consistency(old_size=old, old_root=tree_root(HASHES[:old]), size=size, root=root, proof=proof)


@given(st.integers(0, 600), st.integers(0, 600), st.lists(st.sampled_from(HASHES[:5]), max_size=12))
def test_no_invented_proof_connects_two_trees(old: int, size: int, proof: list[bytes]) -> None:
    old_root, root = tree_root(HASHES[:old]), tree_root(HASHES[1 : size + 1])
    if (old, size) == (0, 0) or (old == 0 and not proof):
        return  # everything extends nothing
    with pytest.raises(ProofError):
        verify_consistency(old_size=old, old_root=old_root, size=size, root=root, proof=proof)


class Stored:
    """Tiles that a publisher would have written, one growth after the other."""

    def __init__(self) -> None:
        self.files: dict[Tile, list[bytes]] = {}
        self.size = 0

    def grow(self, size: int, hashes: list[bytes]) -> None:
        for tile in tiles_between(self.size, size):
            unit = WIDTH**tile.level
            first = tile.number * WIDTH
            self.files[tile] = [
                tree_root(hashes[(first + n) * unit : (first + n + 1) * unit]) for n in range(tile.width)
            ]
        self.size = size


@given(st.lists(st.integers(0, 600), min_size=1, max_size=5), st.data())
def test_a_tree_read_from_tiles_is_the_tree(growths: list[int], data: st.DataObject) -> None:
    stored = Stored()
    for size in sorted(growths):
        stored.grow(size, HASHES)
    tree = TiledTree(stored.size, stored.files.__getitem__)
    hashes = HASHES[: stored.size]
    assert tree.root() == tree_root(hashes)
    old = data.draw(st.integers(0, stored.size))
    assert tree.consistency_proof(old) == consistency_proof(hashes, old)
    if stored.size:
        index = data.draw(st.integers(0, stored.size - 1))
        assert tree.inclusion_proof(index) == inclusion_proof(hashes, index)


def test_a_tree_of_three_levels_is_read_from_tiles() -> None:
    size = WIDTH * WIDTH + 3 * WIDTH + 7
    hashes = [sha256(number.to_bytes(4, "big")).digest() for number in range(size)]
    stored = Stored()
    for step in (1, 255, 256, 257, 70_000 - 4_000, size):
        stored.grow(min(step, size), hashes)
    tree = TiledTree(size, stored.files.__getitem__)
    assert tree.root() == tree_root(hashes)
    assert max(tile.level for tile in stored.files) == 2
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        verify_inclusion(
            leaf_hash=hashes[index], index=index, size=size, proof=tree.inclusion_proof(index), root=tree.root()
        )
