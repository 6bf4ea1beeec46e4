"""The sequencer: one task per process takes all appends that wait and commits them in one transaction.

* What is answered as stored was committed, durably, and its leaves were recomputed here.
* A batch whose outcome is not known is sent again, with its keys, until it is known; nobody is answered before that.
* A value that the database refuses (SQLSTATE 22, 23, 54) fails alone: the batch is halved until only the guilty fails.
* An append whose condition matches an event of the same batch waits for the next one; it is never refused for that.
* While one batch is in the database, the answers of the batch before it are given and new appends are encoded.

Anything else that the database says (it is no ledger, we have no right to append, its clock ran back) stops appends.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Final

import asyncpg
import structlog

from adapters.postgres.append import LEAF_BYTES, Outcome, Status, call_append
from adapters.postgres.passing import CUT_OFF, DATABASE_TROUBLE, passes
from adapters.postgres.waiting import MAX_BATCH, Queue, Waiting
from adapters.preparation import Prepared
from domain.ledger.entry import Template
from domain.ledger.errors import (
    AppendRejected,
    AppendsStopped,
    ConditionFailed,
    KeyReused,
    NotFound,
    OutcomeUnknown,
    WenzeError,
    WindowClosed,
)
from domain.ledger.ports import Clock, Receipt
from domain.ledger.time import INSTANT_LENGTH, instant_text

BACK_OFF_SECONDS: Final = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)

# Nothing of the batch was stored, and one of its values is to blame.
_GUILTY: Final = ("22", "23", "54")
_LOCK_NOT_AVAILABLE: Final = "55P03"
_CLOCK_RAN_BACK: Final = "WZ001"

_log = structlog.get_logger(__name__)

Result = Outcome | WenzeError


class Sequencer:
    """Owns the append connection and the queue. ``stored`` is called with the head after every commit."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        *,
        secret: bytes,
        simulated: Clock | None,
        stored: Callable[[int], None] = lambda head: None,
    ) -> None:
        self._connect = connect
        self._mac_key = sha256(b"wenze/append_key/v1\n" + secret).digest()
        self._simulated = simulated
        self._stored = stored
        self._queue = Queue()
        self._wake = asyncio.Event()
        self._closing = False
        self._connection: asyncpg.Connection | None = None
        self._clock_seen: datetime | None = None
        self._planned_at = 1
        self._batch_seconds = 0.05
        self._in_flight: list[Waiting] = []
        self._unanswered: tuple[Sequence[Waiting], Sequence[Result]] = ((), ())
        self.stopped: str | None = None
        self.trouble: str | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to take appends."""
        self._task = asyncio.create_task(self._run(), name="sequencer")

    def stop(self, reason: str) -> None:
        """Take no more appends, for ever; what waits is answered so."""
        if self.stopped is None:
            self.stopped = reason
            _log.error("appends_stopped", reason=reason)
        self._wake.set()

    async def submit(self, append: Prepared) -> Receipt:
        """Queue an append and wait for its answer. A caller who goes away changes nothing.

        Raises QueueFull and AppendsStopped before queueing; then what ``EventLog.append`` names.
        """
        if self.stopped is not None:
            raise AppendsStopped(self.stopped)
        if self._closing or self._task is None:
            raise AppendsStopped("this process takes no more appends")
        # A keyed BLAKE2b (RFC 7693 section 2.9) is a MAC, at less than half of what an HMAC takes.
        mac = blake2b(append.request, digest_size=32, key=self._mac_key).digest()
        waiting = Waiting(append, mac, asyncio.get_running_loop().create_future())
        self._queue.put(waiting, self._retry_after)
        self._wake.set()
        return await waiting.answer

    async def close(self, grace_seconds: float) -> None:
        """Take nothing new, finish what waits. What is not known after the grace is answered as OutcomeUnknown."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            done, _ = await asyncio.wait((self._task,), timeout=grace_seconds)
            if not done:
                self._task.cancel()
                await asyncio.wait((self._task,))
        self._give_up(OutcomeUnknown)
        if self._connection is not None:
            self._connection.terminate()

    async def _run(self) -> None:
        try:
            await self._take_turns()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Not foreseen; whatever was in flight may be stored, and what is known may be what could not be answered.
            self._in_flight += self._unanswered[0]
            self._unanswered = ((), ())
            self.stop(f"the sequencer failed: {type(error).__name__}: {error}")
            self._give_up(OutcomeUnknown)
            raise

    async def _take_turns(self) -> None:
        while True:
            if self.stopped is not None:
                self._give_up(AppendsStopped)
                return
            batch = self._queue.take(len(self._unanswered[0]))
            if batch:
                self._in_flight = batch
                if self._unanswered[0]:
                    results = await self._commit_and_answer(batch)
                else:
                    results = await self._commit(batch)
                self._settle(batch, results)
                self._unanswered = (batch, results)
            elif self._unanswered[0]:
                self._answer()
                # Whoever was answered comes back with the next append before the batch is made.
                await asyncio.sleep(0)
            elif self._closing:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _commit_and_answer(self, batch: Sequence[Waiting]) -> list[Result]:
        """Commit a batch and answer the one before it meanwhile."""
        committing = asyncio.create_task(self._commit(batch))
        try:
            await asyncio.sleep(0)  # the batch is on its way before others are answered
            self._answer()
            return await committing
        except BaseException:
            committing.cancel()
            raise

    async def _commit(self, batch: Sequence[Waiting]) -> list[Result]:
        """Send a batch until its outcome is known."""
        perhaps_stored = False
        for attempt in range(1_000_000_000):
            try:
                connection = await self._connected()
            except DATABASE_TROUBLE as error:
                # Whatever the reason, nothing was sent now: a database that takes no connections may take them again.
                await self._recover(error, attempt, keep=False)
                continue
            try:
                return await self._send(connection, batch)
            except asyncpg.PostgresError as error:
                state = error.sqlstate or ""
                if state[:2] in _GUILTY:
                    return await self._isolate(batch, error)
                if not passes(error):
                    reason = "clock_ran_back" if state == _CLOCK_RAN_BACK else "append_impossible"
                    self.stop(f"{reason}: {error}")
                    return [_unknown() if perhaps_stored else AppendsStopped(self.stopped or reason)] * len(batch)
                perhaps_stored = perhaps_stored or state != _LOCK_NOT_AVAILABLE
                await self._recover(error, attempt, keep=state == _LOCK_NOT_AVAILABLE)
            except CUT_OFF as error:
                perhaps_stored = True
                await self._recover(error, attempt, keep=False)
        raise AssertionError("unreachable")

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def _send(self, connection: asyncpg.Connection, batch: Sequence[Waiting]) -> list[Result]:
        started = time.monotonic()
        answer = await call_append(
            connection,
            [waiting.append for waiting in batch],
            [waiting.mac for waiting in batch],
            clock_seen=self._clock_seen,
            simulated_now=None if self._simulated is None else self._simulated.now(),
        )
        self._batch_seconds += (time.monotonic() - started - self._batch_seconds) / 8
        if self._simulated is None and (self._clock_seen is None or answer.clock > self._clock_seen):
            self._clock_seen = answer.clock
        self.trouble = None
        self._stored(answer.head)
        if answer.head >= 2 * self._planned_at:
            # Plans made while the tables were small are not the plans for large ones.
            self._planned_at = answer.head
            with contextlib.suppress(*DATABASE_TROUBLE):
                await connection.execute("DISCARD PLANS")
        return list(answer.outcomes)

    async def _recover(self, error: Exception, attempt: int, *, keep: bool) -> None:
        self.trouble = f"{type(error).__name__}: {error}"
        if attempt == 0 or attempt % 20 == 0:
            _log.warning("append_outcome_unknown", error=type(error).__name__, attempt=attempt)
        if not keep and self._connection is not None:
            self._connection.terminate()
            self._connection = None
        await asyncio.sleep(BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)])

    async def _isolate(self, batch: Sequence[Waiting], error: asyncpg.PostgresError) -> list[Result]:
        if len(batch) == 1:
            rejected = AppendRejected("the database refused this append", sqlstate=error.sqlstate or "")
            rejected.__cause__ = error
            return [rejected]
        half = len(batch) // 2
        return [*await self._commit(batch[:half]), *await self._commit(batch[half:])]

    def _settle(self, batch: Sequence[Waiting], results: Sequence[Result]) -> None:
        """Before the next batch is made: who waited for something that is now stored after its ``after`` has lost."""
        self._in_flight = []
        for waiting, result in zip(batch, results, strict=True):
            if isinstance(result, Outcome) and result.status is Status.STORED:
                waiting.stored_first = result.first
        for waiting in self._queue.waiting:
            if waiting.blocker is None:
                break
            same_key = waiting.blocker.append.key == waiting.append.key
            if waiting.blocker.stored_first > waiting.append.after and not same_key:
                waiting.doomed = True
            waiting.blocker = None

    def _answer(self) -> None:
        """Answer the batch whose results are known."""
        for waiting, result in zip(*self._unanswered, strict=True):
            answer = result if isinstance(result, WenzeError) else self._judge(waiting.append, result)
            if waiting.answer.done():
                continue
            if isinstance(answer, WenzeError):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)
        self._unanswered = ((), ())

    def _judge(self, append: Prepared, outcome: Outcome) -> Receipt | WenzeError:
        status = outcome.status
        if status is Status.STORED or status is Status.DUPLICATE:
            own = _leaves(append.templates, outcome.recorded_at)
            if status is Status.STORED and own != outcome.leaves:
                self.stop(f"position {outcome.first} holds other bytes than were appended")
                return AppendsStopped(self.stopped or "")
            return Receipt(
                first=outcome.first,
                last=outcome.last,
                recorded_at=outcome.recorded_at,
                received_at=outcome.received_at,
                leaves=_split(outcome.leaves),
                # What this very append had stored before its connection broke is no duplicate.
                duplicate=status is Status.DUPLICATE and own != outcome.leaves,
            )
        if status is Status.KEY_REUSED:
            return KeyReused("this key belongs to another request")
        if status is Status.CONDITION_FAILED:
            return ConditionFailed("the boundary has changed")
        if status is Status.WINDOW_CLOSED:
            return WindowClosed("the window is over")
        return NotFound("nothing is stored under this key")

    def _give_up(self, error: type[WenzeError]) -> None:
        """Answer everybody, with what is known."""
        self._answer()
        for waiting in self._in_flight:
            if not waiting.answer.done():
                waiting.answer.set_exception(_unknown())
        for waiting in self._queue.waiting:
            if not waiting.answer.done():
                waiting.answer.set_exception(error(self.stopped or "repeat the request with the same key"))
        self._in_flight = []
        self._queue = Queue()

    def _retry_after(self) -> int:
        """In whole seconds: about when what waits now will be through."""
        batches = math.ceil(len(self._queue.waiting) / MAX_BATCH)
        return 5 if self.trouble else min(30, max(1, math.ceil(batches * self._batch_seconds)))


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown("repeat the request with the same key")


@lru_cache(maxsize=16)
def _stamp(recorded_at: datetime) -> bytes:
    return instant_text(recorded_at).encode()


def _leaves(templates: Sequence[Template], recorded_at: datetime) -> bytes:
    stamp = _stamp(recorded_at)
    return b"".join(
        [
            sha256(b"\x00" + each.entry[: each.offset] + stamp + each.entry[each.offset + INSTANT_LENGTH :]).digest()
            for each in templates
        ]
    )


def _split(leaves: bytes) -> tuple[bytes, ...]:
    if len(leaves) == LEAF_BYTES:
        return (leaves,)
    return tuple(leaves[start : start + LEAF_BYTES] for start in range(0, len(leaves), LEAF_BYTES))
