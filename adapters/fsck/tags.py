"""The tag rows against the tags inside the entries.

Every tag of an entry is looked for by its row; then the rows are counted, range by range. Where there are more rows
than entries have tags, each row of that range is looked for in its entry.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg
import msgspec

from adapters.fsck.difference import Differences
from adapters.fsck.rehash import RANGE

# Which of these tags have no row; primary key of event_tag.
MISSING_TAGS: Final = """
SELECT given.tag, given.position FROM unnest($1::text[], $2::bigint[]) AS given (tag, position)
WHERE NOT EXISTS (SELECT FROM ledger.event_tag AS t WHERE t.tag = given.tag AND t.position = given.position)
"""

# How many rows each range of $2 positions has, up to $1 and beyond the head of the same snapshot; all of event_tag.
TAGS_COUNTED: Final = """
SELECT (t.position - 1) / $2::bigint AS range, count(*) AS rows FROM ledger.event_tag AS t
WHERE t.position <= $1 OR t.position > (SELECT head.position FROM ledger.head AS head)
GROUP BY 1
"""

# The rows of a range after one of them, page by page; primary key of event_tag.
TAGS_OF_RANGE: Final = """
SELECT t.tag, t.position FROM ledger.event_tag AS t
WHERE (t.tag, t.position) > ($1, $2) AND (t.position - 1) / $3::bigint = $4
  AND (t.position <= $5 OR t.position > (SELECT head.position FROM ledger.head AS head))
ORDER BY t.tag, t.position LIMIT $6
"""

# The entries of these positions; primary key of event.
ENTRIES_AT: Final = "SELECT position, entry FROM ledger.event WHERE position = ANY ($1::bigint[])"

_PAGE: Final = 5_000


class Tagged(msgspec.Struct):
    """Of an entry its tags."""

    tags: tuple[str, ...]


_TAGGED: Final = msgspec.json.Decoder(Tagged)


async def check_tags(connection: asyncpg.Connection, tags: Sequence[tuple[str, int]], differences: Differences) -> int:
    """Name the tags of entries that have no row; how many have one."""
    rows = await connection.fetch(MISSING_TAGS, [tag for tag, _ in tags], [position for _, position in tags])
    for tag, position in sorted(rows, key=lambda row: (row[1], row[0])):
        differences.add("event_tag", position, "tag", expected=tag, found="no row")
    return len(tags) - len(rows)


async def check_tag_rows(
    connection: asyncpg.Connection, *, upto: int, tags: Mapping[int, int], differences: Differences
) -> int:
    """Name the rows that no entry up to position ``upto`` accounts for; how many rows there are.

    ``tags`` counts, by the number of the range, the tags of its entries that have their rows.
    """
    counted = {row["range"]: row["rows"] for row in await connection.fetch(TAGS_COUNTED, upto, RANGE)}
    for number, rows in sorted(counted.items()):
        if rows != tags.get(number, 0):
            await _name_forged(connection, number, upto, differences)
    return sum(counted.values())


async def _name_forged(connection: asyncpg.Connection, number: int, upto: int, differences: Differences) -> None:
    tag, position = "", 0
    while rows := await connection.fetch(TAGS_OF_RANGE, tag, position, RANGE, number, upto, _PAGE):
        entries = await connection.fetch(ENTRIES_AT, list({row["position"] for row in rows}))
        known = {(tag, row["position"]) for row in entries for tag in _tags(row["entry"])}
        for tag, position in rows:
            if (tag, position) not in known:
                differences.add("event_tag", position, "tag", expected="no row", found=tag)


def _tags(entry: bytes) -> Sequence[str]:
    try:
        return _TAGGED.decode(entry).tags
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
