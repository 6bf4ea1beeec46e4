"""Every statement of the log reaches its rows by the index that its comment names, with plans made on empty tables too.

A plan is asked for as it runs: with the settings of its connection, generic, and with real statistics.
"""

import json
from typing import Any

import asyncpg
import pytest

from adapters.postgres.pool import INDEX_PLANS
from adapters.postgres.reading import READ_RANGE, READ_SELECTED, RECORDED_UNTIL
from tests.adapters.test_event_log_postgres import database

__all__ = ["database"]  # fixtures

pytestmark = pytest.mark.log

FILL = """
WITH numbers AS (SELECT n FROM generate_series(2, 5000) AS n),
events AS (
    INSERT INTO ledger.event
    SELECT n, gen_random_uuid(), 'Type' || n % 7, 'open', now(), '\\x00', sha256('\\x00'::bytea)
    FROM numbers RETURNING position
),
tags AS (INSERT INTO ledger.event_tag SELECT tag, n FROM numbers,
         unnest(ARRAY['item:' || n, 'school:' || n % 403, 'bureau:one']) AS tag RETURNING tag)
UPDATE ledger.head SET position = 5000
"""

RANGE = (10, 2**62, 100, None)
CASES = [
    (READ_RANGE, RANGE, {"event_pkey"}),
    (READ_SELECTED, (*RANGE, [""], ["item:20"], [""]), {"event_tag_pkey", "event_pkey"}),
    (READ_SELECTED, (*RANGE, ["Type1 Type2"], ["school:7"], ["item:813"]), {"event_tag_pkey", "event_pkey"}),
    (READ_SELECTED, (*RANGE, ["Type1 Type2"], [""], [""]), {"event_type_position", "event_pkey"}),
]


@pytest.mark.parametrize("filled_before_planning", [True, False])
@pytest.mark.parametrize(("statement", "arguments", "indexes"), CASES)
async def test_reads_use_their_index(
    database: asyncpg.Connection,
    statement: str,
    arguments: tuple[Any, ...],
    indexes: set[str],
    filled_before_planning: bool,
) -> None:
    for name, value in INDEX_PLANS.items():
        await database.execute(f"SET {name} = {value}")
    explain = await database.prepare(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
    if not filled_before_planning:
        await explain.fetchval(*arguments)
    await database.execute(FILL)
    if filled_before_planning:
        await database.execute("ANALYZE ledger.event; ANALYZE ledger.event_tag")
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


def walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)
