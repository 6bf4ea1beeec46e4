"""Where tiles lie and what is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.errors import MalformedError
from domain.evidence.tiles import Tile, decode_bundle, encode_bundle, parse_tile_path, tile_hashes, tiles_between


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 17), "tile/1/999.p/17"),
        (Tile(2, 1000, 255), "tile/2/x001/000.p/255"),
    ],
)
def test_a_tile_lies_where_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert tile.entries_path() == "tile/entries/" + path.split("/", 2)[2]


@pytest.mark.parametrize(
    ("old", "size", "tiles"),
    [
        (0, 0, []),
        (0, 1, [Tile(0, 0, 1)]),
        (1, 1, []),
        (1, 255, [Tile(0, 0, 255)]),
        (255, 257, [Tile(0, 0), Tile(0, 1, 1), Tile(1, 0, 1)]),
        (256, 257, [Tile(0, 1, 1)]),
        (69_999, 70_000, [Tile(0, 273, 112)]),
        (65_535, 65_536, [Tile(0, 255), Tile(1, 0), Tile(2, 0, 1)]),
    ],
)
def test_growth_makes_exactly_the_tiles_that_changed(old: int, size: int, tiles: list[Tile]) -> None:
    assert list(tiles_between(old, size)) == tiles


def test_a_log_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    tiles = tiles_between(0, 70_000)
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert {tile for tile in tiles if tile.width < 256} == {Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)}


def test_a_bundle_gives_its_entries_back() -> None:
    entries = (b"", b"x", b"y" * 65_535)
    assert decode_bundle(encode_bundle(entries), 3) == entries


def test_a_tile_of_another_width_is_refused_and_a_bundle_that_would_be_too_large() -> None:
    with pytest.raises(MalformedError):
        tile_hashes(b"x" * 32, 2)
    with pytest.raises(MalformedError):
        encode_bundle([b"x" * 65_536])
    with pytest.raises(MalformedError):
        encode_bundle([b""] * 257)


@given(st.integers(0, 63), st.integers(0, 10**9), st.integers(1, 256))
def test_a_path_is_read_back_as_the_tile_it_is_of(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert parse_tile_path(tile.path()) == (tile, False)
    assert parse_tile_path(Tile(0, number, width).entries_path()) == (Tile(0, number, width), True)
