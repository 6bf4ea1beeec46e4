"""What a view is to the projector, and how every read of a view goes.

A view is one file in ``views/``: its row, its fold, its queries. Its rows carry a *generation*, so that a rebuild fills
the next generation beside the live one, and one updated row in ``views.view`` switches. Several questions may be
answered from one stored fold (missing now, lateness by level … from the school-days): one write, many readings.

A query finds its generation by ``views.live('<name>')``, which raises when the view is stopped: no read of a stopped
view can be forgotten. ``read`` turns that into ``ViewStopped``.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.ledger.entry import Recorded
from domain.ledger.errors import ViewStopped
from domain.ledger.event import Event

STOPPED_STATE: Final = "WZV01"
"""The SQLSTATE that ``views.live`` raises for a stopped view."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
"""A connection, borrowed from a pool or not."""
Project = Callable[[Connection, int, Sequence[Recorded]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One stored view. ``project`` folds a batch into a generation; the caller owns the transaction.

    A higher ``version`` makes the projector rebuild it beside the old one and switch. ``types`` are the events that
    can change it. ``clear`` and ``differences`` take (generation) and (generation, other generation); rows are compared
    as text, without the generation that they begin with, and given as key and the columns of both.
    """

    name: str
    version: int
    types: frozenset[type[Event]]
    project: Project
    clear: LiteralString
    differences: LiteralString


async def read(connection: Connection, sql: LiteralString, *arguments: Any) -> list[asyncpg.Record]:
    """The rows of a query over a view. Raises ViewStopped when the view stands before an event it cannot project."""
    try:
        return await connection.fetch(sql, *arguments)
    except asyncpg.PostgresError as error:
        if error.sqlstate == STOPPED_STATE:
            name, _, position = str(error).partition(" stopped before ")
            raise ViewStopped(view=name, position=int(position)) from error
        raise
