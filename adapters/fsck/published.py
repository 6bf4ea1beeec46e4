"""What was published, read back beside the rows of the same positions.

A tile that leads to the signed root is right, and the row or the bundle that says otherwise is named. Of a tile that
does not, and the row and the bundle of the same position, the one that stands alone is named.
"""

from collections.abc import Sequence
from typing import NamedTuple

from adapters.fsck.difference import Differences
from adapters.fsck.entry_fields import entry_changes
from adapters.publisher.tile_files import TileFiles
from domain.evidence.digest import leaf_hash
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import tree_root
from domain.evidence.tiles import WIDTH, Tile

EVENT = "event"


class Row(NamedTuple):
    """Of a row its entry, what that entry hashes to, and the leaf hash in the row's own column."""

    entry: bytes
    hashed: bytes
    leaf: bytes


class Three(NamedTuple):
    """What should agree at a position, as far as it is there; ``vouched``: the tile leads to the signed root."""

    row: Row | None
    tile_leaf: bytes | None
    bundled: bytes | None
    vouched: bool


class PublishedTiles:
    """The tiles of level 0 and the bundles of a log that was published up to ``size``.

    ``rooted`` says that the root of these files is the published one.
    """

    def __init__(self, files: TileFiles, size: int, *, rooted: bool) -> None:
        self._files = files
        self._size = size
        self._rooted = rooted
        self._above: tuple[Tile, Sequence[bytes]] | None = None

    def check_tile(self, number: int, rows: Sequence[Row | None], differences: Differences) -> bytes | None:
        """Compare a tile and its bundle with the rows of its positions, None for one that is gone.

        Gives the root of the published tile when it is full and has other hashes than the rows.
        """
        published = max(0, min(WIDTH, self._size - number * WIDTH))
        tile = Tile(0, number, published)
        hashes = self._hashes(tile, differences) if published else ()
        entries = self._entries(tile, differences) if published else ()
        vouched = self._is_vouched(tile, hashes)
        for at, row in enumerate(rows):
            three = Three(
                row, hashes[at] if at < len(hashes) else None, entries[at] if at < len(entries) else None, vouched
            )
            _compare(tile, number * WIDTH + at + 1, three, differences)
        if len(hashes) < WIDTH or [row and row.hashed for row in rows] == list(hashes):
            return None
        return tree_root(hashes)

    def _is_vouched(self, tile: Tile, hashes: Sequence[bytes]) -> bool:
        """Whether a tile leads to the signed root: by its hash in the tile above, or as the last by the root itself."""
        if not self._rooted or not hashes or tile.width < WIDTH:
            return self._rooted
        number, at = divmod(tile.number, WIDTH)
        above = Tile(1, number, min(WIDTH, self._size // WIDTH - number * WIDTH))
        if self._above is None or self._above[0] != above:
            try:
                self._above = (above, self._files.tile(above))
            except (MalformedError, OSError):
                return False  # named where the tiles above are looked at
        return tree_root(hashes) == self._above[1][at]

    def _hashes(self, tile: Tile, differences: Differences) -> Sequence[bytes]:
        try:
            return self._files.tile(tile)
        except (MalformedError, OSError) as error:
            differences.add(tile.path(), tile.number * WIDTH + 1, "file", expected=f"{tile.width} hashes", found=error)
            return ()

    def _entries(self, tile: Tile, differences: Differences) -> Sequence[bytes]:
        try:
            return self._files.entries(tile)
        except (MalformedError, OSError) as error:
            path, position = tile.entries_path(), tile.number * WIDTH + 1
            differences.add(path, position, "file", expected=f"{tile.width} entries", found=error)
            return ()


def compare_unpublished(position: int, row: Row, differences: Differences) -> None:
    """All that can be said of a row by itself."""
    if row.leaf != row.hashed:
        differences.add(EVENT, position, "leaf", expected=row.hashed, found=row.leaf)


def _compare(tile: Tile, position: int, three: Three, differences: Differences) -> None:
    row, tile_leaf, bundled, vouched = three
    bundle_leaf = None if bundled is None else leaf_hash(bundled)
    expected = tile_leaf or bundle_leaf
    if row is not None and not vouched and bundle_leaf == row.hashed:
        expected = row.hashed
        if tile_leaf not in (None, expected):
            differences.add(tile.path(), position, "hash", expected=expected, found=tile_leaf)
    if bundle_leaf not in (None, expected):
        differences.add(tile.entries_path(), position, "entry", expected=expected, found=bundle_leaf)
    if row is None:
        return  # named where rows are read
    if expected is None or expected == row.hashed:
        compare_unpublished(position, row, differences)
        return
    if bundled is not None and bundle_leaf == expected:
        for path, was, found in entry_changes(bundled, row.entry):
            differences.add(EVENT, position, path, expected=was, found=found)
    else:
        differences.add(EVENT, position, "entry", expected=expected, found=row.hashed)
    if row.leaf != expected:
        differences.add(EVENT, position, "leaf", expected=expected, found=row.leaf)
