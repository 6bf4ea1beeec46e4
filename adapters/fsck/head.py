"""The row of the head against the events, and against what the first of them says of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import msgspec

from adapters.fsck.difference import Differences
from adapters.postgres.log_head import HEAD
from adapters.publisher.rows import PostgresRows
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.errors import MalformedError
from domain.evidence.note import parse_vkey
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


@dataclass(frozen=True, slots=True)
class Names:
    """What the events say that the log was called: ``continued`` are the last checkpoints under earlier names.

    ``now`` is what it is called today, None where no event tells yet; ``head`` what its head says.
    """

    continued: Sequence[Checkpoint]
    now: str | None
    head: str | None

    def is_earlier(self, checkpoint: Checkpoint) -> bool:
        """Whether the log has left this checkpoint behind, with the name that it is under."""
        return checkpoint in self.continued and checkpoint.origin != self.head


async def fetch_names(connection: asyncpg.Connection) -> Names:
    """The names in the log's own events; those that cannot be read are named where entries are checked."""
    rows, head = PostgresRows(connection), await connection.fetchval(HEAD)
    try:
        continued = await rows.continued()
        adopted = [parse_vkey(each.vkey).name for each in await rows.adopted()]
    except (msgspec.DecodeError, UnicodeDecodeError, MalformedError, ValueError):
        return Names((), None, head)
    earlier = {each.origin for each in continued}
    return Names(continued, next((name for name in reversed(adopted) if name not in earlier), None), head)


async def check_head(
    connection: asyncpg.Connection, *, names: Names, signed: int, differences: Differences
) -> Head | None:
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
        _compare(row, opening, names, differences)
    end = max(head, signed)
    if last < end:
        differences.add(_EVENT, last + 1, "position", expected=f"rows up to {end}", found="nothing")
    elif last > head:
        found = f"rows up to {last}"
        differences.add(_EVENT, head + 1, "position", expected="no row after the head", found=found)
    return Head(origin, head, min(head, last))


def _compare(row: Any, opening: Opening | None, names: Names, differences: Differences) -> None:
    if row["own_at"] is not None and row["own_at"] != row["recorded_at"]:
        expected, found = instant_text(row["own_at"]), instant_text(row["recorded_at"])
        differences.add(_HEAD, row["position"], "recorded_at", expected=expected, found=found)
    if opening is not None:
        for name, said in (
            ("origin", _origin(opening, names)),
            ("format", opening.format),
            ("simulated", opening.clock == "simulated"),
        ):
            if said != row[name]:
                differences.add(_HEAD, 1, name, expected=said, found=row[name])


def _origin(opening: Opening, names: Names) -> str:
    if not names.continued:
        return opening.origin
    if names.now is None and names.head not in {each.origin for each in names.continued}:
        return str(names.head)  # renamed, and no key of the new name was adopted yet
    return names.now or "a name that it has not left"


def _opening(entry: Any) -> Opening | None:
    try:
        first = _FIRST.decode(entry or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return first.payload if first.type == "LogOpened" else None
