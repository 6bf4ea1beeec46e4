"""Under which name an entry was recorded: a log that was continued has had several.

``LogContinued`` names what the log was called before it; the checkpoint names what it is called now.
"""

from collections.abc import Iterable

from domain.evidence.entry import Entry


class Origins:
    """The names of one log, by position. Raises MalformedError."""

    def __init__(self, entries: Iterable[Entry], newest: str) -> None:
        self._newest = newest
        self._earlier = [
            (each.position, each.payload.text("origin"))
            for each in sorted(entries, key=lambda each: each.position)
            if each.type == "LogContinued"
        ]

    def at(self, position: int) -> str:
        """The log's name when the entry at a position was recorded."""
        return next((origin for continued, origin in self._earlier if position < continued), self._newest)
