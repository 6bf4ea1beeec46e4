"""Bringing back what was signed and lost: a failover or a restored backup can end before the last checkpoint.

The entries come from the published bundles, byte for byte, and each must have the leaf hash that was signed. It needs
the rights of the ledger's owner: nobody else inserts entries. What was never in an entry cannot come back: sealed
values, and the keys by which clients repeat their requests.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg
import msgspec

from adapters.publisher.checking import STRETCH
from adapters.publisher.errors import NothingToRecover, TailNotRecoverable
from adapters.publisher.tile_files import TileFiles
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.digest import leaf_hash
from domain.evidence.errors import MalformedError
from domain.evidence.tiles import WIDTH, Tile
from domain.ledger.commitments import commitments, sealed_fields
from domain.ledger.event import Catalogue

# Rows after a position, to be hashed again; primary key of event.
READ_BACK: Final = "SELECT position, entry, leaf FROM ledger.event WHERE position > $1 ORDER BY position LIMIT $2"

# The one row of the head, held: nobody appends until this is done.
HOLD_HEAD: Final = "SELECT origin, position FROM ledger.head FOR UPDATE"

# Entries as they were signed; there is nothing to search.
BRING_BACK: Final = """
INSERT INTO ledger.event (position, id, type, class, recorded_at, entry, leaf)
SELECT e.position, e.id, e.type, e.class, e.recorded_at, e.entry, sha256('\\x00'::bytea || e.entry)
FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])
    AS e (position, id, type, class, recorded_at, entry)
"""

# Their tags; there is nothing to search.
BRING_BACK_TAGS: Final = """
INSERT INTO ledger.event_tag (tag, position) SELECT t.tag, t.position FROM unnest($1::text[], $2::bigint[])
    AS t (tag, position)
"""

# A key for each of them, its own id: every position has one. No request has a MAC of no bytes, so none repeats it.
BRING_BACK_KEYS: Final = """
INSERT INTO ledger.append_key (actor, key, first, last, recorded_at, received_at, mac)
SELECT k.actor, k.key, k.position, k.position, k.recorded_at, k.received_at, ''
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
    AS k (actor, key, position, recorded_at, received_at)
"""

# The one row of the head, and those who follow the log.
PUT_HEAD: Final = """
WITH moved AS (UPDATE ledger.head SET position = $1, recorded_at = $2)
SELECT pg_notify('ledger', $1::bigint::text)
"""

# How many of these commitments have no value in the vault; primary key of part.
PARTS_LOST: Final = """
SELECT count(*) FROM unnest($1::text[]) AS wanted (commitment)
WHERE NOT EXISTS (SELECT FROM vault.part AS part WHERE part.commitment = wanted.commitment)
"""


@dataclass(frozen=True, slots=True)
class Recovered:
    """Positions ``first`` to ``last`` are back. ``sealed_lost`` values of them are not, and never will be."""

    first: int
    last: int
    sealed_lost: int


class _Actor(msgspec.Struct):
    person: str


class _Entry(msgspec.Struct, rename={"event_class": "class"}):
    actor: _Actor
    id: str
    type: str
    event_class: str
    received_at: datetime
    recorded_at: datetime
    tags: tuple[str, ...]
    payload: msgspec.Raw


class _Signed(NamedTuple):
    position: int
    entry: bytes
    leaf: bytes


_ENTRY: Final = msgspec.json.Decoder(_Entry)


async def recover_tail(
    connection: asyncpg.Connection, files: TileFiles, signed: Checkpoint, *, catalogue: Catalogue
) -> Recovered:
    """Append again what was signed after the database's head. All or nothing.

    Only a database that is a beginning of the signed log can be completed. Raises NothingToRecover, TailNotRecoverable.
    """
    head = await _compared(connection, files, signed)
    if head >= signed.size:
        raise NothingToRecover
    lost: set[str] = set()
    async with connection.transaction():
        held = await connection.fetchrow(HOLD_HEAD)
        if held is None or (held["origin"], held["position"]) != (signed.origin, head):
            raise TailNotRecoverable("the log was appended to meanwhile; stop every process first", position=head + 1)
        for after in range(head, signed.size, STRETCH):
            rows = await asyncio.to_thread(_signed_rows, files, after, min(after + STRETCH, signed.size), signed.size)
            lost |= await _bring_back(connection, rows, catalogue)
        return Recovered(head + 1, signed.size, await connection.fetchval(PARTS_LOST, list(lost)))


async def _compared(connection: asyncpg.Connection, files: TileFiles, signed: Checkpoint) -> int:
    """Where the database ends, at most the signed size. Raises TailNotRecoverable where it has something of its own."""
    for after in range(0, signed.size, STRETCH):
        upto = min(after + STRETCH, signed.size)
        there = await connection.fetch(READ_BACK, after, upto - after)
        expected = await asyncio.to_thread(_signed_rows, files, after, min(upto, after + len(there)), signed.size)
        for row, wanted in zip(there, expected, strict=True):
            if (row["position"], row["entry"], row["leaf"]) != wanted:
                raise TailNotRecoverable(f"position {wanted.position} is not what was signed", position=wanted.position)
        if len(there) < upto - after:
            return after + len(there)
    return signed.size


def signed_entries(files: TileFiles, after: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Positions and entries that were signed after a position, as far as their files are whole."""
    for number in range(after // WIDTH, -(-size // WIDTH)):
        tile = Tile(0, number, min(WIDTH, size - number * WIDTH))
        try:
            leaves, entries = files.tile(tile), files.entries(tile)
        except (FileNotFoundError, MalformedError):
            continue
        for position, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), number * WIDTH + 1):
            if position > after and leaf_hash(entry) == leaf:
                yield position, entry


