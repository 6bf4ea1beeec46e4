"""Where a log's hashes and entries lie as files, and what one file holds. Source: C2SP tlog-tiles.

A tile of level L holds 256 hashes: of leaves at level 0, of the full tiles of the level below at every other. A tile
that is not full yet is partial; a hash of a partial tile is never part of the level above. Entries lie in bundles of
256, each entry behind its length in 2 bytes, big endian.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from domain.evidence.errors import MalformedError, ProofError
from domain.evidence.merkle import HASH_BYTES, node_hash, tree_root

WIDTH: Final = 256
MAX_LEVEL: Final = 63
MAX_ENTRY: Final = 65_535
_LENGTH_BYTES: Final = 2


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A tile by its level (0 to 63), its number from 0 in the level, and how many hashes it holds (1 to 256)."""

    level: int
    number: int
    width: int = WIDTH

    def path(self) -> str:
        """``tile/<L>/<N>[.p/<W>]``, N in groups of three digits."""
        return f"tile/{self.level}/{_number_path(self.number)}{self._partial()}"

    def entries_path(self) -> str:
        """Where the bundle of this tile of level 0 lies: ``tile/entries/<N>[.p/<W>]``."""
        return f"tile/entries/{_number_path(self.number)}{self._partial()}"

    def _partial(self) -> str:
        return "" if self.width == WIDTH else f".p/{self.width}"


def _number_path(number: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


_PATH: Final = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


def parse_tile_path(path: str) -> tuple[Tile, bool]:
    """The tile of a path as it is served, and whether the path is of its bundle of entries.

    Raises MalformedError for every other way of writing it.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise MalformedError("path", "is of no tile")
    level, groups, width = found.groups()
    of_entries = level == "entries"
    number = int(groups.replace("x", "").replace("/", ""))
    tile = Tile(0 if of_entries else int(level), number, WIDTH if width is None else int(width))
    # A full tile is written without a width, and a number without groups of zeros before it.
    if tile.level > MAX_LEVEL or tile.width > WIDTH or path != (tile.entries_path() if of_entries else tile.path()):
        raise MalformedError("path", "is not how this tile is written")
    return tile, of_entries


def tiles_between(old_size: int, size: int) -> tuple[Tile, ...]:
    """The tiles that a log of ``size`` entries has and one of ``old_size`` had not, level by level, in order.

    Requires 0 <= old_size <= size. A tile that only grew wider counts as new; empty tiles are not.
    """
    found: list[Tile] = []
    for level in range(MAX_LEVEL + 1):
        unit = WIDTH**level
        old, new = old_size // unit, size // unit
        if new == 0:
            break
        for number in range(old // WIDTH, -(-new // WIDTH)):
            width = min(WIDTH, new - number * WIDTH)
            had = max(0, min(WIDTH, old - number * WIDTH))
            if width > had:
                found.append(Tile(level, number, width))
    return tuple(found)


def tile_hashes(data: bytes, width: int) -> tuple[bytes, ...]:
    """The hashes of a tile's file. Raises MalformedError unless there are exactly ``width``."""
    if len(data) != width * HASH_BYTES:
        raise MalformedError("tile", f"has {width} hashes of {HASH_BYTES} bytes")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The file of at most 256 entries. Raises MalformedError for a longer one or an entry beyond 65,535 bytes."""
    if not 0 < len(entries) <= WIDTH:
        raise MalformedError("bundle", f"has 1 to {WIDTH} entries")
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise MalformedError("bundle", f"an entry has at most {MAX_ENTRY} bytes")
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """The entries of a bundle's file. Raises MalformedError unless there are exactly ``width``."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        end = start + int.from_bytes(data[at:start], "big")
        if end > len(data):
            raise MalformedError("bundle", "ends within an entry")
        entries.append(data[start:end])
        at = end
    if len(entries) != width:
        raise MalformedError("bundle", f"has {width} entries, not {len(entries)}")
    return tuple(entries)


TileReader = Callable[[Tile], Sequence[bytes]]
"""The hashes of a tile; raises what its store raises when it is not there."""


class TiledTree:
    """A tree of ``size`` leaves whose hashes are read tile by tile, each tile once."""

    def __init__(self, size: int, read: TileReader) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self) -> bytes:
        """The root over all leaves."""
        return self._subtree(0, self.size) if self.size else tree_root(())

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """As ``merkle.inclusion_proof``. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError(f"no leaf {index} in a tree of {self.size}")
        return tuple(self._path(0, self.size, index))

    def consistency_proof(self, old_size: int) -> tuple[bytes, ...]:
        """As ``merkle.consistency_proof``. Raises IndexError."""
        if not 0 <= old_size <= self.size:
            raise IndexError(f"no tree of {old_size} inside one of {self.size}")
        if old_size in (0, self.size):
            return ()
        return tuple(self._subproof(0, self.size, old_size, whole=True))

    def _path(self, start: int, end: int, index: int) -> Iterator[bytes]:
        if end - start == 1:
            return
        middle = _middle(start, end)
        if index < middle:
            yield from self._path(start, middle, index)
            yield self._subtree(middle, end)
        else:
            yield from self._path(middle, end, index)
            yield self._subtree(start, middle)

    def _subproof(self, start: int, end: int, old_end: int, *, whole: bool) -> Iterator[bytes]:
        if old_end == end:
            if not whole:
                yield self._subtree(start, end)
            return
        middle = _middle(start, end)
        if old_end <= middle:
            yield from self._subproof(start, middle, old_end, whole=whole)
            yield self._subtree(middle, end)
        else:
            yield from self._subproof(middle, end, old_end, whole=False)
            yield self._subtree(start, middle)

    def _subtree(self, start: int, end: int) -> bytes:
        """The root over the leaves from ``start`` to before ``end``; ``start`` is a multiple of its size."""
        size = end - start
        if size & (size - 1):
            middle = _middle(start, end)
            return node_hash(self._subtree(start, middle), self._subtree(middle, end))
        # A whole subtree: some hashes of one tile, of the highest level whose unit fits into it.
        level = (size.bit_length() - 1) // 8
        unit = WIDTH**level
        number, first = divmod(start // unit, WIDTH)
        return tree_root(self._tile(level, number)[first : first + size // unit])

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        hashes = self._tiles.get((level, number))
        if hashes is None:
            width = min(WIDTH, self.size // WIDTH**level - number * WIDTH)
            hashes = self._read(Tile(level, number, width))
            if len(hashes) != width:
                raise ProofError(f"the tile {Tile(level, number, width).path()} has {len(hashes)} hashes")
            self._tiles[level, number] = hashes
        return hashes


def _middle(start: int, end: int) -> int:
    return start + (1 << ((end - start - 1).bit_length() - 1))
