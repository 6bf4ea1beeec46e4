"""The Merkle tree over the log: roots, proofs, and their verification.

A leaf is hashed with the prefix 0x00, a node with 0x01; a tree of n > 1 leaves splits at the largest power of two
below n. Hashes have 32 bytes. Source: RFC 9162 section 2.1 (the same tree as RFC 6962 section 2.1).
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from domain.evidence.errors import ProofError

HASH_BYTES: Final = 32
MAX_PROOF: Final = 63
EMPTY_ROOT: Final = sha256().digest()
_LENGTH: Final = f"a hash has {HASH_BYTES} bytes"


def node_hash(left: bytes, right: bytes) -> bytes:
    """32 bytes, ``SHA-256(0x01 || left || right)``."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in log order; ``SHA-256("")`` when there are none."""
    if not hashes:
        return EMPTY_ROOT
    # Level by level: a node without a sibling moves up as it is, which is the split at the largest power of two.
    level = hashes
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + list(level[len(level) - len(level) % 2 :])
    return level[0]


def inclusion_proof(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The siblings from the leaf to the root over all of ``hashes``. Requires 0 <= index < len(hashes).

    Raises IndexError. Source: RFC 9162 section 2.1.3.1.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(f"no leaf {index} in a tree of {len(hashes)}")
    return tuple(_path(hashes, index))


def _path(hashes: Sequence[bytes], index: int) -> Iterator[bytes]:
    if len(hashes) == 1:
        return
    split = _split(len(hashes))
    if index < split:
        yield from _path(hashes[:split], index)
        yield tree_root(hashes[split:])
    else:
        yield from _path(hashes[split:], index - split)
        yield tree_root(hashes[:split])


def consistency_proof(hashes: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """That the tree over all of ``hashes`` extends the one over the first ``old_size`` of them.

    Requires 0 <= old_size <= len(hashes); empty for 0 and for the whole. Raises IndexError.
    Source: RFC 9162 section 2.1.4.1.
    """
    if not 0 <= old_size <= len(hashes):
        raise IndexError(f"no tree of {old_size} inside one of {len(hashes)}")
    if old_size in (0, len(hashes)):
        return ()
    return tuple(_subproof(hashes, old_size, whole=True))


def _subproof(hashes: Sequence[bytes], old_size: int, *, whole: bool) -> Iterator[bytes]:
    if old_size == len(hashes):
        if not whole:
            yield tree_root(hashes)
        return
    split = _split(len(hashes))
    if old_size <= split:
        yield from _subproof(hashes[:split], old_size, whole=whole)
        yield tree_root(hashes[split:])
    else:
        yield from _subproof(hashes[split:], old_size - split, whole=False)
        yield tree_root(hashes[:split])


def _split(size: int) -> int:
    """The largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at ``index`` (from 0) of the tree of ``size`` leaves that has this root.

    ``proof`` holds the siblings from the leaf to the root, at most 63.
    Raises ProofError: an index outside the tree, a hash that has not 32 bytes, a proof too short or too long, another
    root. Source: RFC 9162 section 2.1.3.2.
    """
    if len(leaf_hash) != HASH_BYTES or len(root) != HASH_BYTES:
        raise ProofError(_LENGTH)
    computed = _climbed(leaf_hash, index, size, proof)
    if computed != root:
        # Siblings of another length cannot lead to a root over nodes of 65 bytes: to look here is soon enough.
        _require_hashes((root,), proof)
        _require_root(root, computed)


def inclusion_root(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root of the tree of ``size`` leaves in which ``proof`` leads up from the leaf at ``index`` (from 0).

    Raises ProofError: an index outside the tree, a hash that has not 32 bytes, a proof too short or too long.
    Source: RFC 9162 section 2.1.3.2.
    """
    _require_hashes((leaf_hash,), proof)
    return _climbed(leaf_hash, index, size, proof)


def _climbed(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    if not 0 <= index < size:
        raise ProofError(f"the index {index} is outside a tree of {size}")
    # Below the point where the paths of this leaf and of the last one part, the bits of the index say on which side a
    # sibling stands; above it the tree is cut off at the right, and every sibling stands on the left.
    inner = (index ^ (size - 1)).bit_length()
    length = inner + (index >> inner).bit_count()
    if len(proof) != length:
        raise ProofError(f"the proof is too {'short' if len(proof) < length else 'long'}")
    computed, side = leaf_hash, index
    for sibling in proof[:inner]:
        computed = sha256(b"\x01" + sibling + computed if side & 1 else b"\x01" + computed + sibling).digest()
        side >>= 1
    for sibling in proof[inner:]:
        computed = sha256(b"\x01" + sibling + computed).digest()
    return computed


def verify_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of ``size`` leaves extends the one of ``old_size``: nothing in it was changed or removed.

    Requires 0 <= old_size <= size. Trees of one size need equal roots and no proof; the empty tree, whose root is
    ``SHA-256("")``, needs no proof either. Raises ProofError. Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 <= old_size <= size:
        raise ProofError(f"a tree of {size} does not extend one of {old_size}")
    _require_hashes((old_root, root), proof)
    if old_size in (0, size):
        if proof:
            raise ProofError("the proof is too long")
        _require_root(EMPTY_ROOT if old_size == 0 else root, old_root)
        if size == 0:
            _require_root(EMPTY_ROOT, root)
        return
    if not proof:
        raise ProofError("the proof is too short")
    # The old tree's root is itself a node of the new one when its size is a power of two: then no proof names it.
    path = proof if old_size & (old_size - 1) else (old_root, *proof)
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_computed = computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if node & 1 or node == last:
            old_computed = node_hash(sibling, old_computed)
            computed = node_hash(sibling, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof is too short")
    _require_root(old_root, old_computed)
    _require_root(root, computed)


def _require_hashes(hashes: Sequence[bytes], proof: Sequence[bytes]) -> None:
    if len(proof) > MAX_PROOF:
        raise ProofError(f"a proof has at most {MAX_PROOF} hashes")
    if {*map(len, hashes), *map(len, proof)} != {HASH_BYTES}:
        raise ProofError(_LENGTH)


def _require_root(expected: bytes, computed: bytes) -> None:
    if computed != expected:
        raise ProofError(f"the root is {computed.hex()}, not {expected.hex()}", expected=expected, computed=computed)
