"""Whether the database still holds what was signed, and tiles anew from the database when their files are lost."""

import asyncio
from collections.abc import Sequence
from typing import Final

from adapters.publisher.errors import LogForked, PublisherStateWrong, RowCorrupt
from adapters.publisher.growing import grow
from adapters.publisher.rows import Row, Rows, recorded_at_of
from adapters.publisher.state import PublisherState
from adapters.publisher.tile_files import TileFiles
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.digest import leaf_hash
from domain.evidence.errors import MalformedError
from domain.evidence.merkle import EMPTY_ROOT, tree_root
from domain.evidence.note import Note, parse_note
from domain.evidence.tiles import WIDTH, Tile

STRETCH: Final = 16 * WIDTH
"""How many rows are compared or read at a time; whole tiles."""


def last_signed(state: PublisherState, files: TileFiles, origin: str) -> Note | None:
    """The larger of what the state folder holds and what was published: either may come from an old backup.

    Of two logs it is that of ``origin``. Raises PublisherStateWrong.
    """
    try:
        signed, data = state.signed(), files.checkpoint()
        published = None if data is None else parse_note(data)
        if signed is None or published is None:
            return signed or published
        kept, seen = parse_checkpoint(signed.text), parse_checkpoint(published.text)
    except MalformedError as error:
        raise PublisherStateWrong(f"a checkpoint on the disk is unreadable: {error}", position=0) from error
    if kept.size == seen.size and kept != seen:
        raise PublisherStateWrong(f"what was signed and what was published differ at {seen.size}", position=0)
    if kept.origin == origin != seen.origin:
        return signed
    return published if seen.size > kept.size else signed


def last_leaf(files: TileFiles, size: int) -> bytes:
    """The leaf hash of the last entry of a tree that is not empty."""
    return files.tile(_tile_at(size - 1, size))[-1]


def _tile_at(index: int, size: int) -> Tile:
    number = index // WIDTH
    return Tile(0, number, min(WIDTH, size - number * WIDTH))


async def first_difference(rows: Rows, files: TileFiles, size: int) -> LogForked | None:
    """Where the database parts from the signed tree of ``size``, or nothing; reads leaf hashes stretch by stretch."""
    for after in range(0, size, STRETCH):
        upto = min(after + STRETCH, size)
        there = dict(await rows.leaves(after, upto - after))
        for start in range(after, upto, WIDTH):
            try:
                signed = await asyncio.to_thread(files.tile, _tile_at(start, size))
            except (FileNotFoundError, MalformedError):
                continue  # nothing to compare with; the root has told already that something is wrong
            for position, leaf in enumerate(signed, start + 1):
                if position not in there:
                    return LogForked(f"the database ends at {position - 1}; {size} was signed", position=position)
                if there[position] != leaf:
                    return LogForked(f"position {position} is not what was signed", position=position)
    return None


def require_leaves(rows: Sequence[Row]) -> None:
    """Raises RowCorrupt for a row whose leaf is not the hash of its entry: its bytes were changed, or its leaf was."""
    for row in rows:
        if leaf_hash(row.entry) != row.leaf:
            raise RowCorrupt(f"the leaf of position {row.position} is not the hash of its entry", position=row.position)


def require_in_order(rows: Sequence[Row], latest: str) -> str:
    """The latest ``recorded_at``, which is ``latest`` when there are no rows.

    Raises RowCorrupt for an entry that is recorded before the one before it, or does not say when: time never runs
    back along positions, so somebody put it there by hand. Once signed, only whoever sees both entries could tell.
    """
    for row in rows:
        try:
            at = recorded_at_of(row.entry)
        except MalformedError as error:
            raise RowCorrupt(f"position {row.position}: {error}", position=row.position) from error
        if at < latest:
            raise RowCorrupt(
                f"position {row.position} is recorded at {at}, before the entry before it", position=row.position
            )
        latest = at
    return latest


async def root_of(rows: Rows, size: int) -> bytes:
    """The root over the first leaves that the database holds, at most ``size``."""
    roots: list[bytes] = []
    for after in range(0, size, STRETCH):
        leaves = [leaf for _, leaf in await rows.leaves(after, min(STRETCH, size - after))]
        roots.extend(tree_root(leaves[at : at + WIDTH]) for at in range(0, len(leaves), WIDTH))
    # Subtrees of 256 leaves are whole but for the last, so their roots have the root that the leaves have.
    return tree_root(roots)


async def build_tiles(rows: Rows, files: TileFiles, signed: Checkpoint) -> None:
    """All tiles of a signed tree anew, when their files are lost or damaged. Signs nothing.

    Raises LogForked when the database does not lead to the signed root; the files are then as they were.
    """
    if await root_of(rows, signed.size) != signed.root:
        raise await first_difference(rows, files, signed.size) or LogForked(
            f"the database does not lead to the root that was signed at {signed.size}", position=0
        )
    built = Checkpoint(signed.origin, 0, EMPTY_ROOT)
    while built.size < signed.size:
        page = await rows.page(built.size, min(STRETCH, signed.size - built.size))
        require_leaves(page.rows)
        growth = grow(
            built,
            [row.entry for row in page.rows],
            [row.leaf for row in page.rows],
            tile=files.tile,
            bundle=files.entries,
        )
        await asyncio.to_thread(files.put, growth.files)
        built = growth.checkpoint
