"""Hashes over canonical bytes: content digests, leaf hashes and Merkle roots."""

from collections.abc import Sequence
from hashlib import sha256

from domain.evidence.canonical_json import canonical_json


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
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()
