"""Heirs: what a closed or merged site left open is handed to the heir that the registry names, once, by the service.

Nobody has to ask for it. The key of each record follows from what is handed over, and its boundary lets one through:
any number of processes may.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import asyncpg

from adapters.postgres.views.duties_left import LeftRow, fetch_duties_left
from api.ledger import Ledger, request_bytes
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import Refusal
from domain.reporting.identifiers import parts_of
from domain.reporting.inherit_duty import InheritDuty

KEYS: Final = UUID("6d4c5f0e-8e5b-5b0e-9a55-0d1f68656972")


async def hand_over(ledger: Ledger, pool: asyncpg.Pool) -> int:
    """Hand over every duty that was left; how many were. An heir that has ended too hands on at the next look."""
    at = ledger.clock.now()
    async with pool.acquire() as connection:
        left = await fetch_duties_left(connection, at)
    return sum(await asyncio.gather(*(_record(ledger, row, at) for row in left)))


async def _record(ledger: Ledger, row: LeftRow, at: datetime) -> bool:
    named = {"report": row.report, "closed": row.ended, "heir": row.heir}
    try:
        receipt = await ledger.carry_out(
            partial(InheritDuty, acting=None, at=at, **named),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, f"{row.report}/{row.ended}/{row.position}")),
            request=request_bytes(InheritDuty.name, named),
            business_date=parts_of(row.report)[1],
            rules=row.rules,
        )
    except Refusal:
        # The registrar, or another process, was first, and the view has not heard of it.
        return False
    return not receipt.duplicate
