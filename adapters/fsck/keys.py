"""The table of append keys: its ranges cover every position exactly once, and say of it what its entries say."""

from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from adapters.fsck.difference import Differences
from domain.ledger.time import instant_text

# Keys after one of them with the first and last events of their ranges, and the head, page by page; primary keys of
# append_key and event.
KEYS: Final = """
SELECT k.actor, k.key, k.first, k.last, k.recorded_at, k.received_at,
       (SELECT head.position FROM ledger.head AS head) AS head,
       begun.entry, begun.recorded_at AS first_at, ended.recorded_at AS last_at
FROM (
    SELECT * FROM ledger.append_key AS each WHERE (each.actor, each.key) > ($1, $2)
    ORDER BY each.actor, each.key LIMIT $3
) AS k
LEFT JOIN LATERAL (
    SELECT e.entry, e.recorded_at FROM ledger.event AS e WHERE e.position = k.first LIMIT 1
) AS begun ON true
LEFT JOIN LATERAL (SELECT e.recorded_at FROM ledger.event AS e WHERE e.position = k.last LIMIT 1) AS ended ON true
"""

_PAGE: Final = 500
_WHERE: Final = "append_key"


class By(msgspec.Struct):
    """Of an actor the person."""

    person: str


class Received(msgspec.Struct):
    """Of an entry who acted, and when it arrived."""

    actor: By
    received_at: str


_RECEIVED: Final = msgspec.json.Decoder(Received)


async def check_keys(connection: asyncpg.Connection, *, upto: int, differences: Differences) -> int:
    """Check all keys; every position up to ``upto`` must be covered. How many keys there are.

    In memory is one bit for each position.
    """
    covered = bytearray(upto // 8 + 1)
    keys = 0
    actor, key = "", UUID(int=0)
    # Keys come in no order of theirs, those of this minute among them: one that begins beyond ``upto`` is looked at
    # as well, and covers nothing here.
    while rows := await connection.fetch(KEYS, actor, key, _PAGE):
        for row in rows:
            _check(row, differences)
            _cover(row, upto, covered, differences)
        keys += len(rows)
        actor, key = rows[-1]["actor"], rows[-1]["key"]
    for at, bits in enumerate(covered):
        if bits != 0xFF:
            for position in range(max(8 * at, 1), min(8 * at + 8, upto + 1)):
                if not bits & 1 << position % 8:
                    differences.add(_WHERE, position, "first", expected="a key that covers it", found="none")
    return keys


def _check(row: Any, differences: Differences) -> None:
    first, last, head = row["first"], row["last"], row["head"]
    if not 1 <= first <= last or (head is not None and last > head):
        differences.add(_WHERE, first, "last", expected=f"from {first} to {head}", found=last)
        return
    if row["entry"] is None:
        return  # the row itself is missed where rows are checked
    try:
        said = _RECEIVED.decode(row["entry"])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return  # named where rows are checked
    for name, expected, found in (
        ("actor", said.actor.person, row["actor"]),
        ("received_at", said.received_at, instant_text(row["received_at"])),
        ("recorded_at", instant_text(row["first_at"]), instant_text(row["recorded_at"])),
    ):
        if expected != found:
            differences.add(_WHERE, first, name, expected=expected, found=found)
    if row["last_at"] is not None and row["last_at"] != row["first_at"]:
        at = instant_text(row["last_at"])
        differences.add(_WHERE, last, "last", expected=f"an event of {instant_text(row['first_at'])}", found=at)


def _cover(row: Any, upto: int, covered: bytearray, differences: Differences) -> None:
    for position in range(max(row["first"], 1), min(row["last"], upto) + 1):
        at, bit = position // 8, 1 << position % 8
        if covered[at] & bit:
            differences.add(_WHERE, position, "first", expected="one key that covers it", found="another as well")
        covered[at] |= bit
