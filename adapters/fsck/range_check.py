"""One range of the log, page by page: rows, entries, tags, sealed parts, and the published tiles of its positions.

The work of a worker process. In memory are ``PAGE`` rows and, for each tile, its root.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from adapters.fsck.columns import Columns
from adapters.fsck.difference import Differences
from adapters.fsck.parts import Committed, Parts, Sealed
from adapters.fsck.published import EVENT, PublishedTiles, Row, compare_unpublished
from adapters.fsck.rehash import PAGE, RangeHashes, connect, full_tiles, tiles_kept
from adapters.fsck.tags import check_tags
from adapters.publisher.tile_files import TileFiles
from domain.evidence.digest import leaf_hash
from domain.evidence.merkle import HASH_BYTES
from domain.evidence.tiles import WIDTH

# The rows of some positions, in order; primary key of event.
ROWS: Final = """
SELECT position, id, type, class, recorded_at, entry, leaf FROM ledger.event
WHERE position > $1 AND position <= $2 ORDER BY position
"""

MISSING_LEAF: Final = bytes(HASH_BYTES)
"""Stands in the tree for the leaf of a row that is gone; no entry has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeToCheck:
    """``first`` begins a tile; ``keep`` numbers the tiles in which a checkpoint ends.

    ``folder`` holds what was published, up to ``published`` entries; ``rooted`` says that the files' root is the
    published one. ``masters`` open keys of the vault.
    """

    dsn: str
    first: int
    last: int
    keep: frozenset[int]
    sealed: Sealed
    folder: Path | None
    published: int
    rooted: bool
    masters: Sequence[bytes]


@dataclass(slots=True)
class RangeChecked:
    """What a range showed.

    ``tags`` counts the tags of its entries that have their rows, ``unopened`` the parts of the vault that no key at
    hand opens; ``odd_tiles`` has, by number, the roots of the published tiles that are not those of the rows.
    """

    first: int
    last: int
    hashes: RangeHashes = field(default_factory=lambda: RangeHashes((), {}))
    tags: int = 0
    unopened: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    odd_tiles: dict[int, bytes] = field(default_factory=dict)
    differences: Differences = field(default_factory=Differences)


def check_range(given: RangeToCheck) -> RangeChecked:
    """Check a range over a connection of its own. A plain function, for a worker process."""
    return asyncio.run(_check_range(given))


async def _check_range(given: RangeToCheck) -> RangeChecked:
    connection = await connect(given.dsn)
    try:
        return await _Range(connection, given).run()
    finally:
        await connection.close()


class _Range:
    def __init__(self, connection: asyncpg.Connection, given: RangeToCheck) -> None:
        self._connection = connection
        self._given = given
        self._checked = RangeChecked(given.first, given.last)
        self._columns = Columns(self._checked.differences)
        self._parts = Parts(given.sealed, given.masters)
        self._published = (
            None
            if given.folder is None
            else PublishedTiles(TileFiles(given.folder), given.published, rooted=given.rooted)
        )

    async def run(self) -> RangeChecked:
        given, checked = self._given, self._checked
        read = await self._connection.prepare(ROWS)
        roots: list[bytes] = []
        kept: dict[int, tuple[bytes, ...]] = {}
        for after in range(given.first - 1, given.last, PAGE):
            upto = min(after + PAGE, given.last)
            rows = await self._page(after, upto, await read.fetch(after, upto))
            leaves = [MISSING_LEAF if row is None else row.hashed for row in rows]
            roots += full_tiles(leaves)
            kept |= tiles_kept(after // WIDTH, leaves, given.keep)
        checked.unopened = self._parts.unopened
        checked.hashes = RangeHashes(tuple(roots), kept)
        checked.first_at, checked.last_at = self._columns.first_at, self._columns.last_at
        return checked

    async def _page(self, after: int, upto: int, records: Sequence[Any]) -> list[Row | None]:
        differences = self._checked.differences
        rows: list[Row | None] = [None] * (upto - after)
        tags: list[tuple[str, int]] = []
        committed: list[Committed] = []
        for record in records:
            position, entry = record["position"], record["entry"]
            if rows[position - after - 1] is not None:
                differences.add(EVENT, position, "position", expected="one row", found="another as well")
            rows[position - after - 1] = Row(entry, leaf_hash(entry), record["leaf"])
            stored = self._columns.check(record)
            if stored is not None:
                tags += [(tag, position) for tag in _tags(stored)]
                committed += self._parts.committed(position, stored.get("type"), stored.get("payload"))
        for at, row in enumerate(rows):
            if row is None:
                differences.add(EVENT, after + at + 1, "position", expected="a row", found="nothing")
            elif self._published is None:
                compare_unpublished(after + at + 1, row, differences)
        self._checked.tags += await check_tags(self._connection, tags, differences)
        await self._parts.check(self._connection, committed, differences)
        if self._published is not None:
            for at in range(0, len(rows), WIDTH):
                number = (after + at) // WIDTH
                root = self._published.check_tile(number, rows[at : at + WIDTH], differences)
                if root is not None:
                    self._checked.odd_tiles[number] = root
        return rows


def _tags(stored: dict[str, Any]) -> set[str]:
    tags = stored.get("tags")
    return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
