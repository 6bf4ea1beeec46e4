"""What a witness is asked: to cosign a checkpoint, with a proof that it extends the one that it cosigned last.

old <size>
<base64 hash> ...

<signed checkpoint>

The hashes are a consistency proof from the old size, at most 63. Source: C2SP tlog-witness.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from domain.evidence.errors import MalformedError
from domain.evidence.merkle import HASH_BYTES, MAX_PROOF
from domain.evidence.note import Note, parse_note
from domain.evidence.strict import base64, decimal, text_lines

_OLD: Final = "old "


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """``old_size`` is that of the last checkpoint that the witness cosigned, 0 at first contact."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def encoded(self) -> bytes:
        """The body of the request."""
        lines = (f"{_OLD}{self.old_size}", *(b64encode(each).decode() for each in self.proof), "")
        return "".join(f"{line}\n" for line in lines).encode() + self.note.encoded()


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Raises MalformedError."""
    lines = text_lines("request", data)
    if not lines[0].startswith(_OLD) or "" not in lines:
        raise MalformedError("request", "must be an old size, hashes, an empty line, and a signed checkpoint")
    old_size = decimal("old", lines[0].removeprefix(_OLD))
    border = lines.index("")
    if border - 1 > MAX_PROOF:
        raise MalformedError("proof", f"has at most {MAX_PROOF} hashes")
    proof = tuple(base64("hash", line, length=HASH_BYTES) for line in lines[1:border])
    return AddCheckpoint(old_size, proof, parse_note("".join(f"{line}\n" for line in lines[border + 1 :]).encode()))
