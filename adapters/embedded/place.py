"""Where the data and the socket lie, when the wanted place does not do."""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.errors import ClusterError

_ELSEWHERE = Path("/var/lib/wenze")
# Not the temporary folder of this process: two processes must come to the same answer, and a socket's path
# may have 103 bytes at most.
_SOCKETS = Path("/tmp")  # noqa: S108  the folder is made private and its owner is checked


def reachable_folder(wanted: Path, account: Account) -> Path:
    """The wanted folder, or one below /var/lib/wenze named by its digest when the account cannot get to the wanted one.

    That is the case for root in its own home: the server runs as somebody else, and opening the home would be wrong.
    """
    wanted.mkdir(parents=True, exist_ok=True)
    if account.can_enter(wanted):
        return wanted
    elsewhere = _ELSEWHERE / hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    for folder in (_ELSEWHERE, elsewhere):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)  # new and ours, whatever the umask
    if not account.can_enter(elsewhere):
        raise ClusterError(
            f"the server's account can enter neither {wanted} nor {elsewhere}: choose another data folder"
        )
    return elsewhere


def socket_folder(data: Path, account: Account) -> Path:
    """The private folder (0700) for the socket of this data folder; the same answer for every process.

    Raises:
        ClusterError: somebody else has made a folder of that name, or opened ours.
    """
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = _SOCKETS / f"wenze-{account.uid}-{digest}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if account.switch and status.st_uid == os.geteuid() and stat.S_ISDIR(status.st_mode):
        os.chown(folder, account.uid, account.gid)
        status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
        raise ClusterError(f"{folder} is not a private folder of the server's account: remove it")
    return folder
