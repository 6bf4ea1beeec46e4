"""Start the embedded PostgreSQL in a folder, or join the one that already serves it.

    with Cluster.start(Path("var/postgres")) as cluster:
        pool = await asyncpg.create_pool(cluster.dsn())

The folder holds `data/` (PostgreSQL's, owned by the account it runs as), `server.log` and two lock files.
Any number of processes may start the same folder: the first starts the server, the others join it, and the last to
stop ends it. A server whose users were all killed is joined by the next start, and ended by its stop.
"""

import asyncio
import atexit
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import structlog

from adapters.embedded.account import server_account
from adapters.embedded.binaries import programs
from adapters.embedded.errors import ClusterError
from adapters.embedded.place import reachable_folder, socket_folder
from adapters.embedded.postmaster import PORT, SUPERUSER, Postmaster
from adapters.lock import Presence, exclusive

_VERSION = "18"
_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_LOOK_SECONDS = 0.05
_ORPHANS_SECONDS = 60.0
_WORDLESS_SECONDS = 5.0
_BETWEEN_WORDS_SECONDS = 60.0

# Given on the command line at every start, so that an older folder gets them as well.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    # "Stored" is only said after a commit that is on the disk.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # Every query here is short; compiling one costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}

_Child = subprocess.Popen[bytes] | None
# Servers this process started and others still use. Kept, because Python complains about a dropped running child.
_left_to_others: list[subprocess.Popen[bytes]] = []

_log = structlog.get_logger(__name__)


class Cluster:
    """A running PostgreSQL 18, held by this process until `stop`."""

    def __init__(self, *, folder: Path, postmaster: Postmaster, presence: Presence, child: _Child) -> None:
        """Use `start`: a cluster that nobody started cannot be held."""
        self.folder = folder
        self._child = child
        self._postmaster = postmaster
        self._presence = presence

    @classmethod
    def start(cls, data_folder: Path, *, cache: Path | None = None, settings: Mapping[str, str] | None = None) -> Self:
        """Start the server of this folder, or join it; returns when it answers, however long recovery takes.

        Blocks; from a coroutine, `await asyncio.to_thread(Cluster.start, folder)`.

        Args:
            data_folder: any path, made when missing. When the server's account cannot enter it (root's home), the
                data goes below /var/lib/wenze instead: `cluster.folder` is where it is, and the log says so.
            cache: root only: where the copy of the programs is kept.
            settings: of PostgreSQL, over our own; without effect on a server that already runs.
        Raises:
            ClusterError: it cannot be started here; the message holds the end of the server's log.
        """
        wanted = Path(os.path.abspath(data_folder))  # noqa: PTH100  resolve() comes when it exists
        account = server_account(wanted / "data")
        folder = reachable_folder(wanted, account).resolve()
        if folder != wanted.resolve():
            _log.warning("embedded_data_elsewhere", wanted=str(wanted), folder=str(folder))
            account = server_account(folder / "data")
        found = programs(readable_by_all=account.switch, cache=cache)
        with exclusive(folder / "start.lock") as lock:
            postmaster = Postmaster(
                data=folder / "data",
                # Under the lock, for the stop of the last user removes it under the same.
                sockets=socket_folder(folder / "data", account),
                programs=found,
                account=account,
            )
            child: _Child = None
            if not postmaster.answers():
                try:
                    _initialise(postmaster, lock)
                    child = _run(postmaster, log=folder / "server.log", settings={**_SETTINGS, **(settings or {})})
                except ClusterError:
                    shutil.rmtree(postmaster.sockets, ignore_errors=True)
                    raise
            presence = Presence(folder / "users.lock")
        return cls(folder=folder, postmaster=postmaster, presence=presence, child=child)

    def dsn(self, database: str = "wenze", user: str = SUPERUSER) -> str:
        """The address of a database here, as asyncpg and libpq read it. No password: the socket's folder is private."""
        sockets = quote(str(self._postmaster.sockets), safe="/")
        return f"postgresql:///{quote(database, safe='')}?host={sockets}&port={PORT}&user={quote(user, safe='')}"

    @property
    def process(self) -> int | None:
        """The process id of the server, none when it is not running (any more)."""
        return self._postmaster.process()

    @property
    def programs(self) -> Path:
        """The folder with psql, pg_dump and the others of the same version."""
        return self._postmaster.programs

    def stop(self) -> bool:
        """Let go of the server, and end it when nobody else holds it; true when it was ended. Harmless twice.

        Raises:
            ClusterError: it does not end.
        """
        with exclusive(self.folder / "start.lock"):
            if not self._presence.leave_last():
                if self._child is not None:
                    _leave_to_others(self._child)
                return False
            self._postmaster.shut_down(self._child)
            # What this process had started and left to others may have been this server: then it has ended by now.
            _left_to_others[:] = [child for child in _left_to_others if child.poll() is None]
            shutil.rmtree(self._postmaster.sockets, ignore_errors=True)
            return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


