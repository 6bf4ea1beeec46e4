"""Every statement of the log reaches its rows by the index that its comment names, with plans made on empty tables too.

A plan is asked for as it runs: with the settings of its connection, generic, and with real statistics.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.fsck import erasures
from adapters.fsck.head import HEAD_AND_ENDS
from adapters.fsck.keys import KEYS
from adapters.fsck.parts import PARTS
from adapters.fsck.range_check import ROWS
from adapters.fsck.rehash import ENTRIES
from adapters.fsck.tags import ENTRIES_AT, MISSING_TAGS, TAGS_OF_RANGE
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.pool import INDEX_PLANS
from adapters.postgres.reading import READ_RANGE, READ_SEALED, READ_SELECTED, RECORDED_UNTIL
from adapters.publisher.recovering import PARTS_LOST, READ_BACK
from adapters.publisher.rows import ADOPTED, CONTINUED, READ_LEAVES, READ_ROWS
from tests.adapters.happenings import Whispered, appending, happened
from tests.adapters.test_event_log_postgres import database, log

__all__ = ["database", "log"]  # fixtures

pytestmark = pytest.mark.log

FILL = """
WITH numbers AS (SELECT n FROM generate_series(2, 5000) AS n),
events AS (
    INSERT INTO ledger.event
    SELECT n, gen_random_uuid(), 'Type' || n % 7, CASE WHEN n % 500 = 7 THEN 'sealed' ELSE 'open' END, now(),
           '\\x00', sha256('\\x00'::bytea)
    FROM numbers RETURNING position
),
tags AS (INSERT INTO ledger.event_tag SELECT tag, n FROM numbers,
         unnest(ARRAY['item:' || n, 'school:' || n % 403, 'bureau:one']) AS tag RETURNING tag)
UPDATE ledger.head SET position = 5000;

