"""A log becomes tiles and signed checkpoints; each larger one extends the one before, and no work is done twice."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.publisher.errors import PublisherElsewhere
from adapters.publisher.tile_files import TileFiles
from domain.evidence.merkle import verify_consistency
from domain.evidence.note import parse_note, verify_log_signature
from domain.evidence.tiles import Tile, TiledTree, tiles_between
from tests.adapters.publisher.ledger import (
    KEY,
    MemoryRows,
    adoption,
    checkpoint_in,
    following,
    log_of,
    publish,
    publisher_of,
    served,
    until,
)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600, 70_000])
async def test_a_log_is_published_as_the_specification_lays_it_out(tmp_path: Path, size: int) -> None:
    rows = log_of(size)
    published = await publish(rows, tmp_path)
    assert (published.size, published.root) == (size, rows.root())
    files = TileFiles(tmp_path / "public")
    note = parse_note(files.checkpoint() or b"")
    verify_log_signature(note, KEY.verifier)
    assert checkpoint_in(note.encoded()) == published
    for tile in tiles_between(0, size):
        assert len(files.tile(tile)) == tile.width
        if tile.level == 0:
            assert files.entries(tile) == tuple(
                row.entry for row in rows.rows[tile.number * 256 : tile.number * 256 + tile.width]
            )
    assert TiledTree(size, files.tile).root() == published.root
    paths = {path for tile in tiles_between(0, size) for path in (tile.path(), tile.entries_path()) if tile.level == 0}
    assert paths <= served(tmp_path).keys()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 600), min_size=1, max_size=6))
async def test_growing_in_any_steps_gives_the_tree_that_one_step_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    folder, rows = tmp_path_factory.mktemp("log"), MemoryRows(adoption())
    publisher = publisher_of(rows, folder)
    seen = [await publisher.publish()]
    for step in steps:
        rows.grow_to(len(rows.rows) + step)
        seen.append(await publisher.publish())
    tree = TiledTree(len(rows.rows), TileFiles(folder / "public").tile)
    for each in seen:
        assert each.root == rows.root(each.size)
        # A client that kept an older checkpoint finds everything that it needs, partial tiles too.
        assert TiledTree(each.size, TileFiles(folder / "public").tile).root() == each.root
        verify_consistency(
            old_size=each.size,
            old_root=each.root,
            size=tree.size,
            root=rows.root(),
            proof=tree.consistency_proof(each.size),
        )


async def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    rows = log_of(3000)
    await publish(rows, tmp_path)
    rows.asked.clear()
    rows.grow_to(3010)
    await publish(rows, tmp_path)
    assert set(rows.asked) == {2999, 3009}


async def test_a_long_log_is_published_in_turns_of_whole_tiles(tmp_path: Path) -> None:
    publisher = publisher_of(log_of(40_000), tmp_path)
    sizes = []
    with publisher.state.alone() as alone:
        assert alone
        while await publisher.turn():
            sizes.append(publisher.size)
    # The key is adopted at position 1, and what it signs for itself ends there.
    assert sizes == [16_384, 32_768, 40_000]


async def test_nothing_new_signs_nothing(tmp_path: Path) -> None:
    rows = log_of(5)
    await publish(rows, tmp_path)
    before = served(tmp_path)
    await publish(rows, tmp_path)
    assert served(tmp_path) == before


async def test_partial_files_go_when_their_tile_is_full_and_are_cut_from_it(tmp_path: Path) -> None:
    rows = log_of(100)
    await publish(rows, tmp_path)
    files = TileFiles(tmp_path / "public")
    part = files.tile(Tile(0, 0, 100)), files.entries(Tile(0, 0, 100))
    assert "tile/0/000.p/100" in served(tmp_path)
    rows.grow_to(300)
    await publish(rows, tmp_path)
    assert not [path for path in served(tmp_path) if ".p/" in path and "/000.p" in path and "/0/" in path]
    assert (files.tile(Tile(0, 0, 100)), files.entries(Tile(0, 0, 100))) == part
    with pytest.raises(FileNotFoundError):
        files.tile(Tile(0, 7, 256))


async def test_a_partial_tile_whose_file_is_lost_is_cut_from_a_wider_one(tmp_path: Path) -> None:
    rows = log_of(100)
    await publish(rows, tmp_path)
    files = TileFiles(tmp_path / "public")
    part = files.tile(Tile(0, 0, 100)), files.entries(Tile(0, 0, 100))
    for size in (150, 200):
        rows.grow_to(size)
        await publish(rows, tmp_path)
    for path in ("tile/0/000.p/100", "tile/entries/000.p/100"):
        (tmp_path / "public" / path).unlink()
    assert (files.tile(Tile(0, 0, 100)), files.entries(Tile(0, 0, 100))) == part
    with pytest.raises(FileNotFoundError):
        files.tile(Tile(0, 0, 201))


async def test_lost_tiles_are_built_anew_from_the_ledger(tmp_path: Path) -> None:
    rows = log_of(700)
    await publish(rows, tmp_path)
    before = served(tmp_path)
    subprocess.run(["rm", "-r", tmp_path / "public" / "tile"], check=True)
    await publish(rows, tmp_path)
    after = served(tmp_path)
    assert after == {path: data for path, data in before.items() if path in after}
    assert TiledTree(700, TileFiles(tmp_path / "public").tile).root() == rows.root()


async def test_a_lost_public_folder_is_published_again_with_the_same_signature(tmp_path: Path) -> None:
    rows = log_of(700)
    await publish(rows, tmp_path)
    before = served(tmp_path)["checkpoint"]
    subprocess.run(["rm", "-r", tmp_path / "public"], check=True)
    await publish(rows, tmp_path)
    assert served(tmp_path)["checkpoint"] == before


async def test_one_publisher_at_a_time_and_the_next_takes_over(tmp_path: Path) -> None:
    rows = log_of(5)
    first, second = publisher_of(rows, tmp_path), following(publisher_of(rows, tmp_path))
    with first.state.alone():
        with pytest.raises(PublisherElsewhere):
            await second.publisher.publish()
        task = asyncio.create_task(second.run())
        await asyncio.sleep(0.1)
        assert second.standing().state == "watching"
        assert second.standing().published is None
    try:
        await until(lambda: second.standing().published is not None)
        assert second.standing().state == "publishing"
    finally:
        task.cancel()
