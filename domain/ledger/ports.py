"""What the domain asks of the world. Each port has two to four methods; the adapters implement them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec

from domain.ledger.entry import Context, Recorded
from domain.ledger.event import Event
from domain.ledger.query import EVERYTHING, Condition, Query


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A personal value on its way into the vault, in the same transaction as the event that commits to it.

    ``commitment`` is 64 hex digits and stands in the event; ``key_id`` names the key of one person, purpose and term.
    ``ciphertext`` holds nonce, salt and value, encrypted. ``likeness`` is the same for the same value under the same
    key; it is not stored, but stands for the value in the request that is remembered.
    """

    commitment: str
    key_id: str
    ciphertext: bytes
    likeness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """One atomic append. Without events it only asks what its key has stored (see ``EventLog.append``)."""

    events: tuple[Event, ...]
    ids: tuple[str, ...]
    command: str
    context: Context
    sealed: tuple[SealedPart, ...] = ()
    condition: Condition | None = None
    recorded_before: datetime | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was stored: positions ``first`` to ``last``, all with one ``recorded_at``.

    ``leaves`` are the 32-byte leaf hashes in position order. ``duplicate`` says that the key had stored it before:
    positions and times are then those of the first time.
    """

    first: int
    last: int
    recorded_at: datetime
    received_at: datetime
    leaves: tuple[bytes, ...]
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Events and the head they were read at, from one snapshot: ``head`` is the ``after`` of a condition."""

    events: Sequence[Recorded] = field(default_factory=tuple)
    head: int = 0


class EventLog(Protocol):
    """The one log. Positions are 1, 2, 3 … without a gap; ``recorded_at`` never decreases along them."""

    async def read(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> Reading:
        """Events with ``after < position <= upto`` that match, in position order, at most ``limit``.

        ``classes`` are those the reader may see; None is the system itself, which sees all.
        """
        ...

    async def read_recorded_until(self, instant: datetime) -> int:
        """As of: the greatest position with ``recorded_at <= instant``; 0 when the log began later.

        The log's order decides, and the clock only through it; no entry is decoded for it.
        """
        ...

    async def append(self, append: Append) -> Receipt:
        """Store all events of the append or none, after its condition and key have been checked under the lock.

        An append without events stores nothing: it answers what its key has stored, or raises NotFound.
        Raises: Invalid (before queueing), QueueFull (before queueing), ConditionFailed, KeyReused, WindowClosed,
        OutcomeUnknown, AppendsStopped.
        """
        ...

    def follow(self, after: int, *, query: Query = EVERYTHING) -> AsyncIterator[Sequence[Recorded]]:
        """Batches of events after a position, for ever, in position order, none skipped."""
        ...


class Clock(Protocol):
    """The edge's clock, corrected to the database's; simulated logs have their own."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Ids(Protocol):
    """Where identifiers come from."""

    def new(self) -> str:
        """A UUIDv7 as lowercase text; a seeded source gives the same sequence again."""
        ...


class Vault(Protocol):
    """Personal values under a key per person, purpose and term."""

    async def seal(self, value: str, *, subject: str, purpose: str, salt: bytes | None = None) -> SealedPart:
        """Commit to a value and encrypt it. Nothing is stored until the part is appended with its event.

        ``subject`` is the person (or organisation) whose key it falls under; ``purpose`` one word of the glossary.
        ``salt`` are the 32 bytes that whoever signed the commitment chose; without it, fresh ones.
        """
        ...

    async def open(self, commitment: str) -> str:
        """The value behind a commitment. Raises NotFound when it never was, or when its key is destroyed."""
        ...

    def forget_keys(self) -> None:
        """Read every key anew: an append was rejected because one in memory is no longer in the vault."""
        ...
