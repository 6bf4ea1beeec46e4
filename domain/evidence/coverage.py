"""That a roll-up holds a report, or a district's roll-up: by the Merkle path from that child to the roll-up's root.

A roll-up signs the root over its children ``[organisation, digest, signature]`` (without the third where nobody had
signed below), sorted, each a leaf of its canonical JSON. The path shows one child and nothing of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.evidence.canonical_json import canonical_json
from domain.evidence.digest import leaf_hash
from domain.evidence.entry import Fields, is_digest, read_object
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import inclusion_proof, inclusion_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """``child`` stands at ``index`` (from 0) of the ``size`` children of a roll-up; ``path`` holds 32-byte hashes."""

    child: tuple[str, ...]
    index: int
    size: int
    path: tuple[bytes, ...]

    def encoded(self) -> bytes:
        """The file."""
        path = [each.hex() for each in self.path]
        return canonical_json({"child": self.child, "index": self.index, "path": path, "size": self.size})

    def root(self) -> str:
        """The root that the path leads to, as 64 hex digits. Raises ProofError."""
        leaf = leaf_hash(canonical_json(self.child))
        return inclusion_root(leaf_hash=leaf, index=self.index, size=self.size, proof=self.path).hex()


def cover(children: Sequence[tuple[str, ...]], index: int) -> Coverage:
    """The path of one of a roll-up's children, which are sorted. Raises IndexError."""
    leaves = [leaf_hash(canonical_json(each)) for each in children]
    return Coverage(child=children[index], index=index, size=len(children), path=inclusion_proof(leaves, index))


def parse_coverage(name: str, data: bytes) -> Coverage:
    """Raises MalformedError."""
    said = Fields(read_object(name, data))
    said.require_only({"child", "index", "path", "size"})
    child, path = said.texts("child"), said.texts("path")
    if len(child) not in (2, 3) or not all(map(is_digest, child[1:])):
        raise MalformedError(name, "a child is an organisation, a digest, and perhaps a signature")
    if not all(map(is_digest, path)):
        raise MalformedError(name, "a path is of hashes in hex digits")
    return Coverage(
        child=child, index=said.number("index"), size=said.number("size"), path=tuple(map(bytes.fromhex, path))
    )
