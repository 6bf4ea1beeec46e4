"""Small-site exemptions: where they run, the preparer may sign level 1, and the principal may file.

The rules are those of ``domain/registry/organisation.py``.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from domain.evidence.entry import Entry
from domain.evidence.verdict import Reason, Unproved

TYPES: Final = frozenset({"SmallSiteExempted", "SmallSiteExemptionEnded"})


class Exemptions:
    """The exemptions that a bundle's entries show."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._events = [
            (each.position, each.type, each.payload)
            for each in sorted(entries, key=lambda each: each.position)
            if each.type in TYPES and each.version == 1
        ]

    def hold(self, organisation: str, entry: Entry) -> bool:
        """Whether one ran at a site when an act arrived, by what the log held before it."""
        intervals: list[tuple[datetime, datetime | None]] = []
        for position, name, said in self._events:
            if position >= entry.position or said.text("organisation") != organisation:
                continue
            if name == "SmallSiteExempted":
                intervals.append((said.instant("valid_from"), said.instant_or_none("valid_to")))
            else:
                ended = said.instant("ended_at")
                intervals = [(begin, ended if _runs(begin, end, ended) else end) for begin, end in intervals]
        return any(_runs(begin, end, entry.received_at) for begin, end in intervals)

    def require(self, organisation: str, entry: Entry) -> None:
        """Raises Unproved (not checked): the bundle shows no exemption; there may be one."""
        if not self.hold(organisation, entry):
            raise Unproved.not_checked(Reason.NO_EXEMPTION, organisation=organisation)


def _runs(begin: datetime, end: datetime | None, at: datetime) -> bool:
    return begin <= at and (end is None or at < end)
