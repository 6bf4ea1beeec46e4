"""Handling: read the boundary, fold, let the command decide, append under the condition that nothing moved."""

from collections.abc import Callable
from typing import Final

from domain.ledger.command import Command
from domain.ledger.entry import Context
from domain.ledger.errors import ConditionFailed, ContentionError, NotFound, Refusal, WindowClosed
from domain.ledger.ports import Append, EventLog, Ids, Receipt, SealedPart
from domain.ledger.query import Condition, boundary_query

ATTEMPTS: Final = 20


async def handle(
    decide: Callable[[], Command], context: Context, *, log: EventLog, ids: Ids, sealed: tuple[SealedPart, ...] = ()
) -> Receipt:
    """Carry out one command and answer with what was stored.

    ``decide`` builds the command afresh for every attempt. A refusal is not remembered, but a *repeated* request
    whose first try was stored must get its receipt, although its own event now makes the command refuse: so before a
    refusal is given, the key is asked for.

    Raises: the command's Refusal; ContentionError when the boundary moved at every one of 20 attempts; what
    ``EventLog.append`` raises.
    """
    command = decide()
    for _ in range(ATTEMPTS):
        query = boundary_query(command.consistency_boundary())
        reading = await log.read(query)
        try:
            for recorded in reading.events:
                command.fold(recorded.event)
            command.execute()
        except Refusal:
            try:
                return await log.append(Append(events=(), ids=(), command=command.name, context=context))
            except NotFound:
                pass
            raise
        events = command.recorded_events()
        append = Append(
            events=events,
            ids=tuple(ids.new() for _ in events),
            command=command.name,
            context=context,
            sealed=sealed,
            condition=Condition(query, reading.head),
            recorded_before=command.recorded_before,
        )
        try:
            return await log.append(append)
        except (ConditionFailed, WindowClosed):
            command = decide()
    raise ContentionError(command=command.name)
