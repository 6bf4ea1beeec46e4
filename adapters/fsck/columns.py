"""The columns of a row against its entry."""

from datetime import datetime
from typing import Any, Final

import msgspec

from adapters.fsck.difference import Differences
from domain.ledger.time import instant_text

_DECODE: Final = msgspec.json.Decoder(dict[str, Any])
_ENCODE: Final = msgspec.json.Encoder(order="sorted")
_WHERE: Final = "event"


class Columns:
    """Compares rows in position order; each instant is no earlier than the one before."""

    def __init__(self, differences: Differences) -> None:
        self._differences = differences
        self._text = ""
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None

    def check(self, row: Any) -> dict[str, Any] | None:
        """Compare a row, the next by position; its entry, decoded, or None when it is no JSON object."""
        position, event_id, event_type, event_class, recorded_at, entry, _ = row
        self._check_order(position, recorded_at)
        try:
            stored = _DECODE.decode(entry)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._differences.add(_WHERE, position, "entry", expected="a JSON object", found=error)
            return None
        if _ENCODE.encode(stored) != entry:
            # Two members of one name, another order, white space: what a second reader might read otherwise.
            self._differences.add(_WHERE, position, "entry", expected="canonical JSON", found="another form of it")
        for name, found in (
            ("id", str(event_id)),
            ("type", event_type),
            ("class", event_class),
            ("recorded_at", self._text),
        ):
            if stored.get(name) != found:
                self._differences.add(_WHERE, position, name, expected=stored.get(name), found=found)
        return stored

    def _check_order(self, position: int, recorded_at: datetime) -> None:
        if recorded_at != self.last_at:
            self._text = instant_text(recorded_at)
        if self.last_at is None:
            self.first_at = recorded_at
        elif recorded_at < self.last_at:
            name_back_dated(position, self.last_at, recorded_at, self._differences)
        self.last_at = recorded_at


def name_back_dated(position: int, before: datetime, recorded_at: datetime, differences: Differences) -> None:
    """Name an event that is recorded before the one before it."""
    expected = f"at or after {instant_text(before)}"
    differences.add(_WHERE, position, "recorded_at", expected=expected, found=instant_text(recorded_at))
