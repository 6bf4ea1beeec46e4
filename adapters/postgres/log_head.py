"""The head of the log, as a reader may see it: which log, how far, and since when."""

from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.view import Connection, read
from domain.ledger.errors import NotFound

# The one row of the head; nothing to search.
HEAD = "SELECT origin, position, recorded_at, simulated FROM ledger.head"


@dataclass(frozen=True, slots=True)
class LogHead:
    """``recorded_at`` is that of the event at ``position``. ``simulated``: the log's time is not real."""

    origin: str
    position: int
    recorded_at: datetime
    simulated: bool


async def fetch_head(connection: Connection) -> LogHead:
    """The head. Raises NotFound in a database whose log was never opened."""
    rows = await read(connection, HEAD)
    if not rows:
        raise NotFound("the log is not open")
    return LogHead(*rows[0])
