"""Which account of the operating system the server runs as. PostgreSQL refuses to run as root, rightly."""

import os
import pwd
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.errors import ClusterError

# An account that exists for this first, then those every Unix has and that own nothing worth taking.
_UNPRIVILEGED = ("postgres", "nobody", "daemon")

# Nothing of the caller's environment reaches the server: a PGDATA or LD_LIBRARY_PATH of somebody else's stays outside.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/local/bin:/usr/bin:/bin", "PGCONNECT_TIMEOUT": "5"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who runs the server; `switch` says whether we have to become somebody else for it."""

    uid: int
    gid: int
    switch: bool

    def run(self, arguments: Sequence[str | Path], *, holding: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account; its exit status is the caller's to read.

        `holding` is a descriptor that the program keeps open for as long as it runs.
        """
        return subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            pass_fds=() if holding is None else (holding,),
            env=_ENVIRONMENT,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def start(self, arguments: Sequence[str | Path], *, log: Path) -> subprocess.Popen[bytes]:
        """Start a program that outlives an interrupt at our terminal, its output going to the end of `log`."""
        with log.open("ab") as output:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=_ENVIRONMENT,
                start_new_session=True,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )

    def works_in(self, process: int, folder: Path) -> bool:
        """Whether a living process of this account has this working folder; a zombie has none."""
        if not Path("/proc/self/cwd").exists():
            listed = subprocess.run(
                ["/bin/ps", "-o", "stat=,command=", "-p", str(process)], capture_output=True, text=True, check=False
            ).stdout.strip()
            return bool(listed) and not listed.startswith("Z") and str(folder) in listed
        place = Path(f"/proc/{process}/cwd")
        try:
            return place.samefile(folder)
        except OSError:  # gone, a zombie, or not ours to look at
            # Root without CAP_SYS_PTRACE, as in a container, cannot look at other accounts; they themselves can.
            return self.switch and self.run(["/bin/sh", "-c", '[ "$1" -ef "$2" ]', "sh", place, folder]).returncode == 0

    def tell(self, process: int, number: signal.Signals) -> None:
        """Send a signal with the rights of this account, so that it can reach no process of anybody else."""
        if self.switch:  # root need not have CAP_KILL either
            self.run(["/bin/sh", "-c", 'kill -s "$1" "$2"', "sh", number.name.removeprefix("SIG"), str(process)])
            return
        with suppress(ProcessLookupError):
            os.kill(process, number)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account reaches the folder, asked of the kernel: modes alone do not tell (ACLs, mounts)."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder]).returncode == 0


def server_account(data: Path) -> Account:
    """The account to run the server of this folder as: ourselves, or for root the folder's owner or a system account.

    Raises:
        ClusterError: root, and the system knows no unprivileged account; or the data belongs to somebody else.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise ClusterError(
                f"the data in {data} belongs to {_name(owner)}, and this process runs as {_name(os.geteuid())}: "
                "run it as root or as the owner, or choose another data folder"
            )
        return Account(uid=os.geteuid(), gid=os.getegid(), switch=False)
    if owner:
        entry = _entry(owner)
        if entry is not None:
            return Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    raise ClusterError(
        "PostgreSQL does not run as root, and this system has none of the accounts "
        f"{', '.join(_UNPRIVILEGED)}: add one, or run as an ordinary user"
    )


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _name(uid: int | None) -> str:
    entry = None if uid is None else _entry(uid)
    return f"uid {uid}" if entry is None else entry.pw_name
