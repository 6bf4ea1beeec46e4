"""What waits to be appended, and which of it goes into the next batch."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from adapters.postgres.overlap import Overlap
from adapters.preparation import Prepared
from domain.ledger.errors import QueueFull
from domain.ledger.ports import Receipt

MAX_WAITING: Final = 5_000
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
MAX_BATCH: Final = 1_000
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
# Of many that wait, or are about to come back, half go at once: while the database works on them, the other half's
# answers and encoding go on. Fewer than this share one commit instead: the disk's time is most of theirs.
WHOLE_BATCH: Final = 16


@dataclass(slots=True, eq=False)
class Waiting:
    """An append in the queue, and who waits for it. ``doomed``: its condition is known to fail."""

    append: Prepared
    mac: bytes
    answer: asyncio.Future[Receipt]
    blocker: "Waiting | None" = None
    stored_first: int = 0
    doomed: bool = False


@dataclass(slots=True)
class Queue:
    """What waits, in order, with its size."""

    waiting: deque[Waiting] = field(default_factory=deque)
    size: int = 0

    def put(self, waiting: Waiting, retry_after_s: Callable[[], int]) -> None:
        """Raises QueueFull."""
        full = len(self.waiting) >= MAX_WAITING or self.size + waiting.append.size > MAX_WAITING_BYTES
        if full and self.waiting:
            raise QueueFull(retry_after_s())
        self.waiting.append(waiting)
        self.size += waiting.append.size

    def take(self, coming: int = 0) -> list[Waiting]:
        """The next batch: what waits, in order, without what would meet something else of the batch.

        ``coming`` are about to be answered, and come back with their next append.
        """
        batch: list[Waiting] = []
        deferred: list[Waiting] = []
        overlap = Overlap()
        owners: dict[int, Waiting] = {}
        size = 0
        most = min(MAX_BATCH, max(WHOLE_BATCH, (len(self.waiting) + coming + 1) // 2))
        while self.waiting and len(batch) < most and size < MAX_BATCH_BYTES and len(deferred) < MAX_BATCH:
            waiting = self.waiting.popleft()
            blocker = overlap.blocker(waiting.append)
            if blocker is not None:
                waiting.blocker = owners[id(blocker)]
                deferred.append(waiting)
                continue
            batch.append(waiting)
            size += waiting.append.size
            owners[id(waiting.append)] = waiting
            if waiting.doomed:
                # It only asks for its key. Taking its events into account would let each of a hundred losers of a
                # race wait for a batch of its own.
                overlap.add_key(waiting.append)
            else:
                overlap.add(waiting.append)
        self.waiting.extendleft(reversed(deferred))
        self.size -= sum([waiting.append.size for waiting in batch])
        return batch
