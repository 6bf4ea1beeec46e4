"""As of: which position an instant means. The log's order decides, and the clock only through it."""

from datetime import datetime

from domain.ledger.ports import EventLog


async def head_of(log: EventLog) -> int:
    """The newest position."""
    return (await log.read(upto=0, limit=1)).head


async def position_at(log: EventLog, instant: datetime) -> int:
    """The last position recorded at or before an instant; 0 when there is none.

    ``recorded_at`` never decreases along positions and there are no gaps, so some twenty reads find it in any log.
    """
    low, high = 0, await head_of(log)
    while low < high:
        middle = (low + high + 1) // 2
        reading = await log.read(after=middle - 1, upto=middle)
        if reading.events[0].recorded_at <= instant:
            low = middle
        else:
            high = middle - 1
    return low
