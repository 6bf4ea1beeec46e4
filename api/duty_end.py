"""The end of duties: what may no longer be answered in its time is closed, once, by the service.

What comes later is still accepted and marked. Nobody has to ask for it. The key of each record is that of the duty, so
that any number of processes may.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import asyncpg

from adapters.postgres.views.duties_over import OverRow, fetch_duties_over
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
    return sum(await asyncio.gather(*(_record(ledger, row, at) for row in over)))


async def _record(ledger: Ledger, row: OverRow, at: datetime) -> bool:
    try:
        receipt = await ledger.carry_out(
            partial(CloseDuty, report=row.report, at=at),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, row.report)),
            request=request_bytes(CloseDuty.name, {"report": row.report}),
            received_at=at,
            business_date=parts_of(row.report)[1],
            rules=row.rules,
        )
    except Refusal:
        # Another process was first, and the view has not heard of it.
        return False
    return not receipt.duplicate