INSERT INTO ledger.append_key SELECT 'p' || n, gen_random_uuid(), n, n, now(), now(), '\\x00'
FROM generate_series(2, 5000) AS n;
INSERT INTO vault.key (key_id, subject, purpose, term, destroyed_at)
SELECT 'p' || n, 'p' || n, 'name', 2020, now() FROM generate_series(2, 5000) AS n;
INSERT INTO vault.part SELECT encode(sha256(n::text::bytea), 'hex'), 'p' || n, '\\x00', n
FROM generate_series(2, 5000) AS n
"""

RANGE = (10, 2**62, 100, None)
OPEN = (10, 2**62, 100, ["open", "office"])
RARE = (10, 2**62, 100, ["sealed"])
TAGGED, TYPED = {"event_tag_pkey", "event_pkey"}, {"event_type_position", "event_pkey"}
CASES: dict[str, tuple[str, tuple[Any, ...], set[str]]] = {
    "reading.READ_RANGE": (READ_RANGE, RANGE, {"event_pkey"}),
    "reading.READ_RANGE of the common classes": (READ_RANGE, OPEN, {"event_pkey"}),
    "reading.READ_SEALED": (READ_SEALED, RARE, {"event_sealed"}),
    "reading.READ_SEALED of both": (READ_SEALED, (10, 2**62, 100, ["sealed", "source"]), {"event_sealed"}),
    "reading.READ_SELECTED": (READ_SELECTED, (*RANGE, [""], ["item:20"], [""]), TAGGED),
    "reading.READ_SELECTED by both": (READ_SELECTED, (*RANGE, ["Type1 Type2"], ["school:7"], ["item:813"]), TAGGED),
    "reading.READ_SELECTED by types": (READ_SELECTED, (*RANGE, ["Type1 Type2"], [""], [""]), TYPED),
    "reading.READ_SELECTED of a common class": (READ_SELECTED, (*OPEN, ["Type1"], [""], [""]), TYPED),
    "reading.READ_SELECTED of a rare class": (READ_SELECTED, (*RARE, [""], ["school:7"], [""]), TAGGED),
    "erasures.DESTROYED": (erasures.DESTROYED, ("p1", 100), {"key_pkey", "part_key"}),
    "erasures.APPROVED": (erasures.APPROVED, (), {"event_type_position"}),
    "rows.READ_ROWS": (READ_ROWS, (10, 100), {"event_pkey"}),
    "rows.READ_LEAVES": (READ_LEAVES, (10, 100), {"event_pkey"}),
    "rows.ADOPTED": (ADOPTED, (), {"event_type_position"}),
    "rows.CONTINUED": (CONTINUED, (), {"event_type_position"}),
    "recovering.READ_BACK": (READ_BACK, (10, 100), {"event_pkey"}),
    "recovering.PARTS_LOST": (PARTS_LOST, (["0" * 64],), {"part_pkey"}),
    "rehash.ENTRIES": (ENTRIES, (10, 100), {"event_pkey"}),
    "range_check.ROWS": (ROWS, (10, 100), {"event_pkey"}),
    "head.HEAD_AND_ENDS": (HEAD_AND_ENDS, (), {"event_pkey"}),
    "tags.MISSING_TAGS": (MISSING_TAGS, (["item:20", "item:21"], [20, 22]), {"event_tag_pkey"}),
    "tags.TAGS_OF_RANGE": (TAGS_OF_RANGE, ("item:20", 20, 65536, 0, 5000, 100), {"event_tag_pkey"}),
    "tags.ENTRIES_AT": (ENTRIES_AT, ([20, 21],), {"event_pkey"}),
    "keys.KEYS": (KEYS, ("p20", UUID(int=0), 100), {"append_key_pkey", "event_pkey"}),
    "parts.PARTS": (PARTS, ([sha256(b"20").hexdigest()],), {"part_pkey", "key_pkey"}),
    "reading.RECORDED_UNTIL": (RECORDED_UNTIL, (datetime(2999, 1, 1, tzinfo=UTC),), {"event_pkey"}),
}


@pytest.mark.parametrize("filled_before_planning", [True, False])
@pytest.mark.parametrize("name", CASES)
async def test_reads_use_their_index(database: asyncpg.Connection, name: str, filled_before_planning: bool) -> None:
    statement, arguments, indexes = CASES[name]
    for setting, value in INDEX_PLANS.items():
        await database.execute(f"SET {setting} = {value}")
    explain = await database.prepare(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
    if not filled_before_planning:
        await explain.fetchval(*arguments)
    await database.execute(FILL)
    if filled_before_planning:
        await database.execute("ANALYZE")
        explain = await database.prepare(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
    plan = json.loads(await explain.fetchval(*arguments))[0]
    nodes = list(walk(plan["Plan"]))
    ran = {node["Index Name"] for node in nodes if "Index Name" in node and node["Actual Loops"]}
    assert ran == indexes
    assert {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} <= {"head"}
    # Whatever is joined how: few rows were looked at for what was asked.
    looked_at = sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in nodes
        if "Index Name" in node
    )
    assert looked_at < 1_000, plan


async def test_the_last_position_by_an_instant_is_found_by_halving(database: asyncpg.Connection) -> None:
    await database.execute(FILL)
    await database.execute("ANALYZE ledger.event")
    for name, value in INDEX_PLANS.items():
        await database.execute(f"SET {name} = {value}")
    plan = json.loads(
        await database.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {RECORDED_UNTIL.replace('$1', 'now()')}")
    )
    nodes = list(walk(plan[0]["Plan"]))
    looks = sum(node["Actual Loops"] for node in nodes if node.get("Index Name") == "event_pkey")
    assert 0 < looks <= 14


async def test_a_reader_of_a_rare_class_is_given_it_by_its_index(log: PostgresEventLog) -> None:
    whispered = [(await log.append(appending(Whispered(what=str(n)), happened("and")))).first for n in range(3)]
    for classes in ({"sealed"}, {"sealed", "source"}):
        reading = await log.read(after=whispered[0], limit=5, classes=frozenset(classes))
        assert [each.position for each in reading.events] == whispered[1:]
        assert reading.head == 7
    assert [each.position for each in (await log.read(limit=1, classes=frozenset({"sealed"}))).events] == whispered[:1]
    assert (await log.read(classes=frozenset({"source"}))).events == []
    assert (await log.read(upto=whispered[0], classes=frozenset({"sealed"}))).events[0].position == whispered[0]


def walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)
