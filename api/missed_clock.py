"""The missed-clock: an absence is recorded at its deadline, once, however many clocks run.

It waits until the view has everything that was recorded before it looked at the clock: what is still on its way to the
view must not be called missing. The key of each record follows from what is missed, so that two clocks, or one that
was interrupted, ask for the same thing and get one event.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import asyncpg
import structlog

from adapters.postgres.passing import DATABASE_TROUBLE
from adapters.postgres.views.duties_due import DueRow, fetch_duties_due
from api.caught_up import caught_up
from api.duty_clock import open_what_is_owed
from api.duty_end import close_what_is_over, lift_what_is_not_owed
from api.heirs import hand_over
from api.ledger import Ledger, request_bytes
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import ContentionError, OutcomeUnknown, QueueFull, Refusal, ViewStopped
from domain.ledger.replay import head_of
from domain.reporting.identifiers import parts_of
from domain.reporting.record_missed import RecordMissed

KEYS: Final = UUID("6d4c5f0e-8e5b-5b0e-9a55-0d1f6f6d6973")
BATCH: Final = 1000
PASSES: Final[tuple[type[Exception], ...]] = (
    QueueFull,
    OutcomeUnknown,
    ContentionError,
    ViewStopped,
    *DATABASE_TROUBLE,
)


async def look_for_missed(ledger: Ledger, pool: asyncpg.Pool) -> int:
    """Record every absence whose deadline has passed; how many were recorded. Raises ViewStopped."""
    at = ledger.clock.now()
    await caught_up(pool, "school_day", await head_of(ledger.log))
    async with pool.acquire() as connection:
        due = await fetch_duties_due(connection, at, limit=BATCH)
    recorded = await asyncio.gather(*(_record(ledger, row, at) for row in due))
    return sum(recorded)


async def _record(ledger: Ledger, row: DueRow, at: datetime) -> bool:
    request = request_bytes(RecordMissed.name, {"report": row.report, "level": row.level})
    try:
        receipt = await ledger.carry_out(
            partial(
                RecordMissed,
                report=row.report,
                level=row.level,
                at=at,
                deadline=row.deadline,
                rollup=row.rollup,
                filed=row.filed,
            ),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, f"{row.report}/{row.level}")),
            request=request,
            received_at=at,
            business_date=parts_of(row.report)[1],
            rules=row.rules,
        )
    except Refusal:
        # It arrived, or was recorded by another clock, between the view and the decision: then nothing is missed.
        return False
    return not receipt.duplicate


async def keep_looking(ledger: Ledger, pool: asyncpg.Pool, *, every_s: float, simulated: bool) -> None:
    """Look again and again, for ever. What passes is waited out; anything else ends the clock, and that is seen.

    ``simulated``: the log is a scenario's, whose duties end with its last day: none is opened or closed after it.
    """
    log = structlog.get_logger("wenze")
    while True:
        try:
            # First: what is opened for a day that was skipped may be an heir's, missing and over, all at once.
            opened = 0 if simulated else await open_what_is_owed(ledger, pool)
            if opened:
                await caught_up(pool, "school_day", await head_of(ledger.log))
            # What is not owed is nobody's absence, and nobody's inheritance.
            lifted = 0 if simulated else await lift_what_is_not_owed(ledger, pool)
            if lifted:
                await caught_up(pool, "school_day", await head_of(ledger.log))
            # Heirs before the missed: the deadline of what they inherit is theirs.
            inherited = await hand_over(ledger, pool)
            count = await look_for_missed(ledger, pool)
            # Last: at the end of a duty its absences are recorded already.
            closed = 0 if simulated else await close_what_is_over(ledger, pool)
            if opened or lifted or inherited or count or closed:
                log.info("missed", opened=opened, lifted=lifted, recorded=count, inherited=inherited, closed=closed)
        except PASSES as error:
            log.warning("missed_clock_waits", error=type(error).__name__)
        await asyncio.sleep(every_s)
