"""Bearer tokens: shown once, kept as fingerprints. Tokens live in real time, also beside a simulated log."""

from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

import asyncpg

PREFIX: Final = "wz_"
LONGEST: Final = 200

# Whose token this is, while it is valid; primary key of access.token.
PERSON = """
SELECT person FROM access.token
WHERE fingerprint = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
"""

# Keeps a new token's fingerprint; primary key of access.token.
ISSUE = """
INSERT INTO access.token (fingerprint, token, person, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)
"""


def new_token() -> str:
    """A fresh token of 256 bits."""
    return PREFIX + token_urlsafe(32)


def fingerprint_of(token: str) -> str:
    """The 64 hex digits under which a token is known. A token is random enough to need no salt."""
    return sha256(token.encode()).hexdigest()


async def person_of(pool: asyncpg.Pool, token: str) -> str | None:
    """Whose token it is; None when it is unknown, expired or revoked."""
    person: str | None = await pool.fetchval(PERSON, fingerprint_of(token))
    return person


async def keep_token(
    pool: asyncpg.Pool, *, fingerprint: str, token: str, person: str, issued_at: datetime, expires_at: datetime
) -> None:
    """Let a token open doors from now on. ``token`` is its public id, the one in ``TokenIssued``."""
    await pool.execute(ISSUE, fingerprint, token, person, issued_at, expires_at)
