"""Secrets in files: whole or not there, and for their owner's eyes only."""

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import ClassVar

from domain.ledger.errors import WenzeError


class SecretExposed(WenzeError):
    """Others than the owner may read the file of a secret, or replace it; it is used only once that is put right."""

    code: ClassVar[str] = "secret_exposed"


def make_secret(path: Path, text: str) -> bool:
    """Keep a secret in a new file, mode 0600, in a folder that is made with mode 0700; whether it was new.

    Written whole under another name and then linked: of two processes that start at once both find the one that won,
    and a crash never leaves half a secret.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = write_fresh(path, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
            _sync(path.parent)
            return True
        return False
    finally:
        fresh.unlink()


def write_fresh(path: Path, text: str) -> Path:
    """A secret, whole and on the disk, in a file beside ``path`` that only its owner can read."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return fresh


def read_secret(path: Path) -> str:
    """The text of a secret's file. Raises SecretExposed, FileNotFoundError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(descriptor) as file:
        # Asked of the open file: what is checked is what is read.
        if os.fstat(descriptor).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretExposed(f"others may read {path.name}; let only its owner (chmod 600)")
        if path.parent.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SecretExposed(f"others may replace {path.name}; let only the owner write to its folder")
        return file.read().strip()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
