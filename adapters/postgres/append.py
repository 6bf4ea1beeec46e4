"""The statements that append: a batch becomes flat arrays, the answer an outcome for each append.

The functions themselves, with the order of their steps, are in ``alembic/versions/0004_create_append.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, NamedTuple

import asyncpg

from adapters.preparation import Prepared

LEAF_BYTES: Final = 32

# Stores a batch of appends and says what became of each; see the function for the indexes.
APPEND = """
SELECT * FROM ledger.append(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23
)
"""

# Stores one event of one append, or answers without a position that the other has to be asked.
APPEND_ONE = """
SELECT * FROM ledger.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""


class Status(IntEnum):
    """What became of one append of a batch."""

    STORED = 0
    DUPLICATE = 1
    KEY_REUSED = 2
    CONDITION_FAILED = 3
    WINDOW_CLOSED = 4
    ABSENT = 5


class Outcome(NamedTuple):
    """The answer for one append; positions, times and leaves are those in the database, zero and empty if none."""

    status: Status
    first: int
    last: int
    recorded_at: datetime
    received_at: datetime
    leaves: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for a batch: one outcome per append, the head after it, and the database's clock."""

    outcomes: Sequence[Outcome]
    head: int
    clock: datetime


async def call_append(
    connection: asyncpg.Connection,
    batch: Sequence[Prepared],
    macs: Sequence[bytes],
    *,
    clock_seen: datetime | None,
    simulated_now: datetime | None,
) -> Answer:
    """Send a batch in one round trip (a single append that is not stored takes a second one to say why).

    When this returns, the transaction is durable. No two appends of a batch may have the same actor and key, and no
    condition may match an event of the same batch: the function checks all conditions against what was there before.
    """
    if len(batch) == 1 and _is_plain(batch[0]):
        row = await connection.fetchrow(APPEND_ONE, *_plain_arguments(batch[0], macs[0], clock_seen, simulated_now))
        if row is not None and row["o_position"] is not None:
            return _plain_answer(batch[0], row)
    row = await connection.fetchrow(APPEND, *_arguments(batch, macs, clock_seen, simulated_now))
    if row is None:
        raise asyncpg.InterfaceError("ledger.append answered nothing")
    return _answer(batch, row)


def _is_plain(append: Prepared) -> bool:
    """Whether ``append_one`` can take it."""
    return len(append.templates) == 1 and not append.sealed and all(item.tag for item in append.items)


def _plain_arguments(
    append: Prepared, mac: bytes, clock_seen: datetime | None, simulated_now: datetime | None
) -> tuple[object, ...]:
    event = append.templates[0]
    return (
        clock_seen,
        simulated_now,
        append.actor,
        append.key,
        mac,
        append.received_at,
        append.recorded_before,
        event.id,
        event.type,
        event.event_class,
        " ".join(event.tags),
        event.entry,
        event.offset,
        append.after,
        [item.types for item in append.items],
        [item.tag for item in append.items],
        [item.tags for item in append.items],
    )


def _plain_answer(append: Prepared, row: Any) -> Answer:
    position: int = row["o_position"]
    outcome = Outcome(Status.STORED, position, position, row["o_recorded_at"], append.received_at, row["o_leaf"])
    return Answer((outcome,), position, row["o_clock"])


def _arguments(
    batch: Sequence[Prepared], macs: Sequence[bytes], clock_seen: datetime | None, simulated_now: datetime | None
) -> list[object]:
    item_appends: list[int] = []
    afters: list[int] = []
    part_appends: list[int] = []
    for number, append in enumerate(batch, 1):
        if append.items:
            item_appends += [number] * len(append.items)
            afters += [append.after] * len(append.items)
        if append.sealed:
            part_appends += [number] * len(append.sealed)
    templates = [each for append in batch for each in append.templates]
    items = [item for append in batch for item in append.items]
    parts = [part for append in batch for part in append.sealed]
    return [
        clock_seen,
        simulated_now,
        [append.actor for append in batch],
        [append.key for append in batch],
        macs,
        [append.received_at for append in batch],
        [append.recorded_before for append in batch] if any(append.recorded_before for append in batch) else None,
        [len(append.templates) for append in batch],
        [each.id for each in templates],
        [each.type for each in templates],
        [each.event_class for each in templates],
        [" ".join(each.tags) for each in templates],
        [each.entry for each in templates],
        [each.offset for each in templates],
        item_appends,
        afters,
        [item.types for item in items],
        [item.tag for item in items],
        [item.tags for item in items],
        # The driver looks at every array at some length: none is sent where there is nothing to say.
        part_appends or None,
        [part.commitment for part in parts] or None,
        [part.key_id for part in parts] or None,
        [part.ciphertext for part in parts] or None,
    ]


def _answer(batch: Sequence[Prepared], row: Any) -> Answer:
    recorded_at: datetime = row["o_recorded_at"]
    leaves: bytes = row["o_leaves"] or b""
    known: dict[int, Outcome] = {}
    if row["o_known"]:
        for number, *stored in zip(
            row["o_known"],
            row["o_known_first"],
            row["o_known_last"],
            row["o_known_recorded_at"],
            row["o_known_received_at"],
            row["o_known_leaves"],
            strict=True,
        ):
            known[number] = Outcome(Status(row["o_status"][number - 1]), *stored)
    outcomes: list[Outcome] = []
    start = 0
    for number, (append, status, first) in enumerate(zip(batch, row["o_status"], row["o_first"], strict=True), 1):
        if status == Status.STORED:
            count = len(append.templates)
            end = start + count * LEAF_BYTES
            outcome = Outcome(
                Status.STORED, first, first + count - 1, recorded_at, append.received_at, leaves[start:end]
            )
            start = end
        else:
            outcome = known.get(number) or Outcome(Status(status), 0, 0, recorded_at, append.received_at, b"")
        outcomes.append(outcome)
    return Answer(outcomes, row["o_head"], row["o_clock"])
