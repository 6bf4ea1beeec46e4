"""The server process of one data folder: is it there, does it answer, make it end.

`postmaster.pid` is a hint and no more. After a crash it names a process that is gone, or by now something else.
A process is our postmaster when its working folder is our data folder; a server is alive when it answers.
"""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.errors import ClusterError

PORT = 5432  # the number in the socket's name; there is no TCP
SUPERUSER = "wenze"
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    """Everything needed to find the server of `data`, and nothing that a crash could make false."""

    data: Path
    sockets: Path
    programs: Path
    account: Account

    def answers(self) -> bool:
        """Whether a server answers a query on our socket, and serves this very folder."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:  # cheap first look, so that waiting does not start a program every time
                probe.connect(str(self.sockets / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        answer = self.query("SHOW data_directory", database="template1")
        return answer.returncode == 0 and Path(answer.stdout.strip()) == self.data

    def query(self, sql: str, *, database: str) -> subprocess.CompletedProcess[str]:
        """Ask one question by psql. For the few that come before there is a pool."""
        place = ["-h", str(self.sockets), "-p", str(PORT), "-U", SUPERUSER, "-d", database]
        return self.account.run([self.programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *place, "-c", sql])

    def process(self) -> int | None:
        """The process id of the postmaster of this folder, or none when nothing runs here."""
        with suppress(OSError, ValueError, IndexError):
            named = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if self.account.works_in(named, self.data):
                return named
        return None

    def forget_stale_process(self) -> None:
        """Make what a crash left behind harmless; call only when `process()` is none, under the lock.

        PostgreSQL refuses to start while the number in `postmaster.pid` belongs to any living process of the same
        account, as happens after a restart of a container. Deleting the file would also drop its last line, by which
        PostgreSQL sees that orphaned backends still use the old shared memory. So only the number is
        replaced, by our own: PostgreSQL knows that its parent is not a rival.
        """
        for socket_file in self.sockets.glob(".s.PGSQL.*"):  # has a number in it too, and guards nothing
            socket_file.unlink()
        file = self.data / "postmaster.pid"
        try:
            lines = file.read_text().splitlines()
        except FileNotFoundError:
            return
        if len(lines) < 2:  # the crash came while it was written: nothing had been started yet
            file.unlink()
            return
        with file.open("r+") as stream:  # in place: the owner of the file stays
            stream.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
            stream.truncate()

    def shut_down(self, child: subprocess.Popen[bytes] | None) -> None:
        """End the server: rolled back, checkpointed, gone on return. After a minute without an end, as in a crash.

        Args:
            child: the server, when this process started it: then it need not be looked for.
        Raises:
            ClusterError: it is still there.
        """
        own = child if child is not None and child.poll() is None else None
        process = self.process() if own is None else own.pid
        if process is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self.account.tell(process, number)
            give_up_at = time.monotonic() + _PATIENCE_SECONDS
            while time.monotonic() < give_up_at:
                if own.poll() is not None if own else not self.account.works_in(process, self.data):
                    return
                time.sleep(_LOOK_SECONDS)
        raise ClusterError(f"the server of {self.data}, process {process}, did not end, whatever it was told")
