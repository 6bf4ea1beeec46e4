"""Files that are whole or not there, and durable once a method has returned. Tests put a failing one in its place."""

import os
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 16


class Disk:
    """Writes by a temporary name, ``fsync``, rename, and ``fsync`` of the folder.

    A crash leaves the old file or the new one, perhaps a temporary file beside it that nobody reads.
    """

    def write(self, path: Path, data: bytes) -> None:
        """One file."""
        self.write_all({path: data})

    def write_all(self, files: Mapping[Path, bytes]) -> None:
        """Many files, in their order; each is whole, and a crash in between leaves some of them."""
        for folder in dict.fromkeys(path.parent for path in files):
            self._make_folder(folder)
        fresh = {path: _fresh_name(path) for path in files}
        try:
            for path, data in files.items():
                fresh[path].write_bytes(data)
            _sync_all([*fresh.values()])
            for path in files:
                self._put(path, fresh[path])
        except BaseException:
            for each in fresh.values():
                with suppress(OSError):
                    each.unlink(missing_ok=True)
            raise
        # One fsync for each folder, after all of its renames: until then no caller may rely on any of them.
        for folder in dict.fromkeys(path.parent for path in files):
            self._sync(folder)

    def remove(self, path: Path) -> None:
        """A file that may be gone already."""
        path.unlink(missing_ok=True)
        self._sync(path.parent)

    def move_folder(self, folder: Path, to: Path) -> None:
        """A folder with all that is in it, to a place where nothing is."""
        self._make_folder(to.parent)
        folder.rename(to)
        self._sync(to.parent)
        self._sync(folder.parent)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self._sync(folder.parent)

    def _put(self, path: Path, fresh: Path) -> None:
        fresh.replace(path)

    def _sync(self, folder: Path) -> None:
        _sync_to_disk(folder, os.O_RDONLY | os.O_DIRECTORY)


def _fresh_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")


def _sync_all(files: Sequence[Path]) -> None:
    """Together: the file system then carries many out in one, and whoever else waits for the disk waits less."""
    if len(files) == 1:
        _sync_to_disk(files[0], os.O_RDONLY)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(files) or 1)) as threads:
        for _ in threads.map(lambda each: _sync_to_disk(each, os.O_RDONLY), files):
            pass


def _sync_to_disk(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
