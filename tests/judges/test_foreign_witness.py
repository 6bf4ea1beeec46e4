"""A witness that we did not write cosigns our log, and refuses another history of it.

``WENZE_FOREIGN_WITNESS`` names the folder into which ``requirements/judges.txt`` was installed; see ``.ci/run``.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.publisher.cosigning import Cosigning
from adapters.publisher.http_witness import HttpWitness
from adapters.publisher.tile_files import TileFiles
from domain.evidence.note import VerifierKey, parse_note, parse_vkey
from domain.evidence.policy import parse_policy
from domain.evidence.witnessed import is_witnessed
from tests.adapters.publisher.ledger import KEY, ORIGIN, MemoryRows, log_of, publish

FOLDER = os.environ.get("WENZE_FOREIGN_WITNESS", "")
pytestmark = pytest.mark.skipif(
    not (Path(FOLDER) / "aics_witness").is_dir() or not FOLDER,
    reason="aics-witness is not installed (requirements/judges.txt, WENZE_FOREIGN_WITNESS)",
)


def _ran(folder: Path, *words: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        "from aics_witness.cli import main; main()",
        *words,
        "--config",
        str(folder / "w.json"),
    ]


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[tuple[VerifierKey, str]]:
    """Its key and its address."""
    folder, environment = tmp_path / "foreign", os.environ | {"PYTHONPATH": FOLDER}
    folder.mkdir()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]

    def run(*words: str) -> str:
        done = subprocess.run(
            _ran(folder, *words), capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=folder
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = run("init", "--name", "audit.test/witness", "--listen", f"127.0.0.1:{port}")
    key = parse_vkey(next(word for word in said.split() if word.startswith("audit.test/witness+")))
    run("add-log", "--origin", ORIGIN, "--vkey", KEY.verifier.vkey())
    with subprocess.Popen(
        _ran(folder, "serve"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=folder
    ) as serving:
        for _ in range(200):
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield key, f"http://127.0.0.1:{port}"
        serving.terminate()


async def test_it_cosigns_what_grows_and_refuses_what_does_not(
    tmp_path: Path, foreign: tuple[VerifierKey, str]
) -> None:
    key, address = foreign
    policy = parse_policy(f"log {KEY.verifier.vkey()}\nwitness audit {key.vkey()} {address}\nquorum audit\n".encode())
    rows = log_of(7)
    async with httpx.AsyncClient(trust_env=False) as client:

        async def published(rows: MemoryRows, folder: Path) -> tuple[bool, str, str]:
            """By a process that has just started: whether it is witnessed, and how it stands with the witness."""
            asking = Cosigning([HttpWitness("audit", key, address, client)], policy)
            await publish(rows, folder, cosigning=asking)
            note = parse_note(TileFiles(folder / "public").checkpoint() or b"")
            (standing,) = asking.standings
            return is_witnessed(note, policy), standing.state, standing.detail

        for size in (7, 9, 256, 700):
            rows.grow_to(size)
            assert await published(rows, tmp_path / "log") == (True, "cosigns", "")
        other = MemoryRows(log_of(1).rows[0].entry)
        other.grow_to(800, "another")
        witnessed, state, detail = await published(other, tmp_path / "fork")
        assert (witnessed, state) == (False, "refuses")
        assert "422" in detail
        witnessed, state, detail = await published(log_of(9), tmp_path / "restored")
        assert (witnessed, state) == (False, "refuses")
        assert "700 entries" in detail
