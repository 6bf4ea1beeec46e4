"""What people sign: a statement, or the root over a batch of statements, or a paper that carries either.

A digest has 64 lowercase hex digits; what a key signs are its 32 bytes. Each names the log's origin or a digest that
does, so that nothing signed for a demo counts elsewhere. What is absent stays absent: never null.
"""

from collections.abc import Sequence
from typing import Final, Literal

from domain.evidence.digest import content_digest, leaf_hash
from domain.evidence.errors import ProofError
from domain.evidence.merkle import inclusion_proof, inclusion_root, tree_root

Decision = Literal["sign", "return", "refuse", "attest_zero"]
Examined = Literal["examined", "summary_only"]

MAX_BATCH: Final = 20
"""Nobody examines more than this at once; a longer list would be a rubber stamp."""

Statement = dict[str, str | int]


def statement(
    *,
    origin: str,
    digest: str,
    level: int,
    decision: Decision,
    appointment: str,
    nonce: str,
    below: str | None = None,
    rules: str | None = None,
    examined: Examined | None = None,
    reason: str | None = None,
    delegation: str | None = None,
) -> Statement:
    """One decision over one digest, as it is signed.

    ``level`` is 0 where who prepared a zero report attests it, else 1 to 3. ``below`` is the statement digest of the
    level below; absent at levels 0 and 1, and over a roll-up, whose root holds the signatures below. ``rules`` are
    those of the duty; absent over a roll-up, whose duties name theirs. ``examined`` stands where level 2 or 3 signs.
    ``reason`` is the commitment of a return or refusal.
    """
    signed: Statement = {
        "origin": origin,
        "digest": digest,
        "level": level,
        "decision": decision,
        "appointment": appointment,
        "nonce": nonce,
    }
    optional = {"below": below, "rules": rules, "examined": examined, "reason": reason, "delegation": delegation}
    return signed | {name: value for name, value in optional.items() if value is not None}


def statement_digest(signed: Statement) -> str:
    """The digest of a statement. Raises CanonicalError."""
    return content_digest("signature", signed)


def batch_digest(*, origin: str, size: int, root: str, nonce: str) -> str:
    """What is signed for a batch: the root over its statements, all of which hold this nonce. Raises CanonicalError."""
    return content_digest("signature_batch", {"origin": origin, "size": size, "root": root, "nonce": nonce})


def paper_digest(*, signed: str, scan: str, signer: str) -> str:
    """What a second person attests: who signed by hand the paper that carries ``signed``, and the SHA-256 of its scan.

    Raises CanonicalError.
    """
    return content_digest("paper", {"signed": signed, "scan": scan, "signer": signer})


def batch_root(statements: Sequence[str]) -> str:
    """The Merkle root over 1 to 20 statement digests, in the order of the batch. Raises ProofError."""
    _require_batch(len(statements))
    return tree_root([_leaf(each) for each in statements]).hex()


def batch_path(statements: Sequence[str], index: int) -> tuple[str, ...]:
    """The inclusion path of one of them, leaf first, as hex. Raises ProofError, IndexError."""
    _require_batch(len(statements))
    return tuple(each.hex() for each in inclusion_proof([_leaf(each) for each in statements], index))


def batch_root_from(*, digest: str, index: int, size: int, path: Sequence[str]) -> str:
    """The root of the batch in which a statement stands at ``index`` (from 0) of ``size``.

    Raises ProofError: more than 20 statements, an index outside the batch, a path of another length.
    """
    _require_batch(size)
    proof = [bytes.fromhex(each) for each in path]
    return inclusion_root(leaf_hash=_leaf(digest), index=index, size=size, proof=proof).hex()


def _leaf(digest: str) -> bytes:
    return leaf_hash(bytes.fromhex(digest))


def _require_batch(size: int) -> None:
    if not 1 <= size <= MAX_BATCH:
        raise ProofError(f"a batch has 1 to {MAX_BATCH} statements, not {size}")
