"""Destroying keys of the vault: the wrapped bytes go, the row stays, and nothing of it is ever made again.

Idempotent, and meant to be repeated: a restored backup brings keys back, and the next application takes them again.
It needs no key-encryption key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

# Held to the end of the transaction: no key is made meanwhile that the statements after it would not see; one row.
STOP_MAKING_KEYS = "SELECT id FROM vault.kek FOR UPDATE"

# For whom no key is made again; primary key of vault.erased.
ERASE_SUBJECTS = """
INSERT INTO vault.erased (subject, erased_at) SELECT subject, $2 FROM unnest($1::text[]) AS u (subject)
ON CONFLICT (subject) DO NOTHING
"""

# Every living key of these subjects; index key_subject_purpose_term_key.
DESTROY_OF_SUBJECTS = """
UPDATE vault.key SET wrapped = NULL, kek = NULL, destroyed_at = $2
WHERE subject = ANY ($1::text[]) AND wrapped IS NOT NULL
"""

# These keys, whether they are there or not: one that is not there can then never be made; primary key of vault.key.
DESTROY_KEYS = """
INSERT INTO vault.key (key_id, subject, purpose, term, destroyed_at)
SELECT subject || '/' || purpose || '/' || term, subject, purpose, term, $4
FROM unnest($1::text[], $2::text[], $3::integer[]) AS u (subject, purpose, term)
ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, kek = NULL, destroyed_at = excluded.destroyed_at
    WHERE key.wrapped IS NOT NULL
"""

# Of which purposes and terms these subjects' keys are, destroyed ones too; index key_subject_purpose_term_key.
KEYS_OF_SUBJECT = "SELECT purpose, term FROM vault.key WHERE subject = $1 ORDER BY purpose, term"


@dataclass(frozen=True, slots=True, order=True)
class KeyName:
    """One key of the vault: whose, for what, of which year."""

    subject: str
    purpose: str
    term: int


async def shred(pool: asyncpg.Pool, *, subjects: Sequence[str], keys: Sequence[KeyName], at: datetime) -> int:
    """Destroy every key of the subjects, and these keys; how many still lived. All or nothing."""
    destroyed = 0
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetch(STOP_MAKING_KEYS)
        if subjects:
            await connection.execute(ERASE_SUBJECTS, subjects, at)
            destroyed += _count(await connection.execute(DESTROY_OF_SUBJECTS, subjects, at))
        if keys:
            named = sorted(set(keys))
            columns = [key.subject for key in named], [key.purpose for key in named], [key.term for key in named]
            destroyed += _count(await connection.execute(DESTROY_KEYS, *columns, at))
    return destroyed


async def keys_of(pool: asyncpg.Pool, subject: str) -> list[KeyName]:
    """The keys that a subject has or had."""
    return [KeyName(subject, *row) for row in await pool.fetch(KEYS_OF_SUBJECT, subject)]


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
