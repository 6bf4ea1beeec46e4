"""Rotating the key-encryption key: every living key is wrapped anew, in small batches, and the old KEK opens nothing.

First the database says that the new KEK is in force: from then on no process can wrap under the old one, and a reader
that knows both can open everything. Each batch is one transaction and a row names its KEK, so whatever dies on the way
is done by the next run. Destroyed keys have no bytes to wrap and stay destroyed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from adapters.sealing import KeyEncryption
from domain.ledger.errors import NotFound, VaultKeyWrong

BATCH: Final = 500

# From now on this KEK; one row.
PUT_IN_FORCE = "UPDATE vault.kek SET id = $1, adopted_at = clock_timestamp() WHERE id IS DISTINCT FROM $1"

# The KEK in force, kept so until the batch is stored; before any key is locked, as by whoever makes or destroys keys;
# one row.
IN_FORCE = "SELECT id FROM vault.kek FOR SHARE"

# The next living keys under one KEK, after a key: all of the table, once; primary key of vault.key.
NEXT_WRAPPED = """
SELECT key_id, wrapped FROM vault.key WHERE kek = $1 AND key_id > $2 AND wrapped IS NOT NULL
ORDER BY key_id LIMIT $3 FOR UPDATE
"""

# What was wrapped anew; primary key of vault.key.
REWRAP = """
UPDATE vault.key SET wrapped = anew.wrapped, kek = $3
FROM unnest($1::text[], $2::bytea[]) AS anew (key_id, wrapped)
WHERE key.key_id = anew.key_id AND key.wrapped IS NOT NULL
"""

# How many living keys there are under each KEK; index key_purpose_term, all of it.
UNDER_EACH = "SELECT kek, count(*) AS keys FROM vault.key WHERE wrapped IS NOT NULL GROUP BY kek ORDER BY kek"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation did. ``left`` are living keys under a KEK that is not here, by its id: they open for nobody."""

    kek: str
    rewrapped: int
    left: dict[str, int]


async def rotate(
    pool: asyncpg.Pool,
    *,
    newest: bytes,
    earlier: Sequence[bytes],
    progress: Callable[[int], object] = lambda _: None,
) -> Rotation:
    """Wrap every living key under ``newest`` that is wrapped under one of ``earlier``. Harmless when repeated.

    Raises VaultKeyWrong when another rotation puts another KEK in force meanwhile.
    """
    kek = KeyEncryption(newest)
    await pool.execute(PUT_IN_FORCE, kek.id)
    rewrapped = 0
    for old in map(KeyEncryption, earlier):
        after: str | None = ""
        while old.id != kek.id and after is not None:
            count, after = await _next_batch(pool, old, kek, after)
            rewrapped += count
            progress(rewrapped)
    left = {row["kek"]: row["keys"] for row in await pool.fetch(UNDER_EACH) if row["kek"] != kek.id}
    return Rotation(kek=kek.id, rewrapped=rewrapped, left=left)


async def _next_batch(pool: asyncpg.Pool, old: KeyEncryption, new: KeyEncryption, after: str) -> tuple[int, str | None]:
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(IN_FORCE) != new.id:
            raise VaultKeyWrong(kek=new.id)
        rows = await connection.fetch(NEXT_WRAPPED, old.id, after, BATCH)
        anew = []
        for row in rows:
            try:
                anew.append((row["key_id"], new.wrap(old.unwrap(row["wrapped"], row["key_id"]), row["key_id"])))
            except NotFound:
                continue  # not what was wrapped: it opened nothing before either, and is told among what is left
        await connection.execute(REWRAP, [key_id for key_id, _ in anew], [wrapped for _, wrapped in anew], new.id)
    return len(anew), rows[-1]["key_id"] if len(rows) == BATCH else None