def _leave_to_others(child: subprocess.Popen[bytes]) -> None:
    if not _left_to_others:
        # By then the others have mostly ended it, and an ended child only has to be looked at.
        atexit.register(lambda: [each.poll() for each in _left_to_others])
    _left_to_others.append(child)


def _initialise(postmaster: Postmaster, lock: int) -> None:
    """Make the data folder with an empty database `wenze`; it appears under its name only when whole.

    `lock` is the descriptor of the lock that the caller holds.
    """
    data, account = postmaster.data, postmaster.account
    version = data / "PG_VERSION"
    if version.exists():
        if (found := version.read_text().strip()) != _VERSION:
            raise ClusterError(
                f"{data} was made by PostgreSQL {found}, this is {_VERSION}: dump it there, restore it here"
            )
        return
    if data.exists() and any(data.iterdir()):
        raise ClusterError(f"{data} is not empty and holds no PostgreSQL data: choose another folder")
    for left_over in data.parent.glob("unfinished-*"):
        # Of a set-up that was killed. Its initdb has ended as well: it held the lock that we hold now.
        shutil.rmtree(left_over, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=data.parent))
    try:
        if account.switch:
            os.chown(unfinished, account.uid, account.gid)
        # Sorting by code point needs no library of the system, so an index means the same on every machine.
        order = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["-U", SUPERUSER, "--auth-local=trust", "--auth-host=reject"]
        rest = ["--data-checksums", "--no-instructions"]
        initdb = postmaster.programs / "initdb"
        made = account.run([initdb, "-D", unfinished, *order, *access, *rest], holding=lock)
        if made.returncode != 0:
            raise ClusterError(f"initdb failed in {unfinished}:\n{made.stdout}{made.stderr}")
        unfinished.rename(data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _run(postmaster: Postmaster, *, log: Path, settings: Mapping[str, str]) -> _Child:
    """Have a server that answers, and the database `wenze` in it; gives the process if it was started here."""
    server: _Child = None
    give_up_on_orphans_at = time.monotonic() + _ORPHANS_SECONDS
    while postmaster.process() is None:
        postmaster.forget_stale_process()
        if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        start_of_output = log.stat().st_size if log.exists() else 0
        arguments: list[str | Path] = [
            postmaster.programs / "postgres",
            "-D",
            postmaster.data,
            "-k",
            postmaster.sockets,
        ]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        server = postmaster.account.start(arguments, log=log)
        if _wait(postmaster, server):
            break
        with log.open("rb") as stream:
            stream.seek(start_of_output)
            output = stream.read().decode(errors="replace")
        # Backends of a killed server end by themselves once they notice; until then their memory is in use.
        if "still in use" not in output or time.monotonic() > give_up_on_orphans_at:
            raise ClusterError(f"PostgreSQL did not start in {postmaster.data}:\n{output[-4000:]}")
        time.sleep(_LOOK_SECONDS)
    else:  # the server of a killed user, still starting or recovering
        for _ in _patience(postmaster):
            if postmaster.process() is None:
                return _run(postmaster, log=log, settings=settings)
            if postmaster.answers():
                break
    _ensure_database(postmaster)
    return server


def _wait(postmaster: Postmaster, server: subprocess.Popen[bytes]) -> bool:
    """True when the server answers, false when it has ended instead. There is no time limit: it may be recovering."""
    for _ in _patience(postmaster):
        if server.poll() is not None:
            break
        if postmaster.answers():
            return True
    return False


def _patience(postmaster: Postmaster) -> Iterator[None]:
    """Look again and again, without an end, and now and then say what for: nobody waits without a word."""
    began = time.monotonic()
    speak_at = began + _WORDLESS_SECONDS
    while True:
        yield
        time.sleep(_LOOK_SECONDS)
        if time.monotonic() > speak_at:
            speak_at += _BETWEEN_WORDS_SECONDS
            _log.warning(
                "embedded_server_silent",
                waited_s=round(time.monotonic() - began),
                process=postmaster.process(),
                data=str(postmaster.data),
                socket=str(postmaster.sockets),
                log=str(postmaster.data.parent / "server.log"),
                meaning="it recovers, and the wait ends by itself; or it was started under another path or with "
                "another /tmp, and listens elsewhere: then end that process",
            )


def _ensure_database(postmaster: Postmaster) -> None:
    """Under the start lock, so that looking and making are one."""
    there = postmaster.query("SELECT 1 FROM pg_database WHERE datname = 'wenze'", database="template1")
    if there.returncode == 0 and not there.stdout.strip():
        there = postmaster.query("CREATE DATABASE wenze", database="template1")
    if there.returncode != 0:
        raise ClusterError(f"the new server did not make its database: {there.stderr}")
