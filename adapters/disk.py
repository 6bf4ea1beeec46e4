"""Files that are whole or not there, and durable once a method has returned. Tests put a failing one in its place."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class Disk:
    """Writes by a temporary name, ``fsync``, rename, and ``fsync`` of the folder.

    A crash leaves the old file or the new one, perhaps a temporary file beside it that nobody reads.
    """

    def write(self, path: Path, data: bytes) -> None:
        """One file."""
        self.write_all({path: data})

    def write_all(self, files: Mapping[Path, bytes]) -> None:
        """Many files, in their order; each is whole, and a crash in between leaves some of them."""
        for path, data in files.items():
            self._make_folder(path.parent)
            self._put(path, data)
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

    def _put(self, path: Path, data: bytes) -> None:
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with fresh.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except BaseException:
            with suppress(OSError):
                fresh.unlink()
            raise

    def _sync(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
