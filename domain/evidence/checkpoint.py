"""Checkpoints: origin, size and root of the log, as the text of a signed note. Source: C2SP tlog-checkpoint."""

from base64 import b64encode
from dataclasses import dataclass

from domain.evidence.errors import MalformedError
from domain.evidence.merkle import EMPTY_ROOT, HASH_BYTES
from domain.evidence.strict import base64, decimal, text_lines


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the log ``origin`` when it had ``size`` entries; ``root`` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The text that is signed, ending with a line feed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint of a note's text. Raises MalformedError."""
    checkpoint = stated_checkpoint(text)
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise MalformedError("root", "of an empty tree is SHA-256 of nothing")
    return checkpoint


def stated_checkpoint(text: bytes) -> Checkpoint:
    """What a note's text states, also an empty tree with a root that it cannot have. Raises MalformedError.

    Exactly three lines: extension lines are legal and not recommended; ours has none, and a line that nobody reads
    is a place to hide something.
    """
    lines = text_lines("checkpoint", text)
    if len(lines) != 3:
        raise MalformedError("checkpoint", f"has three lines: origin, size, root; not {len(lines)}")
    origin, size_text, root_text = lines
    if not origin or any(character.isspace() for character in origin) or "+" in origin:
        raise MalformedError("origin", "is not empty, without white space and '+'")
    size = decimal("size", size_text)
    return Checkpoint(origin, size, base64("root", root_text, length=HASH_BYTES))
