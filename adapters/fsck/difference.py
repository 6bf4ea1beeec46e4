"""What differs: where, at which position, in which field, what was expected and what is there."""

from dataclasses import dataclass, field
from typing import Final

NAMED: Final = 1_000
TEXT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of one thing. ``where`` is a table (``event``), a file (``tile/0/000``), a note or a view.

    ``position`` is the event's; of a file's hash the first that it covers, of a checkpoint its size, of a view's row
    the event that it was last changed by.
    """

    where: str
    position: int
    field: str
    expected: str
    found: str

    def sentence(self) -> str:
        """In one line."""
        return f"{self.where}, position {self.position}, {self.field}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class Differences:
    """The first thousand by name, and the number of all: a log that was rewritten from the start has millions."""

    named: list[Difference] = field(default_factory=list)
    count: int = 0

    def add(self, where: str, position: int, name: str, *, expected: object, found: object) -> None:
        """Bytes are shown as hex, long texts cut."""
        self.count += 1
        if len(self.named) < NAMED:
            self.named.append(
                Difference(where=where, position=position, field=name, expected=shown(expected), found=shown(found))
            )

    def take(self, others: "Differences") -> None:
        """Those of another check as well; named are those of the first positions."""
        self.count += others.count
        self.named = sorted([*self.named, *others.named], key=lambda each: each.position)[:NAMED]


def shown(value: object) -> str:
    """A value for people to read."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}… ({len(text)} characters)"
