"""What people have before their eyes when they act: the digests that the last acts left behind."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from domain.ledger.entry import Recorded
from domain.ledger.ports import Append, EventLog, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query
from domain.reporting.events import ReportCorrected, ReportSubmitted, RollupBuilt


class WatchedLog:
    """An ``EventLog`` that notes the digest of the newest revision of each report and roll-up once it is stored.

    A signature names the digest it signs. In production a page shows it; here it is remembered as it passes.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.digests: dict[str, str] = {}

    async def read(
        self,
        query: Query = EVERYTHING,
        *,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
        classes: frozenset[str] | None = None,
    ) -> Reading:
        """See the port."""
        return await self._log.read(query, after=after, upto=upto, limit=limit, classes=classes)

    async def read_recorded_until(self, instant: datetime) -> int:
        """See the port."""
        return await self._log.read_recorded_until(instant)

    async def append(self, append: Append) -> Receipt:
        """See the port."""
        receipt = await self._log.append(append)
        for event in append.events:
            if isinstance(event, ReportSubmitted | ReportCorrected):
                self.digests[event.report] = event.digest
            elif isinstance(event, RollupBuilt):
                self.digests[event.rollup] = event.digest
        return receipt

    def follow(self, after: int, *, query: Query = EVERYTHING) -> AsyncIterator[Sequence[Recorded]]:
        """See the port."""
        return self._log.follow(after, query=query)
