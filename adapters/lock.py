"""File locks between processes, released by the kernel when their holder dies in whatever way.

A lock file is never deleted: whoever waited on a deleted file would hold a lock that nobody else can see.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Hold the lock alone; waits for as long as somebody else has it.

    Gives its descriptor: a program that is started with it holds the lock too, also when we are killed.
    """
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock alone if nobody else does; gives whether we do."""
    descriptor = _open(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)


class Presence:
    """A place in the list of those who use something: many hold it, and the last to leave can tell.

    `leave_last` and the constructor must be called under one `exclusive` lock: the kernel changes a shared
    lock into an exclusive one by letting go in between.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = _open(path)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave_last(self) -> bool:
        """Leave; true when nobody else is there. A second call is false."""
        if self._descriptor is None:
            return False
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
