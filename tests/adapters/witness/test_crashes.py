"""What a witness has answered it knows for ever, at whatever step its machine stops."""

from itertools import count
from pathlib import Path

import pytest

from adapters.witness.errors import OtherSize
from domain.evidence.errors import ProofError
from tests.adapters.failing_disk import FailingDisk, PowerLost
from tests.adapters.witness.watched import Leaves, watching

OURS, FORKED = Leaves(), Leaves("another history")


def _last_size(folder: Path) -> int:
    """What the witness says to whoever asks from a size that cannot be."""
    with pytest.raises(OtherSize) as told:
        watching(folder)[0].add_checkpoint(OURS.asks(77, 99))
    return told.value.size


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("forgets", [False, True])
def test_whatever_step_fails_it_is_the_old_tree_or_the_new_one(tmp_path: Path, *, after: bool, forgets: bool) -> None:
    sizes = set()
    for fail_at in count():
        folder = tmp_path / str(fail_at)
        watching(folder)[0].add_checkpoint(OURS.asks(0, 5))
        witness, _ = watching(folder, disk=FailingDisk(fail_at, after=after, forgets=forgets))
        try:
            witness.add_checkpoint(OURS.asks(5, 9))
        except PowerLost:
            size = _last_size(folder)
            sizes.add(size)
            with pytest.raises(ProofError):
                watching(folder)[0].add_checkpoint(FORKED.asks(size, 12))
            watching(folder)[0].add_checkpoint(OURS.asks(size, 12))
            assert _last_size(folder) == 12
        else:
            break
    assert fail_at >= 2
    assert sizes <= {5, 9}
    assert sizes & ({9} if after and not forgets else {5})


def test_what_was_answered_was_durable(tmp_path: Path) -> None:
    measured = FailingDisk()
    watching(tmp_path / "measured", disk=measured)[0].add_checkpoint(OURS.asks(0, 5))
    for later in (0, 1):  # its folder is there: it renames, and syncs
        folder = tmp_path / str(later)
        disk = FailingDisk(measured.steps + later, forgets=True)
        witness, _ = watching(folder, disk=disk)
        witness.add_checkpoint(OURS.asks(0, 5))
        # The power cut undoes whatever is not durable yet, also of the request before.
        with pytest.raises(PowerLost):
            witness.add_checkpoint(OURS.asks(5, 9))
        assert _last_size(folder) >= 5
