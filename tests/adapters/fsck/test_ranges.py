"""Ranges, in this process or in several, find what a single walk finds; and a log may grow meanwhile."""

import asyncio

import pytest

from adapters.fsck import checkpoints, difference, log, rehash, tags
from adapters.fsck.difference import Differences
from adapters.fsck.log import check_tree
from adapters.fsck.rehash import MissingRow, Tree, rehash_range
from adapters.publisher.tile_files import TileFiles
from domain.evidence.tiles import WIDTH, TiledTree
from tests.adapters.fsck import tampering as act
from tests.adapters.fsck.signed_log import SIZE, SignedLog, as_superuser, given_for, grow

pytestmark = pytest.mark.log

BACK_DATED = "UPDATE ledger.event SET recorded_at = recorded_at - interval '1 day' WHERE position = 257"


@pytest.fixture
def short_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of one tile, so that a small log has two, and workers for them."""
    for module in (rehash, log, tags):
        monkeypatch.setattr(module, "RANGE", WIDTH)
    monkeypatch.setattr(log, "PAYS_FROM", 1)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.usefixtures("short_ranges")
async def test_ranges_find_what_one_walk_finds(log: SignedLog, processes: int) -> None:
    clean = await log.check(processes=processes)
    assert (clean.differences, clean.unchecked) == (Differences(), [])
    async with as_superuser(log) as superuser:
        await act.one_byte_of_one_entry(superuser)
        await superuser.run("INSERT INTO ledger.event_tag VALUES ('person:p7', 290)")
        await superuser.run(BACK_DATED)
    checked = await log.check(processes=processes)
    named = [(each.where, each.position, each.field) for each in checked.differences.named]
    assert sorted(named) == [
        ("event", 25, "entry.payload.code"),
        # Against its own entry, and against the last time of the range before.
        ("event", 257, "recorded_at"),
        ("event", 257, "recorded_at"),
        ("event", SIZE, "root"),
        ("event", SIZE, "root"),
        ("event_tag", 290, "tag"),
    ]
    assert (await check_tree(given_for(dsn=log.dsn, folder=log.folder, processes=processes))).root == checked.root


async def test_ranges_hashed_alone_give_the_published_root(log: SignedLog) -> None:
    public = TileFiles(log.folder / "public")
    hashes = [
        await asyncio.to_thread(rehash_range, log.dsn, first, last, frozenset({0}))
        for first, last in ((1, WIDTH), (WIDTH + 1, SIZE))
    ]
    tree = Tree(hashes)
    assert tree.root(SIZE) == TiledTree(SIZE, public.tile).root()
    assert tree.root(270) == TiledTree(270, public.tile).root()
    assert tree.root(120) == TiledTree(120, public.tile).root()
    async with as_superuser(log) as superuser:
        await superuser.run("DELETE FROM ledger.event WHERE position = 299")
    with pytest.raises(MissingRow) as caught:
        await asyncio.to_thread(rehash_range, log.dsn, WIDTH + 1, SIZE)
    assert caught.value.position == 299


async def test_a_log_that_grows_meanwhile_is_clean(log: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PUBLISHED_WITHIN_S", 60.0)  # however busy the machine is
    sizes = tuple(range(SIZE + 10, SIZE + 300, 10))
    growing = asyncio.create_task(grow(log.dsn, log.folder, upto=SIZE + 300, publish=sizes))
    looked = []
    while not growing.done():
        checked = await log.check()
        assert checked.differences.named == []
        assert checked.unchecked == []
        looked.append(checked.size)
    await growing
    assert len(set(looked)) > 1


async def test_of_very_many_differences_the_first_positions_are_named(
    log: SignedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "NAMED", 5)
    async with as_superuser(log) as superuser:
        await superuser.run("DELETE FROM ledger.event_tag")
    found = (await log.check()).differences
    assert [each.position for each in found.named] == [1, 2, 3, 3, 4]
    assert found.count == 865
