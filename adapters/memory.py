"""The event log without a database: the reference for what an event log does. Nothing survives the process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec

from adapters.preparation import Prepared, prepare, query_items
from domain.ledger.entry import Recorded, Template, recorded
from domain.ledger.errors import AppendRejected, ConditionFailed, KeyReused, NotFound, WindowClosed
from domain.ledger.event import Catalogue
from domain.ledger.ports import Append, Clock, Reading, Receipt, SealedPart
from domain.ledger.query import EVERYTHING, Query


class InMemoryEventLog:
    """See the port ``EventLog``. ``entries`` are the stored bytes, ``parts`` the sealed values by commitment."""

    def __init__(self, catalogue: Catalogue, clock: Clock, *, origin: str = "memory", simulated: bool = False) -> None:
        self.origin = origin
        self.simulated = simulated
        self.clock = clock
        self.entries: list[bytes] = []
        self.parts: dict[str, SealedPart] = {}
        self._catalogue = catalogue
        self._templates: list[Template] = []
        self._times: list[datetime] = []
        self._ids: set[str] = set()
        self._keys: dict[tuple[str, str], tuple[bytes, Receipt]] = {}
        self._moved = asyncio.Event()

    async def append(self, append: Append) -> Receipt:
        """See the port."""
        return await self.append_prepared(prepare(append))

    async def append_prepared(self, prepared: Prepared) -> Receipt:
        """Append what was encoded elsewhere."""
        now = max([self.clock.now(), *self._times[-1:]])
        known = self._keys.get((prepared.actor, prepared.key))
        if known is not None:
            request, receipt = known
            if request != prepared.request:
                raise KeyReused("this key belongs to another request")
            return msgspec.structs.replace(receipt, duplicate=True)
        if not prepared.templates:
            raise NotFound("nothing is stored under this key")
        if prepared.recorded_before is not None and now >= prepared.recorded_before:
            raise WindowClosed("the window is over")
        if prepared.query is not None:
            for each in self._templates[prepared.after :]:
                if prepared.query.matches(each.type, each.tags):
                    raise ConditionFailed("the boundary has changed")
        ids = {each.id for each in prepared.templates}
        if ids & self._ids or any(part.commitment in self.parts for part in prepared.sealed):
            raise AppendRejected("an id or commitment is already there")
        return self._store(prepared, now, ids)

    def _store(self, prepared: Prepared, now: datetime, ids: set[str]) -> Receipt:
        receipt = Receipt(
            first=len(self.entries) + 1,
            last=len(self.entries) + len(prepared.templates),
            recorded_at=now,
            received_at=prepared.received_at,
            leaves=tuple(each.leaf(now) for each in prepared.templates),
        )
        for each in prepared.templates:
            self.entries.append(each.at(now))
            self._templates.append(each)
            self._times.append(now)
        self._ids |= ids
        self.parts.update({part.commitment: part for part in prepared.sealed})
        self._keys[prepared.actor, prepared.key] = (prepared.request, receipt)
        self._moved.set()
        self._moved = asyncio.Event()
        return receipt

    async def read(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> Reading:
        """See the port."""
        query_items(query)  # refuses what no adapter can ask for
        head = len(self.entries)
        events: list[Recorded] = []
        for position in range(after + 1, (head if upto is None else min(upto, head)) + 1):
            if limit is not None and len(events) >= limit:
                break
            each = self._templates[position - 1]
            if query.matches(each.type, each.tags) and (classes is None or each.event_class in classes):
                events.append(recorded(position, self.entries[position - 1], self._catalogue))
        return Reading(events, head)

    async def read_recorded_until(self, instant: datetime) -> int:
        """See the port."""
        return sum(each <= instant for each in self._times)

    async def follow(
        self, after: int, *, query: Query = EVERYTHING, classes: frozenset[str] | None = None
    ) -> AsyncIterator[Sequence[Recorded]]:
        """See the port."""
        while True:
            moved = self._moved
            reading = await self.read(query, after=after, classes=classes)
            if reading.events:
                yield reading.events
            after = max(after, reading.head)
            if len(self.entries) <= after:
                await moved.wait()
