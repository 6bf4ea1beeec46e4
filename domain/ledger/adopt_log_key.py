"""Adopt the key that signs the log's checkpoints: the first one, or another in its place."""

from collections.abc import Sequence
from typing import ClassVar

from domain.evidence.errors import MalformedError
from domain.evidence.note import ED25519, parse_vkey
from domain.ledger.command import Command
from domain.ledger.errors import Invalid, LogKeyTaken
from domain.ledger.events import LogKeyAdopted
from domain.ledger.slice import Selector, event


class AdoptLogKey(Command):
    """A key is adopted once: one that was given up never signs again. Its name is the origin of the log.

    ``first``: only if the log has no key under its name yet.
    """

    name: ClassVar[str] = "adopt_log_key"

    def __init__(self, *, vkey: str, origin: str, first: bool = False) -> None:
        try:
            key = parse_vkey(vkey)
        except MalformedError as error:
            raise Invalid("vkey", error.rule) from error
        if (key.name, key.key_type) != (origin, ED25519):
            raise Invalid("vkey", "must be an Ed25519 log key under the origin's name")
        self.vkey = vkey
        self.origin = origin
        self.first = first
        self.taken = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """All keys of the log; they are few."""
        return [Selector(types=type(self).projected_types, tags=["log:keys"])]

    @event(LogKeyAdopted)
    def _(self, vkey: str) -> None:
        others = self.first and vkey.partition("+")[0] == self.origin
        self.taken = self.taken or others or vkey == self.vkey

    def execute(self) -> None:
        """Raises LogKeyTaken."""
        if self.taken:
            raise LogKeyTaken
        self.record(LogKeyAdopted(vkey=self.vkey))
