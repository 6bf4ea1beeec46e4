"""A log goes on under a new name, where what was signed under the old one is lost and cannot be brought back.

The old name stays with its last signed checkpoint for ever: nothing else is signed under it. The new log's first
entries are those of the database, and ``LogContinued`` says which checkpoint they do not extend.
"""

import hashlib
import hmac
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import asyncpg

from adapters.ids import uuid7
from adapters.postgres.append import call_append
from adapters.preparation import prepare
from adapters.publisher.checking import root_of
from adapters.publisher.errors import NothingToRecover, TailNotRecoverable
from adapters.publisher.rows import PostgresRows
from domain.evidence.canonical_json import canonical_json
from domain.evidence.checkpoint import Checkpoint
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.events import LogContinued
from domain.ledger.ports import Append

COMMAND: Final = "continue_log"

# The one row of the head, held: nobody appends under the old name once it has the new one.
HOLD_LOG: Final = "SELECT origin, simulated, recorded_at, clock_timestamp() AS clock FROM ledger.head FOR UPDATE"

# The one row of the head.
RENAME: Final = "UPDATE ledger.head SET origin = $1"


async def continue_log(connection: asyncpg.Connection, signed: Checkpoint, origin: str) -> int:
    """Give the log of ``signed`` another name and record it; the position of ``LogContinued``.

    Both are one transaction, with the rights of the ledger's owner. Raises NothingToRecover when the log has that name
    already, or the database still holds what was signed; TailNotRecoverable when it holds a third log.
    """
    if await root_of(PostgresRows(connection), signed.size) == signed.root:
        raise NothingToRecover
    event = LogContinued(origin=signed.origin, size=signed.size, root=signed.root.hex())
    request = canonical_json({"command": COMMAND, "args": {"origin": origin, "size": signed.size}})
    digest = hashlib.sha256(b"wenze/continue_log/v1\n" + request).digest()
    async with connection.transaction():
        head = await connection.fetchrow(HOLD_LOG)
        if head is None or head["origin"] == origin:
            raise NothingToRecover
        if head["origin"] != signed.origin:
            raise TailNotRecoverable(f"the database holds the log {head['origin']}", position=0)
        now = head["recorded_at"] if head["simulated"] else head["clock"]
        await connection.execute(RENAME, origin)
        prepared = prepare(
            Append(
                events=(event,),
                ids=(uuid7(now, digest[:10]),),
                command=COMMAND,
                context=Context(
                    actor=Actor(person=MACHINE), received_at=now, key=str(uuid5(NAMESPACE_URL, origin)), request=request
                ),
            )
        )
        mac = hmac.digest(b"wenze/continue_log", request, "sha256")
        answer = await call_append(
            connection, [prepared], [mac], clock_seen=None, simulated_now=now if head["simulated"] else None
        )
        return answer.outcomes[0].first
