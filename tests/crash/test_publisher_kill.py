"""kill -9 of a publisher at any moment: what it published stays true, the next takes over, and the tree is the same."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.publisher.tile_files import TileFiles
from domain.evidence.tiles import TiledTree
from tests.adapters.publisher.ledger import checkpoint_in, log_of, publish, served
from tests.crash.publishing import FULL

pytestmark = pytest.mark.crash
ROOT = Path(__file__).parents[2]
KILLS = 12


async def test_killed_again_and_again_it_publishes_the_tree_that_one_that_lived_does(tmp_path: Path) -> None:
    whole, dice = log_of(FULL), random.Random(7)
    sizes = [1]
    for kill in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.publishing", str(tmp_path), str(sizes[-1]), str(dice.randint(1, 60))],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        with process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(dice.randint(1, 4))]
            await asyncio.sleep(dice.random() * 0.02)
            process.kill()
            said += process.stdout.readlines()
        assert process.returncode == -9 or said[-1] == f"{FULL}\n", (kill, said)
        published = checkpoint_in((tmp_path / "public" / "checkpoint").read_bytes())
        signed = checkpoint_in((tmp_path / "state" / "signed").read_bytes())
        assert published is not None
        assert signed is not None
        # What was said to be published is, and every root is that of the one log that there is.
        told = max(int(line) for line in said if line.endswith("\n"))
        assert sizes[-1] <= told <= published.size <= signed.size
        for each in (published, signed):
            assert each.root == whole.root(each.size)
        # Whoever reads now, before anybody has put anything right, finds every tile of what is published.
        assert TiledTree(published.size, TileFiles(tmp_path / "public").tile).root() == published.root
        sizes.append(signed.size)
    assert (await publish(whole, tmp_path)).size == FULL
    lived = tmp_path / "lived"
    await publish(log_of(FULL), lived)
    full = {path: data for path, data in served(lived).items() if ".p/" not in path}
    assert {path: data for path, data in served(tmp_path).items() if path in full} == full
