"""A list of recorded events: a history that grows, and an event log for reading only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.ledger.entry import MACHINE, Actor, Recorded
from domain.ledger.event import Event
from domain.ledger.ports import Append, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query


@dataclass
class History:
    """Recorded events in order. ``recorded_at`` never decreases, as in the ledger."""

    events: list[Recorded] = field(default_factory=list)

    def happen(self, event: Event, received_at: datetime, *, stalled: timedelta = timedelta()) -> Recorded:
        recorded_at = received_at + stalled
        if self.events:
            recorded_at = max(recorded_at, self.events[-1].recorded_at)
        position = len(self.events) + 1
        recorded = Recorded(
            position=position,
            id=f"id-{position}",
            event=event,
            tags=tuple(sorted(event.tags())),
            received_at=received_at,
            recorded_at=recorded_at,
            actor=Actor(person=MACHINE),
            command="history",
        )
        self.events.append(recorded)
        return recorded

    def without(self, position: int) -> "History":
        """The same events with one left out and the positions closed up."""
        rest = History()
        for each in self.events:
            if each.position != position:
                rest.happen(each.event, each.received_at, stalled=each.recorded_at - each.received_at)
        return rest


class ListedLog:
    """An event log over a list, for reading only."""

    def __init__(self, events: Sequence[Recorded]) -> None:
        self.events = list(events)

    async def read(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> Reading:
        window = self.events[after:upto]
        found = (
            window if not query.items else [each for each in window if query.matches(each.event.type_name, each.tags)]
        )
        return Reading(found[:limit], len(self.events))

    async def read_recorded_until(self, instant: datetime) -> int:
        raise NotImplementedError

    async def append(self, append: Append) -> Receipt:
        raise NotImplementedError

    async def follow(self, after: int, *, query: Query = EVERYTHING) -> AsyncIterator[Sequence[Recorded]]:
        while batch := self.events[after : after + 100]:
            yield batch
            after = batch[-1].position
