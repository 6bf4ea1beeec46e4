"""The tree against published roots, against itself at every size, and against whatever one may do to a proof."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.digest import leaf_hash
from domain.evidence.errors import ProofError
from domain.evidence.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from domain.evidence.tiles import WIDTH, Tile, TiledTree, tiles_between

# The eight entries whose roots every implementation of RFC 6962 knows.
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
HASHES = [sha256(b"\x00" + number.to_bytes(4, "big")).digest() for number in range(601)]
Sizes = st.integers(1, 600)


def defined_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 9162 section 2.1.1, word by word."""
    if len(hashes) == 1:
        return hashes[0]
    split = max(2**power for power in range(20) if 2**power < len(hashes))
    return node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


def test_the_roots_are_the_published_ones() -> None:
    hashes = [leaf_hash(entry) for entry in ENTRIES]
    roots = [tree_root(hashes[:size]).hex() for size in range(1, 9)]
    begin = ["6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"]
    assert [root[:8] for root in roots] == begin
    assert roots[7] == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert tree_root([]) == EMPTY_ROOT == sha256(b"").digest()


@given(Sizes)
def test_a_root_is_the_one_that_is_defined(size: int) -> None:
    assert tree_root(HASHES[:size]) == defined_root(HASHES[:size])


@given(Sizes, st.data())
def test_every_leaf_of_every_tree_has_a_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(HASHES[:size], index)
    verify_inclusion(leaf_hash=HASHES[index], index=index, size=size, proof=proof, root=tree_root(HASHES[:size]))


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


MUTATIONS: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "wrong-leaf": lambda c: c | {"leaf_hash": HASHES[600]},
    "index-plus-1": lambda c: c | {"index": c["index"] + 1},
    "index-minus-1": lambda c: c | {"index": c["index"] - 1},
    "index-negative": lambda c: c | {"index": -1},
    "index-is-size": lambda c: c | {"index": c["size"]},
    "size-0": lambda c: c | {"size": 0},
    "proof-truncated": lambda c: c | {"proof": c["proof"][:-1]},
    "proof-with-one-more": lambda c: c | {"proof": (*c["proof"], HASHES[0])},
    "proof-with-one-before": lambda c: c | {"proof": (HASHES[0], *c["proof"])},
    "proof-reversed": lambda c: c | {"proof": c["proof"][::-1]},
    "proof-empty": lambda c: c | {"proof": ()},
    "proof-of-64": lambda c: c | {"proof": (HASHES[0],) * 64},
    "hash-of-31-bytes": lambda c: c | {"proof": (c["proof"][0][:31], *c["proof"][1:])},
    "leaf-of-no-bytes": lambda c: c | {"leaf_hash": b""},
    "root-of-no-bytes": lambda c: c | {"root": b""},
    "root-from-another-tree": lambda c: c | {"root": tree_root(HASHES[:41])},
    "leaf-is-a-node": lambda c: c | {"leaf_hash": node_hash(HASHES[12], HASHES[13]), "proof": c["proof"][1:]},
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_inclusion_proof_is_refused(mutation: str) -> None:
    case: dict[str, object] = {
        "leaf_hash": HASHES[13],
        "index": 13,
        "size": 40,
        "proof": inclusion_proof(HASHES[:40], 13),
        "root": tree_root(HASHES[:40]),
    }
    verify_inclusion(**case)
    with pytest.raises(ProofError):
        verify_inclusion(**MUTATIONS[mutation](case))


CONSISTENCY: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "old-root-wrong": lambda c: c | {"old_root": tree_root(HASHES[:24])},
    "new-root-wrong": lambda c: c | {"root": tree_root(HASHES[:41])},
    "sizes-swapped": lambda c: c | {"old_size": c["size"], "size": c["old_size"]},
    "old-size-negative": lambda c: c | {"old_size": -1},
    "old-size-0-with-proof": lambda c: c | {"old_size": 0, "old_root": EMPTY_ROOT},
    "old-size-0-with-a-root": lambda c: c | {"old_size": 0, "proof": ()},
    "same-size-other-root": lambda c: c | {"old_size": c["size"], "proof": ()},
    "same-size-with-proof": lambda c: c | {"old_size": c["size"], "old_root": c["root"]},
    "old-size-plus-1": lambda c: c | {"old_size": c["old_size"] + 1},
    "size-doubled": lambda c: c | {"size": 2 * c["size"]},
    "proof-empty": lambda c: c | {"proof": ()},
    "proof-truncated": lambda c: c | {"proof": c["proof"][:-1]},
    "proof-with-one-more": lambda c: c | {"proof": (*c["proof"], HASHES[0])},
    "proof-reversed": lambda c: c | {"proof": c["proof"][::-1]},
    "hash-of-33-bytes": lambda c: c | {"proof": (c["proof"][0] + b"x", *c["proof"][1:])},
    "proof-of-64": lambda c: c | {"proof": (HASHES[0],) * 64},
}


@pytest.mark.parametrize("old", [1, 16, 23, 32, 39])
@pytest.mark.parametrize("mutation", CONSISTENCY)
def test_a_changed_consistency_proof_is_refused(mutation: str, old: int) -> None:
    case: dict[str, object] = {
        "old_size": old,
        "old_root": tree_root(HASHES[:old]),
        "size": 40,
        "root": tree_root(HASHES[:40]),
        "proof": consistency_proof(HASHES[:40], old),
    }
    verify_consistency(**case)
    changed = CONSISTENCY[mutation](case)
    if changed == case:
        return  # reversing a proof of one hash changes nothing
    with pytest.raises(ProofError):
        verify_consistency(**changed)


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
