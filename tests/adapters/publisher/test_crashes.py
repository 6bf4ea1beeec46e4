"""Every step fails once, carried out or not, remembered by the disk or not; afterwards the log is what it would have
been, and at no moment were there two checkpoints of one size, or one that does not extend another.
"""

import asyncio
import threading
from pathlib import Path

import pytest

from adapters.disk import Disk
from adapters.publisher.errors import LogForked
from adapters.publisher.publisher import Publisher
from domain.evidence.checkpoint import Checkpoint
from tests.adapters.failing_disk import FailingDisk, PowerLost
from tests.adapters.publisher.ledger import (
    ORIGIN,
    MemoryRows,
    checkpoint_in,
    following,
    log_of,
    publish,
    publisher_of,
    served,
)

FIRST, SECOND, THIRD = 250, 530, 600
MOST_STEPS = 60


class Witnessed:
    """Every checkpoint that was ever in place on the disk, and which of them strangers could see."""

    def __init__(self) -> None:
        self.signed: set[Checkpoint] = set()
        self.shown: set[Checkpoint] = set()

    def see(self, path: Path, data: bytes) -> None:
        if path.name in ("checkpoint", "signed"):
            checkpoint = checkpoint_in(data)
            assert checkpoint is not None
            (self.shown if path.name == "checkpoint" else self.signed).add(checkpoint)

    def assert_one_history(self, rows: MemoryRows) -> None:
        sizes = [each.size for each in self.signed | self.shown]
        assert len(sizes) == len(set(sizes)), "two checkpoints of one size"
        assert {each.root == rows.root(each.size) for each in self.signed | self.shown} == {True}


async def crash(folder: Path, rows: MemoryRows, witnessed: Witnessed, step: int, **how: bool) -> bool:
    """Publish until the disk fails at a step; whether it came to that."""
    disk = FailingDisk(step, seen=witnessed.see, **how)
    try:
        await publish(rows, folder, disk=disk)
    except PowerLost:
        return True
    return False


async def without_a_crash(folder: Path) -> dict[str, bytes]:
    rows = log_of(FIRST)
    for size in (SECOND, THIRD):
        await publish(rows, folder)
        rows.grow_to(size)
    await publish(rows, folder)
    return served(folder)


HOW: dict[str, dict[str, bool]] = {
    "not carried out": {"after": False},
    "carried out": {"after": True},
    "not carried out, and the power fails": {"after": False, "forgets": True},
    "carried out, and the power fails": {"after": True, "forgets": True},
}


@pytest.mark.parametrize("how", HOW)
async def test_a_crash_at_any_step_leaves_the_log_that_there_would_have_been(
    tmp_path_factory: pytest.TempPathFactory, how: str
) -> None:
    expected = await without_a_crash(tmp_path_factory.mktemp("whole"))
    for step in range(MOST_STEPS):
        folder, witnessed, rows = tmp_path_factory.mktemp("crashed"), Witnessed(), log_of(FIRST)
        await publish(rows, folder, disk=FailingDisk(seen=witnessed.see))
        rows.grow_to(SECOND)
        if not await crash(folder, rows, witnessed, step, **HOW[how]):
            assert step > 20, "so few steps cannot be a whole turn"
            break
        rows.grow_to(THIRD)
        await publish(rows, folder, disk=FailingDisk(seen=witnessed.see))
        witnessed.assert_one_history(rows)
        found = served(folder)
        assert {path: data for path, data in expected.items() if found.get(path) != data and ".p/" not in path} == {}
        assert checkpoint_in(found["checkpoint"]) == checkpoint_in(expected["checkpoint"])
    else:
        pytest.fail("the turn has more steps than were tried")


@pytest.mark.parametrize("how", HOW)
async def test_a_database_that_loses_its_tail_in_the_same_crash_never_makes_the_log_fork(
    tmp_path_factory: pytest.TempPathFactory, how: str
) -> None:
    """The machine stops, and the database comes back from a backup and goes on with other events."""
    refused: list[bool] = []
    for step in range(MOST_STEPS):
        folder, witnessed, rows = tmp_path_factory.mktemp("crashed"), Witnessed(), log_of(FIRST)
        await publish(rows, folder, disk=FailingDisk(seen=witnessed.see))
        rows.grow_to(SECOND)
        if not await crash(folder, rows, witnessed, step, **HOW[how]):
            break
        shown_before = set(witnessed.shown)
        restored = log_of(FIRST)
        restored.grow_to(THIRD, word="other")
        parted = await parts_at(publisher_of(restored, folder, disk=FailingDisk(seen=witnessed.see)))
        refused.append(parted is not None)
        if parted is not None:
            # What is signed durably is never contradicted.
            assert parted == FIRST + 1
            witnessed.assert_one_history(rows)
        else:
            # The disk does not know that it was signed; so nobody was shown it either.
            assert {each.size for each in shown_before} == {FIRST}
            assert witnessed.shown - shown_before == {Checkpoint(ORIGIN, THIRD, restored.root())}
    assert refused
    assert refused == sorted(refused), "once signed it stays signed, whatever fails later"
    assert set(refused) == {False, True}


async def test_a_process_that_meets_an_error_of_the_disk_goes_on_from_what_is_on_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The disk was full for a moment, at any step; the same publisher tries again."""
    for step in range(MOST_STEPS):
        folder, witnessed, rows = tmp_path_factory.mktemp("full"), Witnessed(), log_of(FIRST)
        disk = FailingDisk(step, after=step % 2 == 0, seen=witnessed.see)
        publisher = publisher_of(rows, folder, disk=disk)
        failed = 0
        with publisher.state.alone():
            for size in (FIRST, SECOND, THIRD):
                rows.grow_to(size)
                while publisher.signed.size < size:
                    try:
                        await publisher.turn()
                    except PowerLost:
                        failed += 1
        witnessed.assert_one_history(rows)
        assert checkpoint_in(served(folder)["checkpoint"]) == Checkpoint(ORIGIN, THIRD, rows.root())
        if not failed:
            assert step > 20, "so few steps cannot be three turns"
            break
        assert failed == 1
    else:
        pytest.fail("the turns have more steps than were tried")


async def test_the_lock_is_held_until_a_cancelled_publisher_has_stopped_writing(tmp_path: Path) -> None:
    """Otherwise the next one would sign while this one's last write is still on its way."""
    writing, may_go_on = threading.Event(), threading.Event()

    class SlowDisk(Disk):
        def write(self, path: Path, data: bytes) -> None:
            if path.name == "signed":
                writing.set()
                may_go_on.wait(20)
            super().write(path, data)

    rows = log_of(FIRST)
    slow, other = following(publisher_of(rows, tmp_path, disk=SlowDisk())), publisher_of(rows, tmp_path)
    running = asyncio.create_task(slow.run())
    await asyncio.to_thread(writing.wait, 20)
    running.cancel()
    await asyncio.sleep(0.2)
    assert not running.done()
    with other.state.alone() as alone:
        assert not alone
    may_go_on.set()
    await asyncio.gather(running, return_exceptions=True)
    assert other.state.signed() is not None
    with other.state.alone() as alone:
        assert alone


async def parts_at(publisher: Publisher) -> int | None:
    try:
        await publisher.publish()
    except LogForked as error:
        return error.position
    return None
