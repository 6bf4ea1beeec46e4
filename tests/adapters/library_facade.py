"""The library's recorder interface over a bare log: a thin synchronous layer with opaque types, tags and data.

Below it runs what production runs: preparation, queue, sequencer, append function, reads from one snapshot, followers.
Only the entry is the library's own: the hole for ``recorded_at``, then type, tags and data.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.popo import POPOFactory, POPOTrackingRecorder
from eventsourcing.tests.projection import EventCountersView

from adapters.postgres.event_log import PostgresEventLog
from adapters.preparation import Prepared, query_items
from domain.ledger.entry import Template
from domain.ledger.errors import ConditionFailed
from domain.ledger.query import EVERYTHING, Query, QueryItem
from domain.ledger.time import INSTANT_LENGTH
from tests.adapters.happenings import HAPPENINGS, SECRET

Result = TypeVar("Result")


def our_query(query: DCBQuery | None) -> Query:
    if query is None:
        return EVERYTHING
    return Query(tuple(QueryItem(frozenset(item.types), frozenset(item.tags)) for item in query.items))


def bare_template(event: DCBEvent) -> Template:
    entry = b"0" * INSTANT_LENGTH + msgspec.json.encode((event.type, event.tags, event.data))
    return Template(str(uuid4()), event.type, "open", tuple(sorted(set(event.tags))), entry, 0)


def sequenced(position: int, entry: bytes) -> DCBSequencedEvent:
    type_name, tags, data = msgspec.json.decode(entry[INSTANT_LENGTH:], type=tuple[str, list[str], bytes])
    return DCBSequencedEvent(DCBEvent(type=type_name, data=data, tags=tags), position)


class LoopThread:
    """An event loop of its own, for callers who cannot await."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Result], timeout: float | None = 30) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class FacadeRecorder(DCBRecorder):
    """Our log as the library sees it."""

    def __init__(self, dsn: str) -> None:
        self.loop = LoopThread()
        self.log = self.loop.run(PostgresEventLog.open(dsn, catalogue=HAPPENINGS, secret=SECRET))

    def close(self) -> None:
        self.loop.run(self.log.close())
        self.loop.stop()

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        entries, head = self.loop.run(self.log.read_bytes(our_query(query), after=after or 0, limit=limit))
        events = [sequenced(*entry) for entry in entries]
        if limit is None:
            return SimpleDCBReadResponse(iter(events), head or None)
        # With a limit the library wants the last event that was returned, not the log's end.
        return SimpleDCBReadResponse(iter(events), events[-1].position if events else None)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        query = our_query(condition.fail_if_events_match) if condition else None
        templates = tuple(map(bare_template, events))
        prepared = Prepared(
            actor="library",
            key=str(uuid4()),
            request=b"",
            received_at=datetime.now(UTC),
            recorded_before=None,
            templates=templates,
            query=query,
            after=(condition.after or 0) if condition else 0,
            items=query_items(query) if query else (),
            sealed=(),
            size=sum(len(each.entry) for each in templates),
        )
        try:
            return self.loop.run(self.log.append_prepared(prepared)).last
        except ConditionFailed as error:
            raise IntegrityError from error

    def subscribe(
        self, query: DCBQuery | None = None, *, after: int | None = None
    ) -> DCBSubscription["FacadeRecorder"]:
        return FacadeSubscription(self, query, after)


class FacadeSubscription(DCBSubscription[FacadeRecorder]):
    """Follows by waiting for the head to grow, then reading by position: what ``follow`` does, undecoded."""

    def __init__(self, recorder: FacadeRecorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(recorder, query, after)
        self._events: Iterator[DCBSequencedEvent] = iter(())

    def __next__(self) -> DCBSequencedEvent:
        while True:
            if (event := next(self._events, None)) is not None:
                self._last_position = event.position
                return event
            if self._has_been_stopped:
                raise StopIteration
            self._events = iter(self._recorder.loop.run(self._more(), None))

    async def _more(self) -> list[DCBSequencedEvent]:
        log = self._recorder.log
        while not self._has_been_stopped:
            found, head = await log.read_bytes(our_query(self._query), after=self._last_position)
            if found:
                return [sequenced(*entry) for entry in found]
            self._last_position = max(self._last_position, head)
            try:
                await asyncio.wait_for(log.grown_beyond(self._last_position), 0.1)
            except TimeoutError:
                continue
        return []


class CountersInMemory(POPOTrackingRecorder, EventCountersView):
    """The view that the library's judge counts with."""

    def __init__(self) -> None:
        super().__init__()
        self._created = 0
        self._subsequent = 0

    def get_created_event_counter(self) -> int:
        return self._created

    def get_subsequent_event_counter(self) -> int:
        return self._subsequent

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self.insert_tracking(tracking)
        self._created += 1

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self.insert_tracking(tracking)
        self._subsequent += 1


class FacadeFactory(POPOFactory, DCBInfrastructureFactory[POPOTrackingRecorder]):
    """What the library builds its applications from; ``FACADE_DSN`` says where the log is."""

    recorders: list[FacadeRecorder] = []  # noqa: RUF012  closed by the tests

    def dcb_recorder(self) -> DCBRecorder:
        recorder = FacadeRecorder(self.env.get("FACADE_DSN") or "")
        self.recorders.append(recorder)
        return recorder
