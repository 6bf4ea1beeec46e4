"""What the publisher reads from the ledger, page by page; no read holds a snapshot longer than its page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import asyncpg
import msgspec

from domain.evidence.checkpoint import Checkpoint
from domain.evidence.errors import MalformedError
from domain.ledger.events import LogKeyAdopted

# The head, and rows after a position; primary key of event.
READ_ROWS: Final = """
SELECT head.position AS head, e.position, e.type, e.entry, e.leaf
FROM ledger.head AS head
LEFT JOIN LATERAL (
    SELECT event.position, event.type, event.entry, event.leaf FROM ledger.event AS event
    WHERE event.position > $1 ORDER BY event.position LIMIT $2
) AS e ON true
"""

# Leaf hashes after a position; primary key of event.
READ_LEAVES: Final = "SELECT position, leaf FROM ledger.event WHERE position > $1 ORDER BY position LIMIT $2"

# Which keys were adopted, a handful of events; index event_type_position.
ADOPTED: Final = "SELECT position, entry FROM ledger.event WHERE type = 'LogKeyAdopted' ORDER BY type, position"

# Which logs this one continues, a handful of events; index event_type_position.
CONTINUED: Final = "SELECT position, entry FROM ledger.event WHERE type = 'LogContinued' ORDER BY type, position"


_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class Row(NamedTuple):
    """One row of the ledger as it is stored."""

    position: int
    type: str
    entry: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in position order, and the head of the same snapshot."""

    rows: Sequence[Row]
    head: int


class Adoption(NamedTuple):
    """That a key was adopted, at a position."""

    position: int
    vkey: str


class Rows(Protocol):
    """The ledger, as the publisher asks for it."""

    async def page(self, after: int, limit: int) -> Page:
        """Rows after a position."""
        ...

    async def leaves(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Positions and leaf hashes after a position."""
        ...

    async def adopted(self) -> Sequence[Adoption]:
        """Every key that was ever adopted, of whatever origin, in log order."""
        ...

    async def continued(self) -> Sequence[Checkpoint]:
        """The last signed checkpoints of the logs that this one continues, in log order."""
        ...


class _Key(msgspec.Struct):
    vkey: str


class _Before(msgspec.Struct):
    origin: str
    size: int
    root: str


class _Adopted(msgspec.Struct):
    payload: _Key


class _Continued(msgspec.Struct):
    payload: _Before


class _Recorded(msgspec.Struct):
    recorded_at: str


_RECORDED: Final = msgspec.json.Decoder(_Recorded)


def recorded_at_of(entry: bytes) -> str:
    """When an entry says that it was recorded: 27 characters, which sort as the instants do. Raises MalformedError."""
    try:
        text = _RECORDED.decode(entry).recorded_at
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError("entry", "must be a JSON object with a recorded_at") from error
    if _INSTANT.fullmatch(text) is None:
        raise MalformedError("recorded_at", "must be YYYY-MM-DDTHH:MM:SS.ffffffZ")
    return text


def adoption_of(row_position: int, entry: bytes) -> Adoption:
    """The adoption that an entry of ``LogKeyAdopted`` records."""
    return Adoption(row_position, msgspec.json.decode(entry, type=_Adopted).payload.vkey)


def continued_by(entry: bytes) -> Checkpoint:
    """The checkpoint that an entry of ``LogContinued`` names."""
    before = msgspec.json.decode(entry, type=_Continued).payload
    return Checkpoint(before.origin, before.size, bytes.fromhex(before.root))


ADOPTION: Final = LogKeyAdopted.type_name


class PostgresRows:
    """See ``Rows``. The pool, or the one connection, is borrowed."""

    def __init__(self, pool: asyncpg.Pool | asyncpg.Connection) -> None:
        self._pool = pool

    async def page(self, after: int, limit: int) -> Page:
        """See the protocol."""
        found = await self._pool.fetch(READ_ROWS, after, limit)
        rows = [Row(*row[1:]) for row in found if row["position"] is not None]
        rows.sort()  # the outer join promises no order; they come in it, so this is one pass
        return Page(rows, found[0]["head"])

    async def leaves(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """See the protocol."""
        return [(row["position"], row["leaf"]) for row in await self._pool.fetch(READ_LEAVES, after, limit)]

    async def adopted(self) -> Sequence[Adoption]:
        """See the protocol."""
        return [adoption_of(row["position"], row["entry"]) for row in await self._pool.fetch(ADOPTED)]

    async def continued(self) -> Sequence[Checkpoint]:
        """See the protocol."""
        return [continued_by(row["entry"]) for row in await self._pool.fetch(CONTINUED)]
