"""The row of the head against the events, and against what the first of them says of the log."""

from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import msgspec

from adapters.fsck.difference import Differences
from domain.ledger.time import instant_text

# The head, and the first event, the last, and the head's own, in one snapshot; primary key of event.
HEAD_AND_ENDS: Final = """
SELECT head.origin, head.format, head.simulated, head.position, head.recorded_at,
       first.position AS first, first.entry, last.position AS last, own.recorded_at AS own_at
FROM (SELECT) AS once
LEFT JOIN ledger.head AS head ON true
LEFT JOIN LATERAL (SELECT e.position, e.entry FROM ledger.event AS e ORDER BY e.position LIMIT 1) AS first ON true
LEFT JOIN LATERAL (SELECT e.position FROM ledger.event AS e ORDER BY e.position DESC LIMIT 1) AS last ON true
LEFT JOIN LATERAL (SELECT e.recorded_at FROM ledger.event AS e WHERE e.position = head.position LIMIT 1) AS own ON true
"""

_HEAD: Final = "head"
_EVENT: Final = "event"


class Opening(msgspec.Struct):
    """Of LogOpened what the head repeats."""

    origin: str
    format: int
    clock: str


class First(msgspec.Struct):
    """Of the first entry."""

    type: str
    payload: Opening


_FIRST: Final = msgspec.json.Decoder(First)


@dataclass(frozen=True, slots=True)
class Head:
    """Which log it is, where its head stands, and how many events are looked at: those up to there that have rows."""

    origin: str
    position: int
    size: int


async def check_head(connection: asyncpg.Connection, *, signed: int, differences: Differences) -> Head | None:
    """Check the head; ``signed`` is the size that was signed before. None when there is no log at all."""
    row = await connection.fetchrow(HEAD_AND_ENDS)
    if row is None or (row["origin"] is None and row["last"] is None):
        if signed:
            differences.add(_EVENT, 1, "position", expected=f"rows up to {signed}", found="nothing")
        return None
    last = row["last"] or 0
    opening = _opening(row["entry"])
    if row["first"] is not None and row["first"] < 1:
        differences.add(_EVENT, row["first"], "position", expected="at least 1", found=row["first"])
    if opening is None:
        differences.add(_EVENT, 1, "type", expected="LogOpened", found="another entry, or none")
    if row["origin"] is None:
        differences.add(_HEAD, last, "position", expected=last, found="no row")
        head, origin = last, opening.origin if opening else ""
    else:
        head, origin = row["position"], row["origin"]
        _compare(row, opening, differences)
    end = max(head, signed)
    if last < end:
        differences.add(_EVENT, last + 1, "position", expected=f"rows up to {end}", found="nothing")
    elif last > head:
        found = f"rows up to {last}"
        differences.add(_EVENT, head + 1, "position", expected="no row after the head", found=found)
    return Head(origin, head, min(head, last))


def _compare(row: Any, opening: Opening | None, differences: Differences) -> None:
    if row["own_at"] is not None and row["own_at"] != row["recorded_at"]:
        expected, found = instant_text(row["own_at"]), instant_text(row["recorded_at"])
        differences.add(_HEAD, row["position"], "recorded_at", expected=expected, found=found)
    if opening is not None:
        for name, said in (
            ("origin", opening.origin),
            ("format", opening.format),
            ("simulated", opening.clock == "simulated"),
        ):
            if said != row[name]:
                differences.add(_HEAD, 1, name, expected=said, found=row[name])


def _opening(entry: Any) -> Opening | None:
    try:
        first = _FIRST.decode(entry or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return first.payload if first.type == "LogOpened" else None
