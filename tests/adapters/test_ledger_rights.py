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


RIGHTS = """
SELECT n.nspname || '.' || c.relname AS name, r.role,
       string_agg(left(p.privilege, 1), '' ORDER BY p.privilege)
           FILTER (WHERE has_schema_privilege(r.role, n.oid, 'USAGE')
                     AND has_table_privilege(r.role, c.oid, p.privilege))
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,
     unnest('{wenze_writer, wenze_service, wenze_reader}'::text[]) AS r (role),
     unnest('{DELETE, INSERT, SELECT, TRUNCATE, UPDATE}'::text[]) AS p (privilege)
WHERE n.nspname IN ('ledger', 'vault', 'views', 'access') AND c.relkind = 'r'
GROUP BY 1, 2
"""
LEDGER = {"wenze_writer": "S", "wenze_service": "S"}
OTHERS = {
    "ledger.head": LEDGER | {"wenze_reader": "S"},
    "ledger.event_tag": LEDGER | {"wenze_reader": "S"},
    "ledger.event": LEDGER,  # of which a reader may see all columns but the entry
    "ledger.append_key": LEDGER,
    "ledger.alembic_version": LEDGER,
    "vault.key": {"wenze_service": "ISU"},
    "vault.kek": {"wenze_service": "SU"},
    "vault.erased": {"wenze_service": "IS"},
    "vault.part": {"wenze_service": "S"},
    "access.token": {"wenze_service": "ISU"},
    "access.pending_enrolment": {"wenze_service": "DISU"},
}
VIEW = {"wenze_service": "DISU", "wenze_reader": "S"}


async def test_each_role_has_exactly_its_rights_on_every_table(database: asyncpg.Connection) -> None:
    found: dict[str, dict[str, str]] = {}
    for table, role, rights in await database.fetch(RIGHTS):
        found.setdefault(table, {}).update({role: rights} if rights else {})
    assert found.keys() > OTHERS.keys()
    assert found == {table: OTHERS.get(table, VIEW) for table in found}
    assert all(table in OTHERS or table.startswith("views.") for table in found)


async def test_the_public_may_call_nothing(database: asyncpg.Connection) -> None:
    rows = await database.fetch(
        """
        SELECT p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace,
        LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
        WHERE n.nspname = 'ledger' AND acl.grantee = 0
        """
    )
    assert rows == []
    rows = await database.fetch("SELECT prosecdef, proconfig FROM pg_proc WHERE proname IN ('append', 'append_one')")
    assert len(rows) == 2
    assert all(row["prosecdef"] and "search_path=pg_catalog, pg_temp" in row["proconfig"] for row in rows)


SETS = {"ledger.event": "type = 'X'", "ledger.event_tag": "tag = 'a:1'", "ledger.append_key": "first = 0"}


@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE {table} SET {change}" for table, change in (SETS | {"vault.part": "key_id = 'x'"}).items()),
        *(
            statement.format(table)
            for table in (*SETS, "vault.part", "vault.key", "vault.kek", "vault.erased", "ledger.head")
            for statement in ("DELETE FROM {}", "DELETE FROM {} WHERE false", "TRUNCATE {}")
        ),
    ],
)
async def test_even_the_owner_changes_nothing_by_accident(database: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match="only grows") as refused:
        await database.execute(statement)
    assert refused.value.sqlstate == "WZ002"


async def test_a_real_log_takes_no_time_from_anybody(log: object, database: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await database.execute(APPEND.replace("NULL, NULL", "NULL, now()"))
    assert refused.value.sqlstate == "WZ003"


async def test_an_append_works_for_a_login_that_is_only_a_writer(dsn: str, database: asyncpg.Connection) -> None:
    await database.execute("SET ROLE wenze_writer")
    assert await database.fetchval(APPEND) == 1
