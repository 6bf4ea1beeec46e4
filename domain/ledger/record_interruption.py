"""Record that appends could not commit for a while: a not-ready window."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.events import ServiceInterrupted
from domain.ledger.slice import Selector, event


class RecordInterruption(Command):
    """The service records it about itself, as soon as it can append again. What arrived inside it counts by its
    arrival. A window that reaches into one already recorded begins where that one ended.
    """

    name: ClassVar[str] = "record_interruption"

    def __init__(self, *, began_at: datetime, ended_at: datetime) -> None:
        if began_at >= ended_at:
            raise Invalid("ended_at", "an interruption ends after it began")
        self.began_at = began_at
        self.ended_at = ended_at

    def consistency_boundary(self) -> Sequence[Selector]:
        """All interruptions; they are few."""
        return [Selector(types=type(self).projected_types, tags=["service:interruptions"])]

    @event(ServiceInterrupted)
    def _(self, began_at: datetime, ended_at: datetime) -> None:
        if began_at <= self.began_at < ended_at:
            self.began_at = ended_at

    def execute(self) -> None:
        """Raises Invalid when other records already cover the whole window."""
        if self.began_at >= self.ended_at:
            raise Invalid("began_at", "this window is recorded already")
        self.record(ServiceInterrupted(began_at=self.began_at, ended_at=self.ended_at))
