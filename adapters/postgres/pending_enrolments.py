"""Keys that people have made and nobody has vouched for yet: one for each person, until it expires.

A row stays until then also when an officer has confirmed it, so that the same confirmation again finds what it is
about; a second enrolment of the same key is refused by the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

# Forgets what has expired; index pending_enrolment_expiry.
FORGET_EXPIRED = "DELETE FROM access.pending_enrolment WHERE expires_at <= $1"

# Keeps a person's key in place of the one before; primary key of access.pending_enrolment.
KEEP_PENDING = """
INSERT INTO access.pending_enrolment (person, code, enrolment, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (person) DO UPDATE SET code = $2, enrolment = $3, expires_at = $4
"""

# What waits under a code; index pending_enrolment_code. Two under one code are none.
PENDING = """
SELECT person, enrolment, expires_at FROM access.pending_enrolment WHERE code = $1 AND expires_at > $2 LIMIT 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEnrolment:
    """``enrolment`` holds the arguments of ``enrol_credential`` beside who vouches and for whom."""

    person: str
    enrolment: Mapping[str, Any]
    expires_at: datetime


async def keep_pending(pool: asyncpg.Pool, pending: PendingEnrolment, *, code: str, at: datetime) -> None:
    """Let a key wait; ``at`` is real time."""
    await pool.execute(FORGET_EXPIRED, at)
    await pool.execute(
        KEEP_PENDING, pending.person, code, msgspec.json.encode(pending.enrolment).decode(), pending.expires_at
    )


async def fetch_pending(pool: asyncpg.Pool, code: str, *, at: datetime) -> PendingEnrolment | None:
    """What waits under a code; None when nothing does any more."""
    rows = await pool.fetch(PENDING, code, at)
    if len(rows) != 1:
        return None
    person, enrolment, expires_at = rows[0]
    return PendingEnrolment(person=person, enrolment=msgspec.json.decode(enrolment), expires_at=expires_at)
