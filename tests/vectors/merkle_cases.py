"""Proofs, and what may be done to them: each negative case is one positive one with one thing changed."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from domain.evidence.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, node_hash, tree_root

Case = dict[str, Any]
Change = Callable[[Case], Case]

HASHES = [sha256(b"\x00" + number.to_bytes(4, "big")).digest() for number in range(601)]
OTHER = HASHES[600].hex()
# The eight entries whose roots every implementation of RFC 6962 knows.
PUBLISHED_ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
PUBLISHED_ROOTS = ("6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79")
PUBLISHED_ROOT_OF_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def root(size: int) -> str:
    return tree_root(HASHES[:size]).hex()


def included(size: int, index: int) -> Case:
    return {
        "leaf_hash": HASHES[index].hex(),
        "index": index,
        "size": size,
        "proof": [each.hex() for each in inclusion_proof(HASHES[:size], index)],
        "root": root(size),
    }


def extended(old_size: int, size: int) -> Case:
    return {
        "old_size": old_size,
        "old_root": root(old_size),
        "size": size,
        "root": root(size),
        "proof": [each.hex() for each in consistency_proof(HASHES[:size], old_size)],
    }


def _proof(change: Callable[[list[str]], list[str]]) -> Change:
    return lambda case: case | {"proof": change(case["proof"])}


OF_ANY_PROOF: dict[str, Change] = {
    "proof_one_hash_short": _proof(lambda proof: proof[:-1]),
    "proof_without_its_first_hash": _proof(lambda proof: proof[1:]),
    "proof_one_hash_long": _proof(lambda proof: [*proof, OTHER]),
    "proof_with_its_last_hash_twice": _proof(lambda proof: [*proof, proof[-1]]),
    "proof_with_one_hash_before": _proof(lambda proof: [OTHER, *proof]),
    "proof_reversed": _proof(lambda proof: proof[::-1]),
    "proof_empty": _proof(lambda proof: []),
    "proof_of_64_hashes": _proof(lambda proof: [OTHER] * 64),
    "first_hash_changed": _proof(lambda proof: [OTHER, *proof[1:]]),
    "last_hash_changed": _proof(lambda proof: [*proof[:-1], OTHER]),
    "two_hashes_swapped": _proof(lambda proof: [proof[1], proof[0], *proof[2:]]),
    "hash_of_31_bytes": _proof(lambda proof: [proof[0][:-2], *proof[1:]]),
    "hash_of_33_bytes": _proof(lambda proof: [f"{proof[0]}00", *proof[1:]]),
    "hash_of_no_bytes": _proof(lambda proof: ["", *proof[1:]]),
    "two_hashes_in_one": _proof(lambda proof: [proof[0] + proof[1], *proof[2:]]),
    "root_changed": lambda case: case | {"root": OTHER},
    "root_of_31_bytes": lambda case: case | {"root": case["root"][:-2]},
    "root_of_no_bytes": lambda case: case | {"root": ""},
    "root_of_the_next_size": lambda case: case | {"root": root(case["size"] + 1)},
    "size_negative": lambda case: case | {"size": -case["size"]},
    "size_0": lambda case: case | {"size": 0},
    "size_doubled": lambda case: case | {"size": 2 * case["size"]},
}
OF_INCLUSION: dict[str, Change] = {
    "another_leaf": lambda case: case | {"leaf_hash": OTHER},
    "leaf_of_31_bytes": lambda case: case | {"leaf_hash": case["leaf_hash"][:-2]},
    "leaf_of_no_bytes": lambda case: case | {"leaf_hash": ""},
    "leaf_is_a_node": lambda case: (
        case
        | {
            "leaf_hash": node_hash(HASHES[case["index"] & ~1], HASHES[case["index"] | 1]).hex(),
            "proof": case["proof"][1:],
        }
    ),
    "index_one_more": lambda case: case | {"index": case["index"] + 1},
    "index_one_less": lambda case: case | {"index": case["index"] - 1},
    "index_beyond_size": lambda case: case | {"index": case["size"]},
    "index_a_tree_further": lambda case: case | {"index": case["index"] + 64},
    "index_below_0": lambda case: case | {"index": -1},
    "index_from_the_end": lambda case: case | {"index": case["index"] - case["size"]},
    "tree_of_one_with_a_proof": lambda case: case | {"index": 0, "size": 1},
}
OF_CONSISTENCY: dict[str, Change] = {
    "old_root_changed": lambda case: case | {"old_root": OTHER},
    "old_root_of_no_bytes": lambda case: case | {"old_root": ""},
    "old_root_of_the_next_size": lambda case: case | {"old_root": root(case["old_size"] + 1)},
    "roots_swapped": lambda case: case | {"old_root": case["root"], "root": case["old_root"]},
    "sizes_swapped": lambda case: case | {"old_size": case["size"], "size": case["old_size"]},
    "old_size_negative": lambda case: case | {"old_size": -case["old_size"]},
    "old_size_one_more": lambda case: case | {"old_size": case["old_size"] + 1},
    "old_size_one_less": lambda case: case | {"old_size": case["old_size"] - 1},
    "from_nothing_with_a_proof": lambda case: case | {"old_size": 0, "old_root": EMPTY_ROOT.hex()},
    "from_nothing_that_had_a_root": lambda case: case | {"old_size": 0, "proof": []},
    "same_size_with_a_proof": lambda case: case | {"old_size": case["size"], "old_root": case["root"]},
    "same_size_with_another_root": lambda case: case | {"old_size": case["size"], "proof": []},
}
# A leaf in the middle, one whose sibling is a node of another level, and the last one.
LEAVES = ((40, 13), (41, 36), (39, 38))
# Trees with and without their own root in the proof.
GROWTHS = ((23, 40), (32, 100), (39, 41))


def inclusion() -> Iterator[Case]:
    for size in (1, 2, 3, 7, 8, 40, 255, 256, 257, 600):
        for index in sorted({0, 1, size // 2, size - 1} & set(range(size))):
            yield {"name": f"leaf_{index}_of_{size}", "given": included(size, index), "expected": "valid"}
    for size, index in LEAVES:
        yield from changed(f"leaf_{index}_of_{size}", included(size, index), OF_ANY_PROOF | OF_INCLUSION)


def consistency() -> Iterator[Case]:
    for size in (0, 1, 2, 3, 7, 8, 40, 255, 256, 257, 600):
        for old in sorted({0, 1, size // 2, size - 1, size} & set(range(size + 1))):
            yield {"name": f"from_{old}_to_{size}", "given": extended(old, size), "expected": "valid"}
    for old, size in GROWTHS:
        yield from changed(f"from_{old}_to_{size}", extended(old, size), OF_ANY_PROOF | OF_CONSISTENCY)


def changed(name: str, case: Case, changes: dict[str, Change]) -> Iterator[Case]:
    """The negative cases; a change that leaves this case as it was, or as an earlier one did, says nothing new."""
    seen = [case]
    for change, apply in changes.items():
        if (given := apply(case)) not in seen:
            seen.append(given)
            yield {"name": f"{change}: {name}", "given": given, "expected": "ProofError"}


def roots() -> Iterator[Case]:
    for size in range(9):
        yield {
            "name": f"the_published_tree_of_{size}",
            "given": {"entries": list(PUBLISHED_ENTRIES[:size])},
            "expected": EMPTY_ROOT.hex()
            if size == 0
            else PUBLISHED_ROOT_OF_8
            if size == 8
            else PUBLISHED_ROOTS[size - 1],
        }
