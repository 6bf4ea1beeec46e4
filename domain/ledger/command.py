"""Commands: slices that decide. One command per file.

Its parts, always in this order: ``__init__`` (arguments, then the perspectives it looks through) ·
``consistency_boundary`` when it needs more than its perspectives · folds · ``execute`` (guards in the order a person
would ask, then ``record``). No clock, no randomness: instants and ids come in as arguments.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.event import Event
from domain.ledger.slice import Selector, Slice, Tagged


class Perspective(Slice[Event]):
    """A fold that several commands share, with the boundary it needs. It never decides."""

    def consistency_boundary(self) -> Sequence[Selector]:
        """What this perspective folds."""
        raise NotImplementedError


class Command(Slice[Event]):
    """One use case. ``name`` is the same word as its file, its route and its test."""

    name: ClassVar[str]
    perspectives: Sequence[Perspective] = ()
    recorded_before: datetime | None = None
    """The end of the office or window that the decision relied on; past it, the append is refused and decided again."""

    def consistency_boundary(self) -> Sequence[Selector]:
        """Every selector of the perspectives; a command that folds more itself adds its own."""
        return [selector for perspective in self.perspectives for selector in perspective.consistency_boundary()]

    def further_boundary(self) -> Sequence[Selector]:
        """What the decision needs besides, once the boundary is folded and says whom it is about; mostly nothing.

        Everything is then read and folded anew, from one snapshot, by a command whose condition is over both.
        """
        return ()

    def fold(self, event: Event) -> None:
        """Take one event of the boundary into account."""
        event.mutate(self)
        for perspective in self.perspectives:
            event.mutate(perspective)

    def record(self, event: Event) -> None:
        """Decide that this happened. Later guards of the same command see it."""
        self.new_decisions.append(Tagged(list(event.tags()), event))
        self.fold(event)

    def recorded_events(self) -> tuple[Event, ...]:
        """The events decided so far, in order; draining them."""
        return tuple(tagged.decision for tagged in self.collect_events())
