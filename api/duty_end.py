"""The end of duties: what may no longer be answered in its time is closed, and what is not owed lifted, by the service.

What comes after a closing is still accepted and marked. Nobody has to ask for it. The key of each record follows from
the duty, so that any number of processes may.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import asyncpg

from adapters.postgres.views.duties_not_owed import fetch_duties_not_owed
from adapters.postgres.views.duties_over import fetch_duties_over
from api.ledger import Ledger, request_bytes
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import Refusal
from domain.reporting.close_duty import CloseDuty
from domain.reporting.identifiers import parts_of

KEYS: Final = UUID("6d4c5f0e-8e5b-5b0e-9a55-0d1f636c6f73")
BATCH: Final = 1000


async def close_what_is_over(ledger: Ledger, pool: asyncpg.Pool) -> int:
    """Close every duty whose time has ended; how many were."""
    at = ledger.clock.now()
    async with pool.acquire() as connection:
        over = await fetch_duties_over(connection, at, limit=BATCH)
    return sum(await asyncio.gather(*(_record(ledger, row.report, row.rules, at, key=row.report) for row in over)))


async def lift_what_is_not_owed(ledger: Ledger, pool: asyncpg.Pool) -> int:
    """Lift every open duty of a site that is closed or suspended on its day; how many were."""
    at = ledger.clock.now()
    async with pool.acquire() as connection:
        found = await fetch_duties_not_owed(connection)
    # What was lifted may be opened again when the site resumes, and be lifted again.
    return sum(
        await asyncio.gather(
            *(_record(ledger, row.report, row.rules, at, key=f"{row.report}/{row.position}") for row in found)
        )
    )


async def _record(ledger: Ledger, report: str, rules: str, at: datetime, *, key: str) -> bool:
    try:
        receipt = await ledger.carry_out(
            partial(CloseDuty, acting=None, at=at, report=report, reason=None),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, key)),
            request=request_bytes(CloseDuty.name, {"report": report}),
            received_at=at,
            business_date=parts_of(report)[1],
            rules=rules,
        )
    except Refusal:
        # Another process was first, and the view has not heard of it.
        return False
    return not receipt.duplicate
