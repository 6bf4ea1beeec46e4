"""Connections. Every statement of ours leaves its connection as it found it, so nothing is reset between two uses."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any, Final

import asyncpg

CONNECT_SECONDS: Final = 10.0

# After about half a minute of a silent network a connection counts as cut, and what it carried is asked for again with
# its keys. This is no time-out on a commit: however long one takes, the other side's kernel acknowledges meanwhile.
SILENCE: Final[Mapping[str, int]] = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 4,
    "TCP_USER_TIMEOUT": 30_000,
}

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

# Whatever the server's default: a lock that was waited for must be followed by what its last holder committed.
SEES_COMMITTED: Final = "SET default_transaction_isolation = 'read committed'"

# "Stored" is said after a commit that is on disk (and on the standbys that are waited for), whatever was configured.
DURABLE: Final = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""


class SteadyConnection(asyncpg.Connection):
    """A connection that notices when its host has vanished without a word."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        notice_silence(transport)


def notice_silence(transport: asyncio.BaseTransport) -> None:
    """Have the kernel look after a TCP connection; one over a local socket cannot fall silent.

    A kernel that lacks one of the options goes without it.
    """
    connected = transport.get_extra_info("socket")
    if connected is None or connected.family not in (socket.AF_INET, socket.AF_INET6):
        return
    # Event loops give a look at their socket, not always the right to change it; a second descriptor may.
    with socket.socket(fileno=connected.dup().detach()) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in SILENCE.items():
            if (option := getattr(socket, name, None)) is not None:
                own.setsockopt(socket.IPPROTO_TCP, option, value)


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
        connection_class=SteadyConnection,
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
        connection_class=SteadyConnection,
        max_cached_statement_lifetime=0,
        server_settings={"application_name": "wenze append", "jit": "off"},
    )
    try:
        await connection.execute(NO_TIME_OUTS)
        await connection.execute(DURABLE)
        await connection.execute(SEES_COMMITTED)
    except BaseException:
        connection.terminate()
        raise
    return connection