def _signed_rows(files: TileFiles, after: int, upto: int, size: int) -> list[_Signed]:
    """The entries from after a position up to another, each with the leaf hash that was signed."""
    rows: list[_Signed] = []
    for number in range(after // WIDTH, -(-upto // WIDTH)):
        tile = Tile(0, number, min(WIDTH, size - number * WIDTH))
        start = number * WIDTH
        try:
            leaves, entries = files.tile(tile), files.entries(tile)
        except (FileNotFoundError, MalformedError) as error:
            raise TailNotRecoverable(f"a published file is lost or damaged: {error}", position=start + 1) from error
        for position, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), start + 1):
            if leaf_hash(entry) != leaf:
                raise TailNotRecoverable(f"the bundle's entry {position} is not what was signed", position=position)
            if after < position <= upto:
                rows.append(_Signed(position, entry, leaf))
    return rows


async def _bring_back(connection: asyncpg.Connection, rows: Sequence[_Signed], catalogue: Catalogue) -> set[str]:
    """Insert, and give the commitments that the entries hold."""
    decoded = [_ENTRY.decode(row.entry) for row in rows]
    await connection.execute(
        BRING_BACK,
        [row.position for row in rows],
        [each.id for each in decoded],
        [each.type for each in decoded],
        [each.event_class for each in decoded],
        [each.recorded_at for each in decoded],
        [row.entry for row in rows],
    )
    await connection.execute(
        BRING_BACK_KEYS,
        [each.actor.person for each in decoded],
        [each.id for each in decoded],
        [row.position for row in rows],
        [each.recorded_at for each in decoded],
        [each.received_at for each in decoded],
    )
    tags = [(tag, row.position) for row, each in zip(rows, decoded, strict=True) for tag in each.tags]
    await connection.execute(BRING_BACK_TAGS, [tag for tag, _ in tags], [position for _, position in tags])
    await connection.execute(PUT_HEAD, rows[-1].position, decoded[-1].recorded_at)
    return {
        commitment
        for each in decoded
        for path in (sealed_fields(catalogue.types[each.type]) if each.type in catalogue.types else ())
        for commitment in commitments(msgspec.json.decode(each.payload), path)
    }
