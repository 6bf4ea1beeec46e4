"""The judges that we did not write: Go's own checksum database code, and openssl."""

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

PROGRAM = Path(__file__).parent / "go" / "judge.go"
GO_PATH = Path("/usr/share/gocode")  # where Debian's golang-golang-x-mod-dev puts its source
Judge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def go_judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Runs the Go judge with the given arguments; gives the ended process."""
    if not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("golang.org/x/mod (Debian: golang-golang-x-mod-dev) is not installed")
    folder = tmp_path_factory.mktemp("go")
    surroundings = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOFLAGS": "", "GOCACHE": str(folder / "cache")}
    subprocess.run(
        ["go", "build", "-o", str(folder / "judge"), str(PROGRAM)],
        env={**os.environ, **surroundings},
        check=True,
        timeout=300,
    )

    def judge(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(folder / "judge"), *arguments], capture_output=True, text=True, check=False, timeout=120
        )

    return judge


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves folders as plain files over HTTP; gives the address."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
