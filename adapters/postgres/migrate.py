"""Bring a database to the newest version and open its log: schemas, roles, the head, ``LogOpened`` at position 1."""

import asyncio
import hashlib
import hmac
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5

import asyncpg
from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.ids import uuid7
from adapters.postgres.append import call_append
from adapters.preparation import prepare
from domain.evidence.canonical_json import canonical_json
from domain.ledger.entry import FORMAT, MACHINE, Actor, Context
from domain.ledger.errors import WenzeError
from domain.ledger.events import LogOpened
from domain.ledger.ports import Append

SIMULATED_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When a simulated log is opened unless said otherwise; its scenario can only play later."""

ROLES: Final = ("wenze_writer", "wenze_service", "wenze_reader")
# Alembic keeps the running migration in globals of the process: one at a time, whichever thread or loop asks.
_ALEMBIC: Final = threading.Lock()
_VERSIONS: Final = Path(__file__).resolve().parents[2] / "alembic"

# Which roles there are and whether we may create more; no index, a handful of rows.
ROLES_THERE = """
SELECT ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[])) AS there,
       (SELECT rolsuper OR rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user) AS may_create
"""

# The one row of the head, unless it is there; primary key of head.
OPEN_HEAD = """
INSERT INTO ledger.head (origin, format, simulated, position, recorded_at) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT DO NOTHING
"""

# The version of the schemas; one row.
VERSION = "SELECT version_num FROM ledger.alembic_version"

# Whose log this is; one row.
HEAD = "SELECT origin, format, simulated FROM ledger.head"

# The database's clock.
NOW = "SELECT clock_timestamp()"


class RolesMissing(WenzeError):
    """The roles are missing and this user may not create them; ``sql`` is for the DBA."""

    code = "roles_missing"

    def __init__(self, sql: str) -> None:
        super().__init__(f"this user may not create roles; let the DBA run:\n{sql}", sql=sql)
        self.sql = sql


class AnotherLog(WenzeError):
    """The database already holds a log with another origin, format or clock."""

    code = "another_log"


async def migrate(
    dsn: str,
    *,
    origin: str,
    clock: Literal["real", "simulated"] = "real",
    opened_at: datetime | None = None,
) -> None:
    """Migrate and open the log; harmless when repeated, at the same time too.

    ``opened_at`` is the time of ``LogOpened`` in a simulated log; a real one takes it from the database.
    Raises RolesMissing, AnotherLog.
    """
    connection = await asyncpg.connect(dsn)
    try:
        if await _is_current(connection):
            # Who only appends and reads (wenze_service) may begin here too: there is nothing to change.
            await _require_own_log(connection, origin, clock)
            return
        await _require_roles(connection)
        await upgrade(dsn)
        # In one transaction: nobody finds a head before LogOpened is its position 1.
        async with connection.transaction():
            await _open(connection, origin, clock, opened_at)
    finally:
        await connection.close()


async def upgrade(dsn: str) -> None:
    """Only the schemas, to the newest version: no log is opened."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    while not _ALEMBIC.acquire(blocking=False):  # noqa: ASYNC110  another thread holds it, so no event of this loop tells
        await asyncio.sleep(0.01)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run)
            await connection.commit()
    except DBAPIError as error:
        # What the database said, without the pages that lie around it.
        said = None if error.orig is None else error.orig.__cause__
        if isinstance(said, asyncpg.PostgresError):
            raise said from None
        raise
    finally:
        _ALEMBIC.release()
        await engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_VERSIONS).replace("%", "%%"))
    return config


def _run(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    alembic.upgrade(config, "head")


async def _is_current(connection: asyncpg.Connection) -> bool:
    """Whether the database has the newest version and an open log."""
    try:
        version = await connection.fetchval(VERSION)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return False
    newest = await asyncio.to_thread(lambda: ScriptDirectory.from_config(_config()).get_current_head())
    return version == newest and await connection.fetchrow(HEAD) is not None


async def _require_own_log(connection: asyncpg.Connection, origin: str, clock: str) -> None:
    head = await connection.fetchrow(HEAD)
    if head is None or (head["origin"], head["format"], head["simulated"]) != (origin, FORMAT, clock == "simulated"):
        found = "nothing" if head is None else f"{head['origin']}, format {head['format']}"
        raise AnotherLog(f"this database holds {found}, simulated or not as it was made", origin=origin)


async def _require_roles(connection: asyncpg.Connection) -> None:
    row = await connection.fetchrow(ROLES_THERE, list(ROLES))
    missing = [role for role in ROLES if row is None or role not in row["there"]]
    if missing and not (row and row["may_create"]):
        raise RolesMissing("\n".join(f"CREATE ROLE {role} NOLOGIN;" for role in missing))


async def _open(connection: asyncpg.Connection, origin: str, clock: str, opened_at: datetime | None) -> None:
    simulated = clock == "simulated"
    now = (opened_at or SIMULATED_BEGINNING) if simulated else await connection.fetchval(NOW)
    await connection.execute(OPEN_HEAD, origin, FORMAT, simulated, now)
    await _require_own_log(connection, origin, clock)
    # Key and id follow from the origin, so that a repetition is recognised and opens nothing twice.
    request = canonical_json({"command": "open_log", "args": {"origin": origin, "format": FORMAT, "clock": clock}})
    digest = hashlib.sha256(b"wenze/open_log/v1\n" + request).digest()
    prepared = prepare(
        Append(
            events=(LogOpened(origin=origin, format=FORMAT, clock="simulated" if simulated else "real"),),
            ids=(uuid7(now, digest[:10]),),
            command="open_log",
            context=Context(
                actor=Actor(person=MACHINE), received_at=now, key=str(uuid5(NAMESPACE_URL, origin)), request=request
            ),
        )
    )
    mac = hmac.digest(b"wenze/open_log", request, "sha256")
    await call_append(connection, [prepared], [mac], clock_seen=None, simulated_now=now if simulated else None)
