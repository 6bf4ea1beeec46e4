"""The tree over the log, rebuilt from nothing but the stored entries.

A range is a number of whole tiles, so that each worker process hashes one by itself; only the last has a rest.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import asyncpg

from adapters.postgres.pool import INDEX_PLANS
from domain.evidence.merkle import tree_root
from domain.evidence.tiles import WIDTH, Tile, TiledTree

PAGE: Final = 2 * WIDTH
RANGE: Final = WIDTH * WIDTH
"""Positions that a worker takes at once: those below one tile of level 1."""

# The entries of some positions, in order; primary key of event.
ENTRIES: Final = """
SELECT position, entry FROM ledger.event WHERE position > $1 AND position <= $2 ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class RangeHashes:
    """Of a range that begins with a tile: the roots of its full tiles, and by number the leaves of those kept."""

    roots: tuple[bytes, ...]
    leaves: Mapping[int, tuple[bytes, ...]]


class MissingRow(Exception):
    """The positions of the log have a gap: there is no tree over it."""

    def __init__(self, position: int) -> None:
        super().__init__(f"there is no event at position {position}")
        self.position = position


def ranges(size: int) -> list[tuple[int, int]]:
    """The first and last positions of the ranges of a log of ``size`` entries."""
    return [(first, min(first + RANGE - 1, size)) for first in range(1, size + 1, RANGE)]


def rehash_range(dsn: str, first: int, last: int, keep: frozenset[int] = frozenset()) -> RangeHashes:
    """Hash the entries from ``first`` (the first position of a tile) to ``last``, over a connection of its own.

    A plain function, for a worker process. Kept are the leaves of the last tile unless it is full, and of the tiles
    whose numbers are in ``keep``: those in which a checkpoint ends. Raises MissingRow.
    """
    return asyncio.run(_rehash_range(dsn, first, last, keep))


async def _rehash_range(dsn: str, first: int, last: int, keep: frozenset[int]) -> RangeHashes:
    connection = await connect(dsn)
    try:
        read = await connection.prepare(ENTRIES)
        roots: list[bytes] = []
        kept: dict[int, tuple[bytes, ...]] = {}
        for after in range(first - 1, last, PAGE):
            upto = min(after + PAGE, last)
            rows = await read.fetch(after, upto)
            if len(rows) != upto - after:
                there = {row[0] for row in rows}
                raise MissingRow(next(each for each in range(after + 1, upto + 1) if each not in there))
            # As ``leaf_hash``, without a call for each of a million.
            leaves = [sha256(b"\x00" + row[1]).digest() for row in rows]
            roots += full_tiles(leaves)
            kept |= tiles_kept(after // WIDTH, leaves, keep)
        return RangeHashes(tuple(roots), kept)
    finally:
        await connection.close()


async def connect(dsn: str) -> asyncpg.Connection:
    """A connection of a check, with index plans whatever the statistics say."""
    return await asyncpg.connect(dsn, server_settings={"application_name": "wenze fsck", "jit": "off", **INDEX_PLANS})


def full_tiles(hashes: Sequence[bytes]) -> list[bytes]:
    """The roots of the tiles that hashes, from the first of a tile on, fill."""
    return [tree_root(hashes[at : at + WIDTH]) for at in range(0, len(hashes) - WIDTH + 1, WIDTH)]


def tiles_kept(number: int, leaves: Sequence[bytes], keep: frozenset[int]) -> dict[int, tuple[bytes, ...]]:
    """Of leaves from the beginning of tile ``number`` on: those of the tiles to keep, and of one that is not full."""
    return {
        tile: leaf_hashes
        for tile, at in enumerate(range(0, len(leaves), WIDTH), number)
        if len(leaf_hashes := tuple(leaves[at : at + WIDTH])) < WIDTH or tile in keep
    }


class Tree:
    """The tree over all ranges: the roots of its full tiles, and the leaves of those that were kept."""

    def __init__(self, hashes: Iterable[RangeHashes]) -> None:
        """The hashes of all ranges, in order."""
        self._levels: list[list[bytes]] = [[]]
        self._leaves: dict[int, tuple[bytes, ...]] = {}
        for each in hashes:
            self._levels[0] += each.roots
            self._leaves |= each.leaves
        while len(self._levels[-1]) >= WIDTH:
            self._levels.append(full_tiles(self._levels[-1]))

    def hashes(self, tile: Tile) -> Sequence[bytes]:
        """The hashes of a tile of level 1 or above, or of a kept one of level 0. Raises KeyError for another one."""
        if tile.level == 0:
            return self._leaves[tile.number][: tile.width]
        first = tile.number * WIDTH
        return self._levels[tile.level - 1][first : first + tile.width]

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` leaves; the tile in which they end must be full or have been kept."""
        return TiledTree(size, self.hashes).root()
