"""Clusters of the tests' own: small, in a folder of their own, started here or by another process."""

import asyncio
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

import adapters
from adapters.embedded import Cluster
from tests.conftest import private_folder

# As others would get it, but small: several run at once here.
SMALL = {"shared_buffers": "16MB", "max_connections": "20"}
PROJECT = Path(adapters.__file__).resolve().parent.parent
IS_ROOT = os.geteuid() == 0
STARTER = """
import sys
from pathlib import Path
from adapters.embedded import Cluster

cluster = Cluster.start(Path(sys.argv[1]), settings={"shared_buffers": "16MB"})
print(cluster.process, cluster.dsn(), flush=True)
sys.stdin.read()
cluster.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can enter; whatever still runs below it is ended."""
    with private_folder() as path:
        yield path
        for data in path.rglob("postmaster.pid"):
            Cluster.start(data.parent.parent, settings=SMALL).stop()


def ask(cluster_dsn: str, sql: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(cluster_dsn)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(answer())


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def start_in_another_process(folder: Path, *through: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*through, sys.executable, "-c", textwrap.dedent(STARTER), folder],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
