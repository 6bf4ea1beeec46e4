"""How a signed tree grows: the files that a larger one has and the smaller one had not, and its checkpoint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.publisher.tile_files import encode_tile
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.merkle import tree_root, verify_consistency
from domain.evidence.tiles import WIDTH, Tile, TiledTree, TileReader, encode_bundle, tiles_between


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree that has grown. ``files`` are by their paths in the public folder, ``tiles`` those among them."""

    checkpoint: Checkpoint
    files: dict[str, bytes]
    tiles: tuple[Tile, ...]


def grow(
    before: Checkpoint,
    entries: Sequence[bytes],
    leaves: Sequence[bytes],
    *,
    tile: TileReader,
    bundle: Callable[[Tile], Sequence[bytes]],
) -> Growth:
    """The tree after ``before`` with these entries, whose leaf hashes are ``leaves``.

    Only the right edge of the old tree is read, by ``tile`` and ``bundle``. Raises ProofError when what they give does
    not lead to the old root: then nothing may be signed on top of it.
    """
    old, size = before.size, before.size + len(entries)
    fresh: dict[tuple[int, int], tuple[bytes, ...]] = {}
    files: dict[str, bytes] = {}
    tiles = tiles_between(old, size)
    for each in tiles:
        start = each.number * WIDTH
        had = max(0, min(WIDTH, old // WIDTH**each.level - start))
        first, end = start + had, start + each.width
        kept = Tile(each.level, each.number, had)
        if each.level == 0:
            added = tuple(leaves[first - old : end - old])
            known = tuple(bundle(kept)) if had else ()
            files[each.entries_path()] = encode_bundle((*known, *entries[first - old : end - old]))
        else:
            # A hash of this level is the root of a tile of the level below that has just become full.
            added = tuple(tree_root(fresh[each.level - 1, child]) for child in range(first, end))
        fresh[each.level, each.number] = (*(tile(kept) if had else ()), *added)
        files[each.path()] = encode_tile(fresh[each.level, each.number])

    def read(wanted: Tile) -> Sequence[bytes]:
        known = fresh.get((wanted.level, wanted.number))
        return tile(wanted) if known is None else known[: wanted.width]

    tree = TiledTree(size, read)
    checkpoint = Checkpoint(before.origin, size, tree.root())
    verify_consistency(
        old_size=old, old_root=before.root, size=size, root=checkpoint.root, proof=tree.consistency_proof(old)
    )
    return Growth(checkpoint, files, tiles)
