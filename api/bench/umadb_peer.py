"""The peer: the UmaDB server with its own Python client, one client a thread."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from umadb import AppendCondition, Client, Event, Query, QueryItem

from api.bench.report import Round
from api.bench.threads import run_threads


class UmaPeer:
    """A server on a free loopback port with its file in ``folder``; started at the first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._address = ""
        self._clients: list[Client] = []

    def prepare(self, inputs: Sequence[tuple[str, bytes, list[str], str]], writers: int) -> Callable[[], Round]:
        """Appends with the same type, bytes, tags and condition, by ``writers`` threads."""
        if self._server is None:
            self._start()
        made = [
            (
                [Event(event_type=type_name, data=entry, tags=tags)],
                AppendCondition(Query([QueryItem(tags=[unique])])),
            )
            for type_name, entry, tags, unique in inputs
        ]
        # Connected before the clock starts, and kept: every thread takes a client of its own.
        self._clients += [Client(self._address) for _ in range(writers - len(self._clients))]
        for client in self._clients:
            client.head()
        return lambda: run_threads(made, self._appender(), writers)

    def _appender(self) -> Callable[[tuple[list[Event], AppendCondition]], None]:
        own = threading.local()
        free = iter(self._clients)

        def append(one: tuple[list[Event], AppendCondition]) -> None:
            if not hasattr(own, "client"):
                own.client = next(free)
            own.client.append(*one)

        return append

    def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = Path(sys.executable).parent / "umadb"
        self._address = f"http://127.0.0.1:{port}"
        self._server = subprocess.Popen(
            [program, "--listen", f"127.0.0.1:{port}", "--db-path", self._folder / "uma.db"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the UmaDB server does not answer")

    def stop(self) -> None:
        """Stop the server; its file goes with the folder."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=30)
