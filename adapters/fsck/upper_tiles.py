"""The published tiles above level 0, and the partial files that are left of tiles that have grown since."""

from collections.abc import Mapping, Sequence

from adapters.fsck.difference import Differences
from adapters.fsck.rehash import Tree
from adapters.publisher.tile_files import TileFiles
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import tree_root
from domain.evidence.tiles import WIDTH, Tile, decode_bundle, parse_tile_path, tile_hashes, tiles_between


def check_upper_tiles(
    files: TileFiles, size: int, *, tree: Tree, odd_tiles: Mapping[int, bytes], differences: Differences
) -> int:
    """Compare the tiles above level 0 of a log published up to ``size`` with the tree over the rows; how many they are.

    A hash that is not the tree's and still is the root of the published tile below it is right: the rows were changed,
    and are named. ``odd_tiles`` has such roots of level 0.
    """
    upper = [tile for tile in tiles_between(0, size) if tile.level > 0]
    for tile in upper:
        try:
            published = files.tile(tile)
        except (MalformedError, OSError) as error:
            differences.add(tile.path(), _position(tile, 0), "file", expected=f"{tile.width} hashes", found=error)
            continue
        expected = tree.hashes(tile)
        if published == tuple(expected):
            continue
        for at, found in enumerate(published):
            computed = expected[at] if at < len(expected) else None
            if found not in (computed, _root_below(files, tile, at, odd_tiles)):
                differences.add(tile.path(), _position(tile, at), "hash", expected=computed, found=found)
    return len(upper)


def _root_below(files: TileFiles, tile: Tile, at: int, odd_tiles: Mapping[int, bytes]) -> bytes | None:
    number = tile.number * WIDTH + at
    if tile.level == 1 and number in odd_tiles:
        return odd_tiles[number]
    try:
        return tree_root(files.tile(Tile(tile.level - 1, number)))
    except (MalformedError, OSError):
        return None


def check_partial_files(files: TileFiles, size: int, differences: Differences) -> int:
    """Each partial file that is there must be the beginning of its tile as it is now; how many were looked at."""
    looked_at = 0
    for path in sorted(files.folder.glob("tile/**/*.p/*")):
        try:
            partial, is_bundle = parse_tile_path(path.relative_to(files.folder).as_posix())
        except MalformedError:
            continue  # a temporary file, which nobody reads
        now = Tile(partial.level, partial.number, min(WIDTH, size // WIDTH**partial.level - partial.number * WIDTH))
        if partial.width >= now.width:
            continue  # the tile's own file, looked at already; or one that is not published yet
        looked_at += 1
        try:
            _compare(files, partial, now, is_bundle, path.read_bytes(), differences)
        except (MalformedError, OSError):
            continue  # the tile as it is now is named already
    return looked_at


def _compare(
    files: TileFiles, partial: Tile, now: Tile, is_bundle: bool, data: bytes, differences: Differences
) -> None:
    path = partial.entries_path() if is_bundle else partial.path()
    whole = files.entries(now) if is_bundle else files.tile(now)
    parts: Sequence[bytes]
    try:
        parts = decode_bundle(data, partial.width) if is_bundle else tile_hashes(data, partial.width)
    except MalformedError as error:
        expected = f"{partial.width} {'entries' if is_bundle else 'hashes'}"
        differences.add(path, _position(partial, 0), "file", expected=expected, found=error)
        return
    name = "entry" if is_bundle else "hash"
    for at, part in enumerate(parts):
        if whole[at] != part:
            differences.add(path, _position(partial, at), name, expected=whole[at], found=part)


def _position(tile: Tile, at: int) -> int:
    """The first position that a hash of a tile covers."""
    unit: int = WIDTH**tile.level
    return (tile.number * WIDTH + at) * unit + 1
