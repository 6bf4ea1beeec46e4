"""The check of a whole log, in this order:

1. Read the checkpoints, then the head: what grows meanwhile is beyond both, and not looked at.
2. Range by range, over several processes where it pays: rows, entries, tags, sealed parts, tiles and bundles.
3. What no range sees alone: times between ranges, rows of tags and append keys that belong to no entry.
4. The tree over the rows against the upper tiles and the checkpoints.

Views are compared by ``rebuild.compare``.
"""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from adapters.fsck.checkpoints import Signed, check_root, check_signature, is_rooted, read_checkpoints
from adapters.fsck.columns import name_back_dated
from adapters.fsck.difference import Differences
from adapters.fsck.head import check_head
from adapters.fsck.keys import check_keys
from adapters.fsck.parts import Sealed
from adapters.fsck.range_check import RangeChecked, RangeToCheck, check_range, check_range_here
from adapters.fsck.rehash import RANGE, Tree, connect, ranges
from adapters.fsck.tags import check_tag_rows
from adapters.fsck.upper_tiles import check_partial_files, check_upper_tiles
from adapters.publisher.tile_files import TileFiles
from domain.evidence.merkle import EMPTY_ROOT
from domain.evidence.note import VerifierKey
from domain.evidence.tiles import WIDTH

PAYS_FROM: Final = 2 * RANGE
"""Events from which on the start of worker processes costs less than they save."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a check needs.

    ``folder`` is the log's, with ``public`` and ``state`` in it; None when only the database is looked at. ``keys``
    are the log's as the checker knows them, never as the database tells. ``sealed`` names the commitments of each
    event type, ``masters`` open the keys of the vault: key-encryption keys of 32 bytes.
    """

    dsn: str
    folder: Path | None
    keys: Sequence[VerifierKey]
    sealed: Sealed
    masters: Sequence[bytes] = ()
    processes: int = 1


@dataclass(slots=True)
class Checked:
    """What a check found. ``unchecked`` says in sentences what could not be looked at."""

    origin: str = ""
    size: int = 0
    root: bytes = EMPTY_ROOT
    counts: dict[str, int] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)
    differences: Differences = field(default_factory=Differences)


async def check_log(given: Given, *, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Checked:
    """Check everything but the views. ``progress`` is told (events done, events in all)."""
    checked = Checked()
    differences = checked.differences
    checkpoints = await asyncio.to_thread(_checkpoints, given, checked)
    connection = await connect(given.dsn)
    try:
        signed = max((each.checkpoint.size for each in checkpoints), default=0)
        head = await check_head(connection, signed=signed, differences=differences)
        if head is None:
            checked.unchecked.append("there is no log in this database")
            return checked
        checked.origin, checked.size = head.origin, head.size
        walked = await _walk(given, head.size, checkpoints, progress)
        for each in walked:
            differences.take(each.differences)
        tags = {(each.first - 1) // RANGE: each.tags for each in walked}
        rows = await check_tag_rows(connection, upto=head.position, tags=tags, differences=differences)
        keys = await check_keys(connection, upto=head.size, differences=differences)
    finally:
        await connection.close()
    if unopened := sum(each.unopened for each in walked):
        checked.unchecked.append(f"what {unopened} parts of the vault hold: their keys do not open here")
    tree = Tree(each.hashes for each in walked)
    checked.root = tree.root(head.size) if head.size else EMPTY_ROOT
    checked.counts = {"events": head.size, "tags": rows, "keys": keys}
    if given.folder is not None:
        await asyncio.to_thread(_check_published, given, given.folder, checkpoints, tree, walked, checked)
    differences.named.sort(key=lambda each: each.position)
    return checked


def _checkpoints(given: Given, checked: Checked) -> list[Signed]:
    """The checkpoints that the log has signed, as far as its keys are known; the published one first."""
    if given.folder is None:
        return []
    found = read_checkpoints(given.folder, checked.differences)
    if not given.keys:
        checked.unchecked.append("the signatures of the checkpoints: no key of the log is known here")
        return found
    return [each for each in found if check_signature(each, given.keys, checked.differences)]


async def _walk(
    given: Given, size: int, checkpoints: Sequence[Signed], progress: Callable[[int, int], None]
) -> list[RangeChecked]:
    public = None if given.folder is None or not checkpoints else given.folder / "public"
    rooted = public is not None and is_rooted(checkpoints[0], TileFiles(public))
    wanted = [
        RangeToCheck(
            dsn=given.dsn,
            first=first,
            last=last,
            keep=frozenset(each.checkpoint.size // WIDTH for each in checkpoints),
            sealed=given.sealed,
            folder=public,
            published=checkpoints[0].checkpoint.size if checkpoints else 0,
            rooted=rooted,
            masters=given.masters,
        )
        for first, last in ranges(size)
    ]
    done = 0
    checked: list[RangeChecked] = []
    async for each in _in_processes(wanted, given.processes) if size >= PAYS_FROM else _here(wanted):
        checked.append(each)
        done += each.last - each.first + 1
        progress(done, size)
    checked.sort(key=lambda each: each.first)
    for before, after in pairwise(checked):
        if before.last_at is not None and after.first_at is not None and after.first_at < before.last_at:
            name_back_dated(after.first, before.last_at, after.first_at, after.differences)
    return checked


async def _here(wanted: Sequence[RangeToCheck]) -> AsyncIterator[RangeChecked]:
    for each in wanted:
        yield await check_range_here(each)


async def _in_processes(wanted: Sequence[RangeToCheck], processes: int) -> AsyncIterator[RangeChecked]:
    # Started anew, not forked: this process has an event loop and connections that no copy of it may touch.
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    try:
        loop = asyncio.get_running_loop()
        for finished in asyncio.as_completed([loop.run_in_executor(pool, check_range, each) for each in wanted]):
            yield await finished
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check_published(
    given: Given,
    folder: Path,
    checkpoints: Sequence[Signed],
    tree: Tree,
    walked: Sequence[RangeChecked],
    checked: Checked,
) -> None:
    files, differences = TileFiles(folder / "public"), checked.differences
    for signed in checkpoints:
        if signed.checkpoint.origin != checked.origin:
            found = signed.checkpoint.origin
            differences.add(signed.where, signed.checkpoint.size, "origin", expected=checked.origin, found=found)
        if signed.checkpoint.size <= checked.size:  # else the rows that are missing are named
            check_root(signed, computed=tree.root, files=files, differences=differences)
    if not checkpoints:
        checked.unchecked.append("tiles and bundles: no checkpoint of this log is published in this folder")
        return
    published = checkpoints[0].checkpoint.size
    if published <= checked.size:
        odd_tiles = {number: root for each in walked for number, root in each.odd_tiles.items()}
        upper = check_upper_tiles(files, published, tree=tree, odd_tiles=odd_tiles, differences=differences)
        checked.counts |= {"published": published, "tiles": -(-published // WIDTH) + upper}
    checked.counts["partial_files"] = check_partial_files(files, published, differences)
