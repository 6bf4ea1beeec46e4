"""The log is built once for a session; every test gets a folder of its own to damage, and mostly a database."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adapters.fsck.signed_log import BACKUP, SIZE, SignedLog, grow
from tests.conftest import Server, cloned, finish


@dataclass(frozen=True)
class Built:
    """Databases that nobody is connected to, by name, and the folder of what was published in the end."""

    backup: str
    whole: str
    folder: Path


@pytest.fixture(scope="session")
def built(cluster: Server, database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("fsck") / "log"
    with ExitStack() as stack:
        early = stack.enter_context(cloned(cluster, database_template))
        finish(grow(early, folder, upto=BACKUP, publish=(120,)))
        late = stack.enter_context(cloned(cluster, _name(early)))
        finish(grow(late, folder, upto=SIZE, publish=(270, 280, SIZE)))
        yield Built(_name(early), _name(late), folder)


@pytest.fixture
def log(cluster: Server, built: Built, tmp_path: Path) -> Iterator[SignedLog]:
    folder = tmp_path / "log"
    shutil.copytree(built.folder, folder)
    with cloned(cluster, built.whole) as dsn:
        yield SignedLog(dsn, folder)


@pytest.fixture(scope="session")
def untouched(cluster: Server, built: Built) -> Iterator[str]:
    """A database that no test changes."""
    with cloned(cluster, built.whole) as dsn:
        yield dsn


@pytest.fixture
def published(untouched: str, built: Built, tmp_path: Path) -> SignedLog:
    """Only the folder is the test's own."""
    folder = tmp_path / "log"
    shutil.copytree(built.folder, folder)
    return SignedLog(untouched, folder)


@pytest.fixture
def restored(cluster: Server, built: Built, tmp_path: Path) -> Iterator[SignedLog]:
    """The database of a day before, beside the folder of today."""
    folder = tmp_path / "log"
    shutil.copytree(built.folder, folder)
    with cloned(cluster, built.backup) as dsn:
        yield SignedLog(dsn, folder)


def _name(dsn: str) -> str:
    return dsn.partition("?")[0].rpartition("/")[2]
