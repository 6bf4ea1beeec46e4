"""What passes: troubles of the connection or of the server, after which the same work may go well.

One list for all who try again, and for the edge, which then says that the database is away.
"""

from collections.abc import Mapping
from typing import Final

import asyncpg

# What the driver raises by itself: the connection is cut, or its end has arrived and was not seen yet.
CUT_OFF: Final = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Whatever comes from the database or its driver: for watchers that must go on looking whatever it is, and say so.
DATABASE_TROUBLE: Final = (*CUT_OFF, asyncpg.PostgresError)

# Whole classes of SQLSTATE, with the base of what the driver raises for each.
_CLASSES: Final[Mapping[str, type[asyncpg.PostgresError]]] = {
    "08": asyncpg.PostgresConnectionError,
    "25": asyncpg.InvalidTransactionStateError,  # read-only after a switch-over, a time-out of transactions
    "28": asyncpg.InvalidAuthorizationSpecificationError,  # passwords are being changed
    "3D": asyncpg.InvalidCatalogNameError,  # the database is being restored
    "40": asyncpg.TransactionRollbackError,
    "53": asyncpg.InsufficientResourcesError,
    "55": asyncpg.ObjectNotInPrerequisiteStateError,  # no connections for now, or a lock that was waited for too long
    "57": asyncpg.OperatorInterventionError,
    "58": asyncpg.PostgresSystemError,
    "XX": asyncpg.InternalServerError,
}

PASSING: Final[tuple[type[Exception], ...]] = (
    *CUT_OFF,
    *_CLASSES.values(),
    asyncpg.InvalidCachedStatementError,  # a migration went by; the next plan is of the new tables
)


def passes(error: BaseException) -> bool:
    """Whether it passes; also for states that are newer than the driver."""
    state = error.sqlstate if isinstance(error, asyncpg.PostgresError) else None
    return isinstance(error, PASSING) or (state or "")[:2] in _CLASSES
