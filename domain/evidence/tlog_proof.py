"""The ``.tlog-proof``: that one entry is in the log, for whoever holds the entry. Source: C2SP tlog-proof.

c2sp.org/tlog-proof@v1
[extra <base64>]
index <n>
<base64 hash> ...

<checkpoint with all its signatures>
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.cosignature import Cosignature, verify_cosignatures
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import HASH_BYTES, MAX_PROOF, verify_inclusion
from domain.evidence.note import Note, parse_note, verify_log_signature
from domain.evidence.policy import Policy
from domain.evidence.strict import base64, decimal, text_lines

HEADER: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """``index`` counts from 0; ``hashes`` are the siblings from the leaf to the root; ``extra`` is unauthenticated."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def encoded(self) -> bytes:
        """The file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [b64encode(each).decode() for each in self.hashes]
        return "".join(f"{line}\n" for line in (*lines, "")).encode() + self.note.encoded()


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Raises MalformedError."""
    lines = text_lines("proof", data)
    if lines[0] != HEADER:
        raise MalformedError("proof", f"must begin with {HEADER}")
    if "" not in lines:
        raise MalformedError("proof", "an empty line divides proof and checkpoint")
    border = lines.index("")
    body = lines[1:border]
    extra: bytes | None = None
    if body and body[0].startswith("extra "):
        extra = base64("extra", body.pop(0).removeprefix("extra "))
    if not body or not body[0].startswith("index "):
        raise MalformedError("index", "is missing")
    index = decimal("index", body[0].removeprefix("index "))
    if len(body) - 1 > MAX_PROOF:
        raise MalformedError("proof", f"has at most {MAX_PROOF} hashes")
    hashes = tuple(base64("hash", line, length=HASH_BYTES) for line in body[1:])
    note = parse_note("".join(f"{line}\n" for line in lines[border + 1 :]).encode())
    return TlogProof(index, hashes, note, extra)


@dataclass(frozen=True, slots=True)
class Proved:
    """What a verified proof shows: the checkpoint that holds the entry, and who cosigned it when."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def verify_tlog_proof(proof: TlogProof, *, leaf_hash: bytes, policy: Policy) -> Proved:
    """Check that the entry with this leaf hash is in the log, by (1) the log's signature over a checkpoint of an origin
    that the policy knows, (2) the cosignatures and the quorum, (3) the inclusion proof to the checkpoint's root.

    Raises MalformedError, SignatureError, PolicyError, ProofError.
    """
    checkpoint = parse_checkpoint(proof.note.text)
    verify_log_signature(proof.note, *policy.log_keys(checkpoint.origin))
    cosignatures = verify_cosignatures(proof.note, [party.key for party in policy.witnesses.values()])
    policy.require_quorum([each.key for each in cosignatures])
    verify_inclusion(
        leaf_hash=leaf_hash, index=proof.index, size=checkpoint.size, proof=proof.hashes, root=checkpoint.root
    )
    return Proved(checkpoint, cosignatures)
