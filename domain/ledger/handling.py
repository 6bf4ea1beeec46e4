"""Handling: read the boundary, fold, let the command decide, append under the condition that nothing moved."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from domain.ledger.command import Command
from domain.ledger.entry import Context
from domain.ledger.errors import (
    ConditionFailed,
    ContentionError,
    EndedBeforeRecorded,
    NotFound,
    Refusal,
    WindowClosed,
)
from domain.ledger.ports import Append, EventLog, Ids, Reading, Receipt, SealedPart
from domain.ledger.query import Condition, Query, boundary_query
from domain.ledger.time import instant_text

ATTEMPTS: Final = 20


async def handle(
    decide: Callable[[], Command], context: Context, *, log: EventLog, ids: Ids, sealed: tuple[SealedPart, ...] = ()
) -> Receipt:
    """Carry out one command and answer with what was stored.

    ``decide`` builds the command afresh for every attempt. A refusal is not remembered, but a *repeated* request
    whose first try was stored must get its receipt, although its own event now makes the command refuse: so before a
    refusal is given, the key is asked for.

    Raises: the command's Refusal; EndedBeforeRecorded when the end that the decision relied on passed before it could
    be recorded; ContentionError when the boundary moved at every one of 20 attempts; what ``EventLog.append`` raises.
    """
    closed: datetime | None = None
    name = ""
    for _ in range(ATTEMPTS):
        command, query, reading = await _folded(decide, log)
        name = command.name
        try:
            command.execute()
            _require_not_over(command, closed)
        except Refusal:
            try:
                return await log.append(Append(events=(), ids=(), command=name, context=context))
            except NotFound:
                pass
            raise
        events = command.recorded_events()
        append = Append(
            events=events,
            ids=tuple(ids.new() for _ in events),
            command=name,
            context=context,
            sealed=sealed,
            condition=Condition(query, reading.head),
            recorded_before=command.recorded_before,
        )
        try:
            return await log.append(append)
        except ConditionFailed:
            continue
        except WindowClosed:
            closed = command.recorded_before
    raise ContentionError(command=name)


async def rehearse(decide: Callable[[], Command], *, log: EventLog) -> None:
    """Decide as ``handle`` would now, and store nothing. Raises the command's Refusal."""
    command, _, _ = await _folded(decide, log)
    command.execute()


async def _folded(decide: Callable[[], Command], log: EventLog) -> tuple[Command, Query, Reading]:
    """The command over its boundary, with what was read."""
    command = decide()
    boundary = [*command.consistency_boundary()]
    query, reading = await _fold(command, boundary_query(boundary), log)
    while further := [each for each in command.further_boundary() if each not in boundary]:
        # Anew and not only the rest: a fold sees its events in the order of the log, and all from one snapshot.
        boundary += further
        command = decide()
        query, reading = await _fold(command, boundary_query(boundary), log)
    return command, query, reading


async def _fold(command: Command, query: Query, log: EventLog) -> tuple[Query, Reading]:
    reading = await log.read(query)
    for recorded in reading.events:
        command.fold(recorded.event)
    return query, reading


def _require_not_over(command: Command, closed: datetime | None) -> None:
    """The same end again, or an earlier one: it has passed, and no further attempt can be recorded before it."""
    end = command.recorded_before
    if closed is not None and end is not None and end <= closed:
        raise EndedBeforeRecorded(command=command.name, ended_at=instant_text(end))
