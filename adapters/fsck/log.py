"""The check of a whole log, in this order:

1. Read the checkpoints, then the head: what grows meanwhile is beyond both, and not looked at.
2. Range by range, over several processes where it pays: rows, entries, tags, sealed parts, tiles and bundles.
3. What no range sees alone: times between ranges, rows of tags and append keys that belong to no entry, keys of the
   vault that were destroyed without an approval.
4. The tree over the rows against the upper tiles and the checkpoints.

Views are compared by ``rebuild.compare``.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import asyncpg

from adapters.fsck.checkpoints import Signed, check_published, check_root, check_signature, is_rooted, read_checkpoints
from adapters.fsck.columns import name_back_dated
from adapters.fsck.difference import Differences
from adapters.fsck.erasures import check_erasures
from adapters.fsck.head import Head, check_head, fetch_names
from adapters.fsck.keys import check_keys
from adapters.fsck.parts import Sealed
from adapters.fsck.range_check import RangeChecked, RangeToCheck, check_range
from adapters.fsck.rehash import RANGE, MissingRow, RangeHashes, Tree, connect, ranges, rehash_range
from adapters.fsck.tags import check_tag_rows
from adapters.fsck.upper_tiles import check_partial_files, check_upper_tiles
from adapters.fsck.workers import in_order
from adapters.publisher.tile_files import TileFiles
from domain.evidence.merkle import EMPTY_ROOT
from domain.evidence.note import VerifierKey
from domain.evidence.tiles import WIDTH

Progress = Callable[[int, int], None]
"""Is told (events done, events in all)."""
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


def unseen(_done: int, _of: int) -> None:
    """Nobody watches."""


async def check_log(given: Given, *, progress: Progress = unseen) -> Checked:
    """Check everything but the views."""
    checked = Checked()
    differences = checked.differences
    found = await asyncio.to_thread(_checkpoints, given, checked)
    connection = await connect(given.dsn)
    try:
        head, checkpoints = await _head(connection, found, checked)
        if head is None:
            return checked
        walked = await _walk(given, head.size, checkpoints, differences, progress)
        tags = {(each.first - 1) // RANGE: each.tags for each in walked}
        rows = await check_tag_rows(connection, upto=head.position, tags=tags, differences=differences)
        keys = await check_keys(connection, upto=head.size, differences=differences)
        await check_erasures(connection, differences=differences)
    finally:
        await connection.close()
    checked.counts = {"events": head.size, "tags": rows, "keys": keys}
    if unopened := sum(each.unopened for each in walked):
        checked.unchecked.append(f"what {unopened} parts of the vault hold: their keys do not open here")
    tree = Tree(each.hashes for each in walked)
    checked.root = tree.root(head.size) if head.size else EMPTY_ROOT
    if given.folder is not None:
        files = TileFiles(given.folder / "public")
        await asyncio.to_thread(_check_roots, files, checkpoints, tree, checked)
        await asyncio.to_thread(_check_tiles, files, checkpoints, tree, walked, checked)
        await check_published(given.folder, checkpoints, differences)
    differences.named.sort(key=lambda each: each.position)
    return checked


async def check_tree(given: Given, *, progress: Progress = unseen) -> Checked:
    """Check only that the entries give the roots that were signed: an order of magnitude quicker.

    A changed entry is found, and not named; columns, tags, keys, the vault and tiles are not looked at.
    """
    checked = Checked()
    found = await asyncio.to_thread(_checkpoints, given, checked)
    connection = await connect(given.dsn)
    try:
        head, checkpoints = await _head(connection, found, checked)
    finally:
        await connection.close()
    if head is None:
        return checked
    checked.counts = {"events": head.size}
    keep = _ends(checkpoints)
    work = [(given.dsn, first, last, keep) for first, last in ranges(head.size)]
    hashes: list[RangeHashes] = []
    try:
        async for each in in_order(_rehash, work, given.processes if head.size >= PAYS_FROM else 1):
            hashes.append(each)
            progress(min(len(hashes) * RANGE, head.size), head.size)
    except MissingRow as error:
        checked.differences.add("event", error.position, "position", expected="a row", found="nothing")
        return checked
    tree = Tree(hashes)
    checked.root = tree.root(head.size) if head.size else EMPTY_ROOT
    if given.folder is not None:
        await asyncio.to_thread(_check_roots, TileFiles(given.folder / "public"), checkpoints, tree, checked)
    return checked


async def _head(
    connection: asyncpg.Connection, found: Sequence[Signed], checked: Checked
) -> tuple[Head | None, list[Signed]]:
    """The head, and the checkpoints that are this log's under its name of today."""
    names = await fetch_names(connection)
    checkpoints = [each for each in found if not names.is_earlier(each.checkpoint)]
    signed = max((each.checkpoint.size for each in checkpoints), default=0)
    head = await check_head(connection, names=names, signed=signed, differences=checked.differences)
    if head is None:
        checked.unchecked.append("there is no log in this database")
    else:
        checked.origin, checked.size = head.origin, head.size
    return head, checkpoints


