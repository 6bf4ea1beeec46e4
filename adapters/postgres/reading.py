"""Reads of the log. Head and events always come from one statement, hence from one snapshot: an ``after`` taken from a
later statement would let a decision pass that never saw what happened in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from adapters.preparation import query_items
from domain.ledger.query import Query

END: Final = 2**63 - 1
SEALED: Final = frozenset({"sealed", "source"})
"""The classes of few events; the index event_sealed has them and no other."""

# The head, and events of a range of positions; primary key of event.
READ_RANGE: Final = """
SELECT head.position AS head, e.position, e.entry
FROM ledger.head AS head
LEFT JOIN LATERAL (
    SELECT event.position, event.entry FROM ledger.event AS event
    WHERE event.position > $1 AND event.position <= $2 AND ($4::text[] IS NULL OR event.class = ANY ($4))
    ORDER BY event.position LIMIT $3
) AS e ON true
"""

# The same for a reader of nothing but sealed matters, which are few among many: index event_sealed, for each class.
# By position, as above, all other events would be looked at for each of theirs; that index has none of them.
READ_SEALED: Final = """
SELECT head.position AS head, e.position, e.entry
FROM ledger.head AS head
LEFT JOIN LATERAL (
    SELECT event.position, event.entry
    FROM unnest($4::text[]) AS wanted (class)
    CROSS JOIN LATERAL (
        SELECT x.position, x.entry FROM ledger.event AS x
        WHERE x.class IN ('sealed', 'source')
          AND (x.class, x.position) > (wanted.class, $1) AND (x.class, x.position) <= (wanted.class, $2)
        ORDER BY x.class, x.position LIMIT $3
    ) AS event
    ORDER BY event.position LIMIT $3
) AS e ON true
"""

# The head, and the events that any item selects. An item is (types, a tag, its other tags), each by spaces: with a
# tag it is found by the primary key of event_tag, without by event_type_position; the events by the key of event.
# Each item gives at most the limit, as the first of all are among the first of each. The pairs (type, position) are
# compared as pairs, so that no plan can look for a rare type through all positions. The classes are a filter: what is
# looked at is bounded by the events of the tags and types that were asked for.
READ_SELECTED: Final = """
SELECT head.position AS head, e.position, e.entry
FROM ledger.head AS head
LEFT JOIN LATERAL (
    SELECT event.position, event.entry
    FROM (
        SELECT tagged.position
        FROM unnest($5::text[], $6::text[], $7::text[]) AS item (types, tag, tags)
        CROSS JOIN LATERAL (
            SELECT t.position
            FROM ledger.event_tag AS t
            CROSS JOIN LATERAL (
                SELECT x.type, x.class FROM ledger.event AS x WHERE x.position = t.position LIMIT 1
            ) AS x
            WHERE t.tag = item.tag AND t.position > $1 AND t.position <= $2
              AND (item.types = '' OR x.type = ANY (string_to_array(item.types, ' ')))
              AND ($4::text[] IS NULL OR x.class = ANY ($4))
              AND (item.tags = '' OR NOT EXISTS (
                  SELECT FROM unnest(string_to_array(item.tags, ' ')) AS other (tag)
                  WHERE NOT EXISTS (
                      SELECT FROM ledger.event_tag AS o WHERE o.tag = other.tag AND o.position = t.position
                  )
              ))
            ORDER BY t.position LIMIT $3
        ) AS tagged
        WHERE item.tag <> ''
        UNION
        SELECT typed.position
        FROM unnest($5::text[], $6::text[]) AS item (types, tag)
        CROSS JOIN LATERAL unnest(string_to_array(item.types, ' ')) AS wanted (type)
        CROSS JOIN LATERAL (
            SELECT x.position FROM ledger.event AS x
            WHERE (x.type, x.position) > (wanted.type, $1) AND (x.type, x.position) <= (wanted.type, $2)
              AND ($4::text[] IS NULL OR x.class = ANY ($4))
            ORDER BY x.type, x.position LIMIT $3
        ) AS typed
        WHERE item.tag = ''
        ORDER BY position LIMIT $3
    ) AS selected
    CROSS JOIN LATERAL (
        SELECT event.position, event.entry FROM ledger.event AS event WHERE event.position = selected.position LIMIT 1
    ) AS event
) AS e ON true
"""

# The last position recorded at or before an instant. recorded_at never decreases along positions, so halving finds
# it: one look by the primary key of event for each step.
RECORDED_UNTIL: Final = """
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, head.position FROM ledger.head AS head
    UNION ALL
    SELECT CASE WHEN middle.recorded_at <= $1 THEN middle.position ELSE low END,
           CASE WHEN middle.recorded_at <= $1 THEN high ELSE middle.position - 1 END
    FROM search
    CROSS JOIN LATERAL (
        SELECT event.position, event.recorded_at FROM ledger.event AS event
        WHERE event.position = (low + high + 1) / 2 LIMIT 1
    ) AS middle
    WHERE low < high
)
SELECT low FROM search WHERE low = high
"""

# Where the log ends and what it is; one row.
HEAD: Final = "SELECT origin, format, simulated, position, recorded_at, clock_timestamp() AS clock FROM ledger.head"


@dataclass(frozen=True, slots=True)
class Entries:
    """Stored bytes with their positions, and the head of the same snapshot."""

    entries: Sequence[tuple[int, bytes]]
    head: int


async def read_entries(
    connection: asyncpg.Pool,
    query: Query,
    *,
    after: int = 0,
    upto: int | None = None,
    limit: int | None = None,
    classes: frozenset[str] | None = None,
) -> Entries:
    """The entries that ``EventLog.read`` promises, undecoded."""
    end = END if upto is None else upto
    allowed = None if classes is None else sorted(classes)
    if not query.items:
        statement = READ_SEALED if classes is not None and classes <= SEALED else READ_RANGE
        rows = await connection.fetch(statement, after, end, limit, allowed)
    else:
        items = query_items(query)
        rows = await connection.fetch(
            READ_SELECTED,
            after,
            end,
            limit,
            allowed,
            [item.types for item in items],
            [item.tag for item in items],
            [item.tags for item in items],
        )
    head: int = rows[0]["head"]
    entries = [(row["position"], row["entry"]) for row in rows if row["position"] is not None]
    entries.sort()  # the statement's outer join promises no order; they come in it, so this is one pass
    return Entries(entries, head)


async def read_recorded_until(connection: asyncpg.Pool, instant: datetime) -> int:
    """The greatest position with ``recorded_at <= instant``; 0 when the log began later."""
    position: int = await connection.fetchval(RECORDED_UNTIL, instant)
    return position
