"""A witness killed at any moment never takes back what it has answered."""

import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import httpx
import pytest

from tests.adapters.witness.watched import LOG_KEY, ORIGIN, Leaves

pytestmark = pytest.mark.crash
OURS, FORKED = Leaves(), Leaves("another history")
WENZE = Path(sys.executable).with_name("wenze")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _serving(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [WENZE, "witness", "serve", "--folder", folder, "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _asked(client: httpx.Client, body: bytes) -> httpx.Response:
    """The answer; before the witness listens there is none."""
    for _ in range(200):
        try:
            return client.post("/add-checkpoint", content=body)
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the witness does not listen")


def test_a_killed_witness_takes_nothing_back(tmp_path: Path) -> None:
    folder, port = tmp_path / "见证 1", _free_port()
    for command in (["init", "court.test/witness"], ["add-log", ORIGIN, LOG_KEY.verifier.vkey()]):
        subprocess.run([WENZE, "witness", *command, "--folder", folder], check=True, capture_output=True, timeout=60)
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    answered, chance = 0, random.Random(3)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        for _ in range(4):
            witness = _serving(folder, port)
            try:
                # From a size that cannot be, it tells the one that it cosigned last: perhaps one more than it answered.
                size = int(_asked(client, OURS.asks(10_000, 10_001, proof=())).text)
                assert size in (answered, answered + 1)
                if size:
                    assert _asked(client, FORKED.asks(size, size + 1)).status_code == 422
                kill = Timer(chance.uniform(0.05, 0.3), witness.send_signal, [signal.SIGKILL])
                kill.start()
                try:
                    while True:
                        response = client.post("/add-checkpoint", content=OURS.asks(size, size + 1))
                        assert response.status_code == 200, response.text
                        size = answered = size + 1
                except httpx.TransportError:
                    pass
                kill.join()
            finally:
                witness.kill()
                witness.wait()
    assert answered > 4
