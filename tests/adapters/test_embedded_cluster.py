"""The embedded PostgreSQL starts where others do not: odd paths, as root, after a crash, twice at once."""

import fcntl
import os
import signal
import socket
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.embedded import Cluster, ClusterError
from tests.adapters.clusters import IS_ROOT, SMALL, ask, folder, is_running, start_in_another_process

__all__ = ["folder"]  # a fixture


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
