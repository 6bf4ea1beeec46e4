"""What people have before their eyes when they act: what the last acts left behind, and what they sign refers to."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.ledger.entry import Recorded
from domain.ledger.event import Event
from domain.ledger.ports import Append, EventLog, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query
from domain.reporting.events import DutyOpened, ReportCorrected, ReportSigned, ReportSubmitted, RollupBuilt


@dataclass(frozen=True, slots=True)
class Screens:
    """By report or roll-up: the digest and number of the newest revision, the rules of the duty, and the newest
    signature of each level."""

    digests: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    signatures: dict[tuple[str, int], str] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Show what has just been stored."""
        match event:
            case DutyOpened():
                self.rules[event.report] = event.rules
            case ReportSubmitted() | ReportCorrected():
                self.digests[event.report] = event.digest
                self.revisions[event.report] = event.revision
            case ReportSigned():
                self.signatures[event.report, event.level] = event.signature
            case RollupBuilt():
                self.digests[event.rollup] = event.digest
            case _:
                pass


class WatchedLog:
    """An ``EventLog`` that shows on ``screens`` what is stored.

    A signature names the digest it signs. In production a page shows it; here it is remembered as it passes.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.screens = Screens()

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
            self.screens.note(event)
        return receipt

    def follow(self, after: int, *, query: Query = EVERYTHING) -> AsyncIterator[Sequence[Recorded]]:
        """See the port."""
        return self._log.follow(after, query=query)
