"""Rotating the vault's key-encryption key: where the new one comes from, and when the old one goes.

Keys that lie in the data folder are replaced here, in an order that a crash cannot spoil: the old one is kept under a
second name, the new one takes the first, the database is wrapped anew, and then the old one is removed. Whoever runs it
again goes on where it stopped. Keys that the environment gives are changed by whoever gives them.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import asyncpg

from adapters.postgres.rewrapping import Rotation, rotate
from api.settings import PREVIOUS_KEY_FILE, VAULT_KEY_FILE, Settings, read_secret, write_fresh_secret
from domain.ledger.errors import Refusal


class NothingToRotate(Refusal):
    """The environment gives one key-encryption key and not the one before: there is nothing to rotate from."""

    code: ClassVar[str] = "nothing_to_rotate"


async def rotate_vault_key(
    pool: asyncpg.Pool, settings: Settings, *, progress: Callable[[int], object] = lambda _: None
) -> Rotation:
    """Put a new key-encryption key in force and wrap every living key under it. Raises NothingToRotate."""
    folder = settings.data_folder
    kept = settings.vault_key is None and settings.vault_key_previous is None
    if kept:
        settings.vault_master_key()  # made, if this vault has never been used
        replace_kept_key(folder)
    keys = settings.vault_master_keys()
    if len(keys) == 1:
        raise NothingToRotate
    rotation = await rotate(pool, newest=keys[0], earlier=keys[1:], progress=progress)
    if kept:
        # Last: until here a crash leaves both, and what is not wrapped anew still opens.
        (folder / PREVIOUS_KEY_FILE).unlink()
        _sync(folder)
    return rotation


def replace_kept_key(folder: Path) -> None:
    """The key of the folder becomes the previous one and a new one takes its place: once, however often it is tried."""
    secret, previous = folder / VAULT_KEY_FILE, folder / PREVIOUS_KEY_FILE
    if not previous.exists():
        os.link(secret, previous)  # a second name for the same bytes: there is no moment without them
        _sync(folder)
    if read_secret(previous) == read_secret(secret):
        write_fresh_secret(secret).replace(secret)
        _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
