"""Connections. Every statement of ours leaves its connection as it found it, so nothing is reset between two uses."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg

CONNECT_SECONDS: Final = 10.0

# The log's statements have one good plan each, whatever the statistics say: they are made when the tables are empty.
INDEX_PLANS: Final[Mapping[str, str]] = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
}

# No time-out of whoever configured the server may hit a commit, except the one on waiting for the head's lock.
# A setting that this version of the server does not have is left out; no index, a view over memory.
NO_TIME_OUTS: Final = """
SELECT set_config(name, CASE WHEN name = 'lock_timeout' THEN '5s' ELSE '0' END, false) FROM pg_catalog.pg_settings
WHERE name IN ('lock_timeout', 'statement_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout',
               'transaction_timeout')
"""

# "Stored" is said after a commit that is on disk (and on the standbys that are waited for), whatever was configured.
DURABLE: Final = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""


async def open_pool(
    dsn: str, *, size: int, name: str = "wenze", settings: Mapping[str, str] | None = None
) -> asyncpg.Pool:
    """A pool of at most ``size`` connections, opened when they are needed and kept."""
    pool: asyncpg.Pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        max_queries=1_000_000,
        max_inactive_connection_lifetime=0,
        max_cached_statement_lifetime=0,
        timeout=CONNECT_SECONDS,
        reset=_keep,
        server_settings={"application_name": name, "jit": "off", **(settings or {})},
    )
    return pool


async def _keep(_connection: Any) -> None:
    """Nothing is to be undone; the driver still ends a transaction that was left open."""


async def open_append_connection(dsn: str) -> asyncpg.Connection:
    """The sequencer's own connection."""
    connection = await asyncpg.connect(
        dsn,
        timeout=CONNECT_SECONDS,
        max_cached_statement_lifetime=0,
        server_settings={"application_name": "wenze append", "jit": "off"},
    )
    try:
        await connection.execute(NO_TIME_OUTS)
        await connection.execute(DURABLE)
    except BaseException:
        connection.terminate()
        raise
    return connection
