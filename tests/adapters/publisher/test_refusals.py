"""What the publisher does not sign: it says where, and the last good checkpoint stays."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.publisher.errors import LogForked, LogKeyNotHeld, PublisherStateWrong, RowCorrupt, SigningRefused
from adapters.publisher.state import WhyRefused
from domain.evidence.digest import leaf_hash
from domain.evidence.note import parse_note, verify_log_signature
from tests.adapters.publisher.ledger import (
    KEY,
    MemoryRows,
    adoption,
    checkpoint_in,
    entry_of,
    following,
    key_of,
    log_of,
    publish,
    publisher_of,
    served,
    until,
)

SIZE, GROWN = 700, 760


def drop_tail(rows: MemoryRows) -> None:
    del rows.rows[650:]


def drop_tail_and_grow(rows: MemoryRows) -> None:
    del rows.rows[650:]
    rows.grow_to(GROWN, word="other")


def change_one(rows: MemoryRows) -> None:
    rows.change(SIZE, b"changed, with its hash")


def change_all_from(rows: MemoryRows) -> None:
    del rows.rows[299:]
    rows.grow_to(GROWN, word="rewritten")


def swap_the_last(rows: MemoryRows) -> None:
    first, second = rows.rows[SIZE - 2 : SIZE]
    rows.change(SIZE - 1, second.entry)
    rows.change(SIZE, first.entry)
    rows.grow_to(GROWN)


def lose_the_last_and_keep_the_rest(rows: MemoryRows) -> None:
    rows.grow_to(GROWN)
    del rows.rows[SIZE - 1]


def change_a_new_entry(rows: MemoryRows) -> None:
    rows.grow_to(GROWN)
    rows.change(GROWN - 3, b"changed, its hash not", leaf=rows.rows[GROWN - 4].leaf)


def change_a_new_leaf(rows: MemoryRows) -> None:
    rows.grow_to(GROWN)
    rows.change(GROWN - 3, rows.rows[GROWN - 4].entry, leaf=leaf_hash(b"something else"))


def lose_a_new_row(rows: MemoryRows) -> None:
    rows.grow_to(GROWN)
    del rows.rows[GROWN - 11]


def lose_the_newest_row_but_not_the_head(rows: MemoryRows) -> None:
    rows.grow_to(GROWN)
    rows.head = GROWN
    del rows.rows[-1]


TAMPERED: dict[Callable[[MemoryRows], None], tuple[type[SigningRefused], int]] = {
    drop_tail: (LogForked, 651),
    drop_tail_and_grow: (LogForked, 651),
    change_one: (LogForked, SIZE),
    change_all_from: (LogForked, 300),
    swap_the_last: (LogForked, SIZE - 1),
    lose_the_last_and_keep_the_rest: (LogForked, SIZE),
    change_a_new_entry: (RowCorrupt, GROWN - 3),
    change_a_new_leaf: (RowCorrupt, GROWN - 3),
    lose_a_new_row: (RowCorrupt, GROWN - 10),
    lose_the_newest_row_but_not_the_head: (RowCorrupt, GROWN),
}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
async def test_what_does_not_extend_what_was_signed_is_not_signed_and_where_it_parts_is_said(
    tmp_path: Path, tamper: Callable[[MemoryRows], None]
) -> None:
    kind, position = TAMPERED[tamper]
    rows = log_of(SIZE)
    await publish(rows, tmp_path)
    before = served(tmp_path)
    tamper(rows)
    with pytest.raises(kind) as refused:
        await publish(rows, tmp_path)
    assert (refused.value.position, refused.value.details["position"]) == (position, position)
    assert served(tmp_path) == before
    assert checkpoint_in((tmp_path / "state" / "signed").read_bytes()) == checkpoint_in(before["checkpoint"])


async def test_a_publisher_that_runs_says_so_to_others_goes_on_looking_and_signs_again_when_it_is_put_right(
    tmp_path: Path,
) -> None:
    rows = log_of(10)
    await publish(rows, tmp_path)
    whole = list(rows.rows)
    del rows.rows[4:]
    signing, watching = following(publisher_of(rows, tmp_path)), following(publisher_of(rows, tmp_path))
    tasks = [asyncio.create_task(each) for each in (signing.run(), watching.watch())]
    try:
        await until(lambda: watching.why_refused is not None and signing.why_refused is not None)
        why = WhyRefused("log_forked", 5, "the database ends at 4; 10 was signed")
        assert signing.standing().why == watching.standing().why == watching.why_refused == why
        assert signing.standing().state == watching.standing().state == "refused"
        rows.rows = whole
        rows.grow_to(12)
        await until(lambda: watching.why_refused is None and signing.why_refused is None)
        assert signing.standing().published == checkpoint_in(served(tmp_path)["checkpoint"])
        assert signing.publisher.signed.size == 12
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_without_tiles_a_database_that_leads_elsewhere_is_still_found_out(tmp_path: Path) -> None:
    rows = log_of(SIZE)
    await publish(rows, tmp_path)
    subprocess.run(["rm", "-r", tmp_path / "public"], check=True)
    rows.change(5, b"changed, with its hash")
    with pytest.raises(LogForked) as refused:
        await publish(rows, tmp_path)
    assert refused.value.position == 0
    assert "checkpoint" not in served(tmp_path)


async def test_a_damaged_tile_is_no_fork(tmp_path: Path) -> None:
    rows = log_of(SIZE)
    await publish(rows, tmp_path)
    path = tmp_path / "public" / "tile" / "0" / "002.p" / str(SIZE - 512)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    rows.grow_to(GROWN)
    assert (await publish(rows, tmp_path)).root == rows.root()
    assert path.read_bytes() == good


async def test_the_published_checkpoint_counts_when_the_state_came_from_an_old_backup(tmp_path: Path) -> None:
    rows = log_of(100)
    await publish(rows, tmp_path)
    old = (tmp_path / "state" / "signed").read_bytes()
    rows.grow_to(200)
    await publish(rows, tmp_path)
    (tmp_path / "state" / "signed").write_bytes(old)
    rows.change(150, b"changed, with its hash")
    rows.change(200, b"changed too")
    with pytest.raises(LogForked) as refused:
        await publish(rows, tmp_path)
    assert refused.value.position == 150


@pytest.mark.parametrize("what", ["another log's", "a stranger's", "garbage", "another root of the same size"])
async def test_a_checkpoint_that_is_not_ours_stops_the_publisher(tmp_path: Path, what: str) -> None:
    rows = log_of(100)
    other = MemoryRows(adoption(key_of(2)))
    other.grow_to(100)
    match what:
        case "another log's":
            strange = MemoryRows(adoption(key_of(3, "other.test/log")))
            await publish(strange, tmp_path, origin="other.test/log", keys=lambda: [key_of(3, "other.test/log")])
        case "a stranger's":
            await publish(other, tmp_path, keys=lambda: [key_of(2)])
        case "garbage":
            await publish(rows, tmp_path)
            (tmp_path / "public" / "checkpoint").write_bytes(b"nothing")
        case _:
            await publish(rows, tmp_path)
            await publish(other, tmp_path / "other", keys=lambda: [key_of(2)])
            (tmp_path / "public" / "checkpoint").write_bytes(served(tmp_path / "other")["checkpoint"])
    with pytest.raises(PublisherStateWrong):
        await publish(rows, tmp_path)


# Keys.


async def test_the_checkpoint_that_holds_a_rotation_is_signed_by_the_old_key_and_the_next_by_the_new(
    tmp_path: Path,
) -> None:
    rows, new = log_of(5), key_of(2)
    keys = [KEY]
    publisher = publisher_of(rows, tmp_path, keys=lambda: keys)
    with publisher.state.alone():
        assert await publisher.turn()
        rows.add(adoption(new))
        rows.grow_to(9)
        keys.append(new)  # while it runs
        assert await publisher.turn()
        verify_log_signature(parse_note(served(tmp_path)["checkpoint"]), KEY.verifier)
        assert publisher.size == 6
        assert await publisher.turn()
        verify_log_signature(parse_note(served(tmp_path)["checkpoint"]), new.verifier)
        assert publisher.size == 9
    rows.grow_to(11)
    await publish(rows, tmp_path, keys=lambda: [new])  # the old one may be thrown away
    verify_log_signature(parse_note(served(tmp_path)["checkpoint"]), new.verifier)


async def test_an_event_that_adopts_a_strangers_key_is_not_signed_and_what_was_before_it_is(tmp_path: Path) -> None:
    """Else whoever can append could hand the log over to a key of the own."""
    rows = log_of(5)
    rows.add(adoption(key_of(9)))
    rows.grow_to(9)
    with pytest.raises(LogKeyNotHeld) as refused:
        await publish(rows, tmp_path)
    assert refused.value.position == 6
    published = checkpoint_in(served(tmp_path)["checkpoint"])
    assert published is not None
    assert published.size == 5


async def test_a_key_that_was_given_up_is_never_adopted_again_though_it_is_still_here(tmp_path: Path) -> None:
    """It may be why it was given up that others know it; who can append could bring it back."""
    rows, new = log_of(5), key_of(2)
    await publish(rows, tmp_path)
    rows.add(adoption(new))
    rows.grow_to(8)
    rows.add(adoption(KEY))
    rows.grow_to(12)
    with pytest.raises(LogKeyNotHeld) as refused:
        await publish(rows, tmp_path, keys=lambda: [KEY, new])
    assert refused.value.position == 9
    published = checkpoint_in(served(tmp_path)["checkpoint"])
    assert published is not None
    assert published.size == 8


@pytest.mark.parametrize("began", [0, 5], ids=["at once", "after what was signed"])
@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(entry_of("filed in time", "2020-03-02T07:59:00.000000Z"), id="recorded earlier"),
        pytest.param(b'{"word":"no time"}', id="without a time"),
        pytest.param(b"no entry", id="no JSON"),
        pytest.param(entry_of("odd", "2020"), id="another form"),
    ],
)
async def test_an_event_that_is_put_in_with_an_earlier_time_is_not_signed(
    tmp_path: Path, entry: bytes, began: int
) -> None:
    """Its hash is right and it extends the log: once signed, nobody without the entries around it could tell."""
    rows = log_of(5)
    if began:
        await publish(rows, tmp_path)
    rows.add(entry)
    rows.grow_to(8)
    with pytest.raises(RowCorrupt) as refused:
        await publish(rows, tmp_path)
    assert refused.value.position == 6


async def test_the_last_signed_entry_gives_no_earlier_time_by_being_changed(tmp_path: Path) -> None:
    rows = log_of(5)
    signed = rows.rows[-1].leaf
    await publish(rows, tmp_path)
    rows.change(5, entry_of("changed", "2020-03-02T07:00:00.000000Z"), leaf=signed)
    rows.add(entry_of("filed in time", "2020-03-02T07:59:00.000000Z"))
    with pytest.raises(RowCorrupt) as refused:
        await publish(rows, tmp_path)
    assert refused.value.position == 5


async def test_a_key_of_another_origin_in_the_log_changes_nothing(tmp_path: Path) -> None:
    rows = MemoryRows(adoption(key_of(7, "before.test/log")), adoption())
    rows.grow_to(9)
    assert (await publish(rows, tmp_path)).size == 9
    verify_log_signature(parse_note(served(tmp_path)["checkpoint"]), KEY.verifier)


async def test_without_its_key_nothing_is_signed(tmp_path: Path) -> None:
    rows = log_of(5)
    await publish(rows, tmp_path)
    rows.grow_to(6)
    for keys in ([], [key_of(2)], [key_of(1, "other.test/log")]):
        with pytest.raises(LogKeyNotHeld) as refused:
            await publish(rows, tmp_path, keys=lambda keys=keys: keys)
        assert refused.value.position == 6
    bare = MemoryRows(entry_of("no key here"))
    with pytest.raises(LogKeyNotHeld):
        await publish(bare, tmp_path / "bare")
