"""A disk that fails at one step, and forgets what was not made durable."""

from collections.abc import Callable
from pathlib import Path

from adapters.disk import Disk


class PowerLost(Exception):
    """The machine stops here."""


class FailingDisk(Disk):
    """Fails at its n-th step (a rename, a removal or an ``fsync`` of a folder), before or after it is carried out.

    ``forgets``: renames and removals of folders that were not synced since are undone, as a power cut may undo them.
    ``steps`` counts; ``seen`` is called with every file that was written, at the moment it is in place.
    """

    def __init__(
        self,
        fail_at: int = -1,
        *,
        after: bool = False,
        forgets: bool = False,
        seen: Callable[[Path, bytes], None] = lambda _path, _data: None,
    ) -> None:
        self.steps = 0
        self._fail_at = fail_at
        self._after = after
        self._forgets = forgets
        self._seen = seen
        self._unsynced: list[tuple[Path, bytes | None]] = []

    def remove(self, path: Path) -> None:
        self._step(lambda: self._undoably(path, lambda: path.unlink(missing_ok=True)))
        self._sync(path.parent)

    def _put(self, path: Path, fresh: Path) -> None:
        put = super()._put
        self._step(lambda: self._undoably(path, lambda: put(path, fresh)))
        self._seen(path, path.read_bytes())

    def _sync(self, folder: Path) -> None:
        self._step(lambda: self._forget_how_to_undo(folder))

    def _step(self, act: Callable[[], None]) -> None:
        self.steps += 1
        if self.steps - 1 != self._fail_at:
            act()
            return
        if self._after:
            act()
        if self._forgets:
            for path, old in reversed(self._unsynced):
                path.unlink(missing_ok=True) if old is None else path.write_bytes(old)
        raise PowerLost

    def _undoably(self, path: Path, act: Callable[[], None]) -> None:
        self._unsynced.append((path, path.read_bytes() if path.exists() else None))
        act()

    def _forget_how_to_undo(self, folder: Path) -> None:
        self._unsynced = [each for each in self._unsynced if each[0].parent != folder]