def _checkpoints(given: Given, checked: Checked) -> list[Signed]:
    """The checkpoints that the log has signed, as far as its keys are known; the published one first."""
    if given.folder is None:
        return []
    found = read_checkpoints(given.folder, checked.differences)
    if not given.keys:
        checked.unchecked.append("the signatures of the checkpoints: no key of the log is known here")
        return found
    return [each for each in found if check_signature(each, given.keys, checked.differences)]


def _rehash(work: tuple[str, int, int, frozenset[int]]) -> RangeHashes:
    return rehash_range(*work)


def _ends(checkpoints: Sequence[Signed]) -> frozenset[int]:
    """The tiles in which a checkpoint ends."""
    return frozenset(each.checkpoint.size // WIDTH for each in checkpoints)


async def _walk(
    given: Given, size: int, checkpoints: Sequence[Signed], differences: Differences, progress: Progress
) -> list[RangeChecked]:
    public = None if given.folder is None or not checkpoints else given.folder / "public"
    rooted = public is not None and is_rooted(checkpoints[0], TileFiles(public))
    work = [
        RangeToCheck(
            dsn=given.dsn,
            first=first,
            last=last,
            keep=_ends(checkpoints),
            sealed=given.sealed,
            folder=public,
            published=checkpoints[0].checkpoint.size if checkpoints else 0,
            rooted=rooted,
            masters=given.masters,
        )
        for first, last in ranges(size)
    ]
    processes = given.processes if size >= PAYS_FROM else 1
    walked: list[RangeChecked] = []
    async for each in in_order(check_range, work, processes):
        differences.take(each.differences)
        each.differences = Differences()  # a range may have a thousand, and a log thousands of ranges
        walked.append(each)
        progress(each.last, size)
    for before, after in pairwise(walked):
        if before.last_at is not None and after.first_at is not None and after.first_at < before.last_at:
            name_back_dated(after.first, before.last_at, after.first_at, differences)
    return walked


def _check_roots(files: TileFiles, checkpoints: Sequence[Signed], tree: Tree, checked: Checked) -> None:
    for signed in checkpoints:
        checkpoint = signed.checkpoint
        if checkpoint.origin != checked.origin:
            checked.differences.add(
                signed.where, checkpoint.size, "origin", expected=checked.origin, found=checkpoint.origin
            )
        if checkpoint.size <= checked.size:  # else the rows that are missing are named
            check_root(signed, computed=tree.root, files=files, differences=checked.differences)
    if not checkpoints:
        checked.unchecked.append("what was signed: no checkpoint of this log lies in this folder")


def _check_tiles(
    files: TileFiles, checkpoints: Sequence[Signed], tree: Tree, walked: Sequence[RangeChecked], checked: Checked
) -> None:
    if not checkpoints:
        return
    published, differences = checkpoints[0].checkpoint.size, checked.differences
    if published <= checked.size:
        odd_tiles = {number: root for each in walked for number, root in each.odd_tiles.items()}
        upper = check_upper_tiles(files, published, tree=tree, odd_tiles=odd_tiles, differences=differences)
        checked.counts |= {"published": published, "tiles": -(-published // WIDTH) + upper}
    checked.counts["partial_files"] = check_partial_files(files, published, differences)
