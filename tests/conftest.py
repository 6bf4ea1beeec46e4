"""A PostgreSQL for the whole session, a migrated template in it, and a clone of that for each test that asks.

The session owns its cluster: in a private folder, never shared with another run, stopped and removed at the end. With
pytest-xdist every worker is a session of its own. `WENZE_DATABASE_URL` names another PostgreSQL instead, whose user may
create databases.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import asyncpg
import hypothesis
import pytest

from adapters.embedded import Cluster

Result = TypeVar("Result")
ORIGIN = "wenze.test/log"
_CLUSTERS = Path(tempfile.gettempdir())
_CLUSTER_PREFIX = f"wenze-tests-{os.geteuid()}-"
# Programs that judge us from outside, by the marker of the tests that need them.
_JUDGES = {
    "browser": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "go": ("go",),
    "openssl": ("openssl",),
}
_JUDGES_REQUIRED = os.environ.get("WENZE_REQUIRE_JUDGES") == "1"

# No deadline: the machine is shared, and a slow example is not a wrong one. The same examples in every run of CI.
hypothesis.settings.register_profile("wenze", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("wenze")


class Server(Protocol):
    """Somewhere to make databases."""

    def dsn(self, database: str = "wenze") -> str: ...


class GivenServer:
    """The PostgreSQL that WENZE_DATABASE_URL names."""

    def __init__(self, url: str) -> None:
        self._url = url

    def dsn(self, database: str = "wenze") -> str:
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc}/{database}" + (f"?{parts.query}" if parts.query else "")


def finish(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end from a fixture that is no coroutine, whatever loop the test will have."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Server]:
    """The server of this session."""
    if url := os.environ.get("WENZE_DATABASE_URL"):
        yield GivenServer(url)
        return
    # The machine will not lose power in the middle of a test; tests about that start clusters of their own.
    with private_folder() as folder, Cluster.start(folder / "postgres", settings={"fsync": "off"}) as started:
        yield started


@pytest.fixture(scope="session")
def database_template(cluster: Server) -> Iterator[str]:
    """The name of a database that `migrate` has made, with nothing in it but `LogOpened`. Never connect to it."""
    from adapters.postgres.migrate import migrate

    name = f"wenze_template_{uuid.uuid4().hex}"
    finish(_execute(cluster, f"CREATE DATABASE {name}"))
    with _alone("migrate"):  # roles belong to the whole server, and workers may share a given one
        finish(migrate(cluster.dsn(name), origin=ORIGIN, clock="real"))
    yield name
    finish(_drop(cluster, name))


@pytest.fixture
def dsn(cluster: Server, database_template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    with cloned(cluster, database_template) as address:
        yield address


@pytest.fixture
def bare_dsn(cluster: Server) -> Iterator[str]:
    """An empty database of the test's own, for tests of `migrate` itself and for stores of others."""
    with cloned(cluster, "template0") as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser to give Playwright as `executable_path`."""
    return _find_judge("browser") or pytest.fail("no Chromium")


@contextmanager
def cloned(cluster: Server, template: str) -> Iterator[str]:
    """A copy of a database, dropped at the end with whoever is still connected."""
    name = f"wenze_test_{uuid.uuid4().hex}"
    finish(_execute(cluster, f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield cluster.dsn(name)
    finally:
        finish(_drop(cluster, name))


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for a cluster, that the server's account can enter; what killed sessions left is cleaned away first."""
    with _alone("sweep"):
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=_CLUSTER_PREFIX, dir=_CLUSTERS))
        owner = (folder / "owner.lock").open("w")
        fcntl.flock(owner, fcntl.LOCK_EX)
    with owner:
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """End the servers and remove the folders whose owners are dead: the kernel let go of their locks."""
    for folder in _CLUSTERS.glob(f"{_CLUSTER_PREFIX}*"):
        try:
            with (folder / "owner.lock").open() as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for data in folder.glob("*/data/postmaster.pid"):
                    Cluster.start(data.parent.parent).stop()
                shutil.rmtree(folder, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):  # alive, or removing itself
            continue


@contextmanager
def _alone(what: str) -> Iterator[None]:
    with (_CLUSTERS / f"wenze-tests-{os.geteuid()}.{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _execute(cluster: Server, statement: str) -> None:
    connection = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _drop(cluster: Server, name: str) -> None:
    await _execute(cluster, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _find_judge(marker: str) -> str | None:
    return next(filter(None, map(shutil.which, _JUDGES[marker])), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what needs a program this machine has not; unless it was promised, then let it fail."""
    if _JUDGES_REQUIRED:
        return
    for marker, names in _JUDGES.items():
        if _find_judge(marker) is None:
            skip = pytest.mark.skip(reason=f"none of {', '.join(names)} is installed")
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if _JUDGES_REQUIRED and report.skipped and any(item.get_closest_marker(marker) for marker in _JUDGES):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and WENZE_REQUIRE_JUDGES=1 promises that it can run"
    return report
