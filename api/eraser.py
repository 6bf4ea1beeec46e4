"""The eraser: what was approved is destroyed, whoever has to do it again.

The approval in the log is the decision. Whoever opens the vault applies every approval first, from the beginning of
the log, and those of a signed tail that the database has lost: a restored backup may have brought keys back. While the
service runs, new approvals are applied within seconds and all of them again every few minutes. A crash between any two
steps leaves what the next look does once more: destroying is idempotent, and the record has a key that follows from the
erasure.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import asyncpg
import structlog

from adapters.postgres.shredding import KeyName, keys_of, shred
from adapters.publisher.checking import last_signed
from adapters.publisher.errors import PublisherStateWrong
from adapters.publisher.publisher import Publisher
from adapters.publisher.recovering import signed_entries
from adapters.publisher.tile_files import TileFiles
from api.ledger import Ledger, request_bytes
from api.missed_clock import PASSES
from domain.catalogue import CATALOGUE
from domain.erasure.events import ErasureApproved, KeysDestroyed, SealedUnder
from domain.erasure.record_destruction import RecordDestruction
from domain.evidence.checkpoint import parse_checkpoint
from domain.ledger.entry import MACHINE, Actor, recorded
from domain.ledger.errors import Refusal
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem

KEYS: Final = UUID("6d4c5f0e-8e5b-5b0e-9a55-0d1f6f657261")
LOOK_S: Final = 2.0
LOOKS_UNTIL_ALL_AGAIN: Final = 150
TOGETHER: Final = 200
"""Approvals in one transaction: no key is made anywhere while it runs."""
APPROVALS: Final = Query((QueryItem(frozenset({ErasureApproved.type_name, KeysDestroyed.type_name})),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredded:
    """What an application found: the head it read at, the approvals, how many keys still lived, what has no record."""

    head: int
    approved: int
    destroyed: int
    unrecorded: Sequence[ErasureApproved]


async def shred_approved(log: EventLog, pool: asyncpg.Pool, at: datetime, *, after: int = 0) -> Shredded:
    """Destroy the keys of every approval after a position. Nothing is appended."""
    reading = await log.read(APPROVALS, after=after)
    events = [recorded.event for recorded in reading.events]
    approved = [event for event in events if isinstance(event, ErasureApproved)]
    done = {event.erasure for event in events if isinstance(event, KeysDestroyed)}
    return Shredded(
        head=reading.head,
        approved=len(approved),
        destroyed=await _shred(pool, approved, at),
        unrecorded=[each for each in approved if each.erasure not in done],
    )


async def shred_lost(pool: asyncpg.Pool, publisher: Publisher, at: datetime, *, after: int) -> int:
    """Destroy the keys of approvals that were signed after a position, where the database has lost them.

    A restored backup is older than some approvals, and brings back the keys that they destroyed: until the tail is
    recovered, and for ever if it is not, only the published bundles know of them. How many keys still lived.
    """
    with suppress(PublisherStateWrong):
        note = await asyncio.to_thread(last_signed, publisher.state, publisher.files, publisher.origin)
        if note is not None:
            size = parse_checkpoint(note.text).size
            return await _shred(pool, await asyncio.to_thread(_approved_in, publisher.files, after, size), at)
    return 0


def _approved_in(files: TileFiles, after: int, size: int) -> list[ErasureApproved]:
    named = f'"type":"{ErasureApproved.type_name}"'.encode()
    events = [
        recorded(position, entry, CATALOGUE).event
        for position, entry in signed_entries(files, after, size)
        if named in entry
    ]
    return [event for event in events if isinstance(event, ErasureApproved)]


async def _shred(pool: asyncpg.Pool, approved: Sequence[ErasureApproved], at: datetime) -> int:
    destroyed = 0
    for start in range(0, len(approved), TOGETHER):
        some = approved[start : start + TOGETHER]
        destroyed += await shred(
            pool,
            subjects=sorted({each.person for each in some if each.person is not None}),
            keys=[KeyName(key.subject, key.purpose, key.term) for each in some for key in each.keys or ()],
            at=at,
        )
    return destroyed


async def apply_erasures(ledger: Ledger, pool: asyncpg.Pool, *, after: int = 0) -> Shredded:
    """Destroy the keys of every approval after a position, and record what has no record yet."""
    shredded = await shred_approved(ledger.log, pool, ledger.clock.now(), after=after)
    if shredded.approved:
        # Out of the memory of this process too, whichever process was the first to destroy them.
        ledger.vault.forget_keys()
    for approved in shredded.unrecorded:
        await _record(ledger, pool, approved)
    return shredded


async def _record(ledger: Ledger, pool: asyncpg.Pool, approved: ErasureApproved) -> None:
    keys = approved.keys or ()
    if approved.person is not None:
        had = await keys_of(pool, approved.person)
        keys = tuple(SealedUnder(subject=key.subject, purpose=key.purpose, term=key.term) for key in had)
    with suppress(Refusal):  # another process has recorded it since this one read
        await ledger.carry_out(
            lambda: RecordDestruction(erasure=approved.erasure, keys=keys),
            actor=Actor(person=MACHINE),
            key=str(uuid5(KEYS, approved.erasure)),
            request=request_bytes(RecordDestruction.name, {"erasure": approved.erasure}),
        )


async def keep_erasing(ledger: Ledger, pool: asyncpg.Pool, *, every_s: float = LOOK_S) -> None:
    """Look again and again, for ever. What passes is waited out; anything else ends the eraser, and that is seen."""
    log = structlog.get_logger("wenze")
    after, looks = 0, 0
    while True:
        try:
            applied = await apply_erasures(ledger, pool, after=after)
            looks += 1
            # Only now: an approval whose record could not be stored is found again at the next look.
            after = 0 if looks % LOOKS_UNTIL_ALL_AGAIN == 0 else applied.head
            if applied.destroyed or applied.unrecorded:
                log.info("erased", destroyed=applied.destroyed, erasures=len(applied.unrecorded))
        except PASSES as error:
            log.warning("eraser_waits", error=type(error).__name__)
        await asyncio.sleep(every_s)
