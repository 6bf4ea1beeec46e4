"""Whatever an append asks of the ledger, inside the function too, it finds by an index: looked at while it happens.

The server counts what a transaction has scanned, row by row and index by index. No plan need be got out of a function.
"""

from collections.abc import Sequence
from hashlib import md5, sha256
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
import pytest

from adapters.postgres.append import Status, call_append
from adapters.preparation import Prepared, prepare
from domain.ledger.ports import SealedPart
from domain.ledger.query import Condition
from tests.adapters.happenings import appending, happened, item, nothing_about, query
from tests.adapters.test_event_log_postgres import database

__all__ = ["database"]  # fixtures

pytestmark = pytest.mark.log

# Every function through which events are stored. All calls below go the way of production, which chooses among them.
FUNCTIONS: Final = ("ledger.append", "ledger.append_one")

EVENTS: Final = 20_000
FILL: Final = """
WITH numbers AS (SELECT n FROM generate_series(2, $1::bigint) AS n),
events AS (
    INSERT INTO ledger.event
    SELECT n, gen_random_uuid(), 'Type' || n % 7, 'open', now(), '\\x00', sha256('\\x00'::bytea)
    FROM numbers RETURNING position
),
tags AS (INSERT INTO ledger.event_tag SELECT tag, n FROM numbers,
         unnest(ARRAY['item:' || n, 'school:' || n % 403, 'bureau:one']) AS tag RETURNING tag),
keys AS (INSERT INTO ledger.append_key SELECT 'p' || n % 403, md5(n::text)::uuid, n, n, now(), now(), sha256('known')
         FROM numbers RETURNING key),
vault AS (INSERT INTO vault.key SELECT 'person-' || n || '/note/2026', 'person-' || n, 'note', 2026, '\\x00', now(),
                 NULL, repeat('a', 16) FROM numbers RETURNING key_id)
UPDATE ledger.head SET position = $1
"""
STORING: Final = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.pronamespace = 'ledger'::regnamespace AND p.prorettype <> 'trigger'::regtype
"""
SCANNED: Final = """
SELECT c.relname, c.relkind = 'r' AS is_table, pg_stat_get_xact_tuples_returned(c.oid) AS looked_at
FROM pg_class AS c WHERE c.relnamespace IN ('ledger'::regnamespace, 'vault'::regnamespace) AND c.relname !~ '^head'
  AND c.relkind IN ('r', 'i')
"""


def new(*tags: str, condition: Condition | None = None, parts: tuple[SealedPart, ...] = ()) -> Prepared:
    return prepare(appending(happened("x", *tags), condition=condition, sealed=parts))


TYPES = ("Type1", "Type2")
UNIQUE = new("item:new", condition=nothing_about("item:new"))
TAGGED = Condition(query(item("item:7", "school:7", types=("Type6",)), item("school:8", types=TYPES)), EVENTS - 2_000)
TYPED = Condition(query(item(types=("Happened", *TYPES))), EVENTS)
SEALED = new("item:sealed", parts=(SealedPart("a" * 64, "person-7/note/2026", b"cipher"),))
CALLS: dict[str, tuple[Sequence[Prepared], list[Status]]] = {
    "one with a unique tag": ([UNIQUE], [Status.STORED]),
    "one with types and tags": ([new("a:1", condition=TAGGED)], [Status.CONDITION_FAILED]),
    "one with types alone": ([new("a:1", condition=TYPED)], [Status.STORED]),
    "one whose tag is taken": ([new(condition=nothing_about("item:7"))], [Status.CONDITION_FAILED]),
    "one with a sealed part": ([SEALED], [Status.STORED]),
    "one that is known": ([new("known:7")], [Status.DUPLICATE]),
    "one whose key is of another request": ([new("reused:7")], [Status.KEY_REUSED]),
    "two": ([UNIQUE, new("known:8")], [Status.STORED, Status.DUPLICATE]),
    "several": (
        [UNIQUE, new("a:1", condition=TAGGED), new("a:1", condition=TYPED), SEALED, new("known:7"), new("reused:8")],
        [Status.STORED, Status.CONDITION_FAILED, Status.STORED, Status.STORED, Status.DUPLICATE, Status.KEY_REUSED],
    ),
}  # fmt: skip


async def statuses_of(database: asyncpg.Connection, batch: Sequence[Prepared]) -> list[Status]:
    """Append a batch as production does; an event about ``known:n`` has the key and the request of position n."""
    appends, macs = [], []
    for append in batch:
        kind, _, number = (append.templates[0].tags or (":",))[0].partition(":")
        if kind in ("known", "reused"):
            key = str(UUID(md5(number.encode(), usedforsecurity=False).hexdigest()))
            append = msgspec.structs.replace(append, actor=f"p{int(number) % 403}", key=key)  # noqa: PLW2901
        appends.append(append)
        macs.append(sha256(b"known" if kind == "known" else b"new").digest())
    answer = await call_append(database, appends, macs, clock_seen=None, simulated_now=None)
    return [outcome.status for outcome in answer.outcomes]


async def scanned_by(database: asyncpg.Connection, call: str) -> tuple[set[str], int]:
    """The tables that a call read row by row, and how many entries of indexes it looked at."""
    batch, expected = CALLS[call]
    began = database.transaction()
    await began.start()
    before = {row["relname"]: row["looked_at"] for row in await database.fetch(SCANNED)}
    assert await statuses_of(database, batch) == expected
    rows: list[Any] = await database.fetch(SCANNED)
    await began.rollback()
    scanned = {row["relname"] for row in rows if row["is_table"] and row["looked_at"] > before[row["relname"]]}
    return scanned, sum(row["looked_at"] - before[row["relname"]] for row in rows if not row["is_table"])


async def test_every_function_that_stores_is_looked_at(database: asyncpg.Connection) -> None:
    found = {row[0].partition("(")[0] for row in await database.fetch(STORING)}
    assert found == set(FUNCTIONS)


@pytest.mark.parametrize("planned", ["on empty tables", "with statistics"])
async def test_an_append_looks_at_few_entries_and_scans_no_table(database: asyncpg.Connection, planned: str) -> None:
    if planned == "on empty tables":
        for batch in ([new("first:1")], [new("first:2"), new("first:3", condition=nothing_about("first:3"))]):
            began = database.transaction()
            await began.start()
            await statuses_of(database, batch)
            await began.rollback()
    await database.execute("UPDATE vault.kek SET id = repeat('a', 16)")
    await database.execute(FILL, EVENTS)
    if planned == "with statistics":
        await database.execute(
            "ANALYZE ledger.event; ANALYZE ledger.event_tag; ANALYZE ledger.append_key; ANALYZE vault.key"
        )
    for call in CALLS:
        scanned, looked_at = await scanned_by(database, call)
        assert not scanned, call
        assert looked_at < 200, call


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_a_function_that_scans_is_noticed(database: asyncpg.Connection, function: str) -> None:
    """Without this one, a function that no call reaches would count as guarded."""
    await database.execute("UPDATE vault.kek SET id = repeat('a', 16)")
    await database.execute(FILL, 500)
    for setting in ("enable_indexscan = off", "enable_indexonlyscan = off", "enable_seqscan = on"):
        await database.execute(f"ALTER FUNCTION {function} SET {setting}")
    scanned: set[str] = set()
    for call in ("one with a unique tag", "two"):
        scanned |= (await scanned_by(database, call))[0]
    assert {"event_tag", "append_key"} <= scanned
