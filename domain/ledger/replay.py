"""Where the log stands."""

from domain.ledger.ports import EventLog


async def head_of(log: EventLog) -> int:
    """The newest position."""
    return (await log.read(upto=0, limit=1)).head
