"""Hashes over bytes: content digests, leaf hashes, and the root over a list of entries."""

from collections.abc import Sequence
from hashlib import sha256

from domain.evidence.canonical_json import canonical_json
from domain.evidence.merkle import tree_root


def content_digest(kind: str, content: object) -> str:
    """``SHA-256("wenze/<kind>/v1\\n" || canonical content)`` as 64 lowercase hex digits.

    ``kind`` separates domains (``report``, ``signature``, ``rollup``): equal content of two kinds never has one digest.
    """
    return sha256(f"wenze/{kind}/v1\n".encode() + canonical_json(content)).hexdigest()


def leaf_hash(entry: bytes) -> bytes:
    """32 bytes, ``SHA-256(0x00 || entry)``. Source: RFC 9162 section 2.1.1."""
    return sha256(b"\x00" + entry).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves in the given order; ``SHA-256("")`` when there are none.

    A leaf is hashed with the prefix 0x00, a node with 0x01. Source: RFC 9162 section 2.1.1.
    """
    return tree_root([leaf_hash(each) for each in leaves])
