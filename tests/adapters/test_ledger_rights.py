"""Who may do what in the database, and what nobody may."""

import asyncpg
import pytest

from tests.adapters.test_event_log_postgres import database, log

__all__ = ["database", "log"]  # fixtures

pytestmark = pytest.mark.log

EVENT = "INSERT INTO ledger.event VALUES (99, gen_random_uuid(), 'X', 'open', now(), '\\x00', sha256('\\x00'::bytea))"
KINDS = (
    "text uuid bytea timestamptz timestamptz int uuid text text text bytea int "
    "int bigint text text text int text text bytea"
)
NOTHING = ", ".join(["NULL, NULL", *(f"'{{}}'::{kind}[]" for kind in KINDS.split())])
APPEND = f"SELECT o_head FROM ledger.append({NOTHING})"


async def allowed(database: asyncpg.Connection, role: str, statement: str) -> bool:
    transaction = database.transaction()
    await transaction.start()
    try:
        await database.execute(f"SET LOCAL ROLE {role}")
        await database.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await transaction.rollback()
    return True


@pytest.mark.parametrize(
    ("statement", "roles"),
    [
        (APPEND, {"wenze_writer", "wenze_service"}),
        (EVENT, set()),
        ("INSERT INTO ledger.event_tag VALUES ('a:1', 1)", set()),
        ("INSERT INTO ledger.append_key SELECT * FROM ledger.append_key", set()),
        ("UPDATE ledger.head SET position = 0", set()),
        ("DELETE FROM ledger.event", set()),
        ("TRUNCATE ledger.event", set()),
        ("SELECT entry FROM ledger.event", {"wenze_writer", "wenze_service"}),
        ("SELECT position, id, type, class, recorded_at, leaf FROM ledger.event",
         {"wenze_writer", "wenze_service", "wenze_reader"}),
        ("SELECT mac FROM ledger.append_key", {"wenze_writer", "wenze_service"}),
        ("SELECT ciphertext FROM vault.part", {"wenze_service"}),
        ("SELECT wrapped FROM vault.key", {"wenze_service"}),
        ("INSERT INTO vault.part VALUES (repeat('a', 64), 'k', '\\x00', 1)", set()),
    ],
)  # fmt: skip
async def test_each_role_may_do_its_own_and_no_more(
    database: asyncpg.Connection, statement: str, roles: set[str]
) -> None:
    there = {"wenze_writer", "wenze_service", "wenze_reader"}
    assert {role for role in there if await allowed(database, role, statement)} == roles


async def test_the_public_may_call_nothing(database: asyncpg.Connection) -> None:
    rows = await database.fetch(
        """
        SELECT p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace,
        LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
        WHERE n.nspname = 'ledger' AND acl.grantee = 0
        """
    )
    assert rows == []
    assert await database.fetchval("SELECT prosecdef FROM pg_proc WHERE oid = 'ledger.append'::regproc")
    settings = await database.fetchval("SELECT proconfig FROM pg_proc WHERE oid = 'ledger.append'::regproc")
    assert "search_path=pg_catalog, pg_temp" in settings


@pytest.mark.parametrize("table", ["event", "event_tag", "append_key"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {}", "DELETE FROM {}", "DELETE FROM {} WHERE false", "TRUNCATE {}"]
)
async def test_even_the_owner_changes_nothing_by_accident(
    database: asyncpg.Connection, table: str, statement: str
) -> None:
    column = {"event": "type = 'X'", "event_tag": "tag = 'a:1'", "append_key": "first = 0"}[table]
    with pytest.raises(asyncpg.PostgresError, match="only grows") as refused:
        await database.execute(statement.format(f"ledger.{table}", column))
    assert refused.value.sqlstate == "WZ002"


async def test_a_real_log_takes_no_time_from_anybody(log: object, database: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await database.execute(APPEND.replace("NULL, NULL", "NULL, now()"))
    assert refused.value.sqlstate == "WZ003"


async def test_an_append_works_for_a_login_that_is_only_a_writer(dsn: str, database: asyncpg.Connection) -> None:
    await database.execute("SET ROLE wenze_writer")
    assert await database.fetchval(APPEND) == 1
