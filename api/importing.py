"""Carrying out an import: a file is one command and one append, so that all of its rows are in, or none.

Its key comes from the digest of the file, so an import can be repeated at any time: what is in is found by its key and
not stored again, whoever died on the way. While any row has an error, nothing is stored and every row in error is told.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Final
from uuid import UUID

from adapters.files.tables import FileTable
from api.ledger import Ledger, request_bytes
from domain.ledger.entry import Actor, Context
from domain.ledger.errors import NotFound, OutcomeUnknown, WenzeError
from domain.ledger.event import Event
from domain.ledger.ports import Append, Receipt, SealedPart
from domain.ledger.query import Query, QueryItem
from domain.registry.authority import Acting
from domain.registry.events import EVENTS
from domain.registry.import_rows import RowError
from domain.registry.import_table import ImportTable, TableRefused
from domain.registry.importing import Import, Personal

AT_ONCE: Final = 32
"""Values sealed at the same time: each may need a key of its own from the database."""


class Outcome(StrEnum):
    """What became of a file, as a whole."""

    STORED = "stored"
    ALREADY = "already"
    """The same file was stored before."""
    UNKNOWN = "unknown"
    """All of it is in, or nothing: the same import again finds out."""
    REFUSED = "refused"
    """Nothing is in."""


@dataclass(slots=True)
class ImportReport:
    """What became of a file: the positions of its rows, or what is wrong with them."""

    kind: str
    digest: str
    rows: int = 0
    outcome: Outcome = Outcome.REFUSED
    errors: list[RowError] = field(default_factory=list)
    first_position: int | None = None
    last_position: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every row of the file is in the log."""
        return self.outcome in (Outcome.STORED, Outcome.ALREADY)


async def registry_history(ledger: Ledger) -> list[Event]:
    """Everything that the registry holds now."""
    types = frozenset(event.type_name for event in EVENTS)
    reading = await ledger.log.read(Query((QueryItem(types),)))
    return [recorded.event for recorded in reading.events]


async def import_table(
    ledger: Ledger,
    file: FileTable,
    importing: Import,
    acting: Acting,
    history: Iterable[Event],
    *,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Import a table. ``advance`` hears of every row that is checked, with how many there are.

    ``history`` is the registry as it was read a moment ago: by it the rows are checked before anything is sealed, and
    once more, on what the log holds by then, when they are stored.
    """
    report = ImportReport(importing.kind, file.digest)
    context = _context(file, importing, acting)
    names: dict[int, str] = {}

    def name_of(row: int) -> str:
        return names.get(row) or names.setdefault(row, ledger.ids.new())

    build = partial(ImportTable, acting=acting, importing=importing, table=file.table, name_of=name_of)
    trial = build(sealed={}, advance=advance)
    try:
        receipt = await _stored_before(ledger, context)
        if receipt is None:
            await asyncio.to_thread(_decide, trial, history)
            parts = await _seal(ledger, trial.personal)
            commitments = {where: part.commitment for where, part in parts.items()}
            receipt = await ledger.carry_out(
                lambda: build(sealed=commitments),
                actor=context.actor,
                key=context.key,
                request=context.request,
                received_at=acting.at,
                sealed=tuple(parts.values()),
            )
    except TableRefused as refused:
        report.errors += refused.errors
    except OutcomeUnknown:
        report.outcome = Outcome.UNKNOWN
    except WenzeError as error:
        rule = (type(error).__doc__ or error.code).partition("\n")[0]
        report.errors.append(RowError(row=0, column="", code=error.code, rule=rule, details=error.details))
    else:
        report.outcome = Outcome.ALREADY if receipt.duplicate else Outcome.STORED
        report.rows = receipt.last - receipt.first + 1
        report.first_position, report.last_position = receipt.first, receipt.last
        return report
    report.rows = trial.rows
    return report


async def _stored_before(ledger: Ledger, context: Context) -> Receipt | None:
    try:
        return await ledger.log.append(Append(events=(), ids=(), command=ImportTable.name, context=context))
    except NotFound:
        return None


def _decide(trial: ImportTable, history: Iterable[Event]) -> None:
    for event in history:
        trial.fold(event)
    trial.execute()


async def _seal(ledger: Ledger, personal: Sequence[Personal]) -> dict[tuple[int, str], SealedPart]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def seal(one: Personal) -> SealedPart:
        async with limit:
            return await ledger.vault.seal(one.value, subject=one.subject, purpose=one.field)

    parts = await asyncio.gather(*map(seal, personal))
    return {(one.row, one.field): part for one, part in zip(personal, parts, strict=True)}


def _context(file: FileTable, importing: Import, acting: Acting) -> Context:
    seed = f"wenze/import/{importing.kind}/{file.digest}"
    return Context(
        actor=Actor(person=acting.person, appointment=acting.appointment),
        received_at=acting.at,
        key=str(UUID(bytes=sha256(seed.encode()).digest()[:16], version=5)),
        request=request_bytes(ImportTable.name, {"kind": importing.kind, "file": file.digest}),
    )
