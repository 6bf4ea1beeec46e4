"""What the service does by itself waits for the views that tell it what to do."""

import asyncio
from typing import Final

import asyncpg

from domain.ledger.errors import ViewStopped

STEP_S: Final = 0.05

# How far a live view is; unique index view_live.
VIEW_POSITION = "SELECT position, stopped_before FROM views.view WHERE name = $1 AND state = 'live'"


async def caught_up(pool: asyncpg.Pool, view: str, head: int) -> None:
    """Wait, however long, until a view has reached a position. Raises ViewStopped."""
    while True:
        row = await pool.fetchrow(VIEW_POSITION, view)
        if row is not None and row["stopped_before"] is not None:
            raise ViewStopped(view=view, position=row["stopped_before"])
        if row is not None and row["position"] >= head:
            return
        await asyncio.sleep(STEP_S)
