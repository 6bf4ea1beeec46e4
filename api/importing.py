"""Carrying out an import: all rows are checked first, then each becomes one append under a key of its own.

The key of a row comes from the digest of the file and the row's number, so an import can be repeated at any time: what
is in is found by its key and not stored again. Nothing is stored while any row has an error. If an append fails on the
way (somebody else was quicker, the database went), no further row is begun, and the report says exactly what is in.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from adapters.files.tables import FileTable
from api.ledger import Ledger, request_bytes
from domain.ledger.entry import Actor, Context
from domain.ledger.errors import KeyReused, NotFound, OutcomeUnknown, WenzeError
from domain.ledger.ports import Append, Receipt, SealedPart
from domain.ledger.query import Query, QueryItem
from domain.registry.authority import Acting
from domain.registry.events import EVENTS
from domain.registry.import_rows import RowError
from domain.registry.importing import Checked, Import, Planned, check
from domain.registry.rehearsal import Rehearsal

AT_ONCE: Final = 32
"""Rows on their way at the same time: enough to share commits, few enough to leave room for the day's reports."""


@dataclass(slots=True)
class ImportReport:
    """What became of every row. ``unknown`` rows may be in: the same import again finds out."""

    kind: str
    digest: str
    rows: int = 0
    stored: list[int] = field(default_factory=list)
    already: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    not_tried: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    last_position: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every row of the file is in the log."""
        return not self.errors and not self.unknown and not self.not_tried


async def registry_history(ledger: Ledger) -> Rehearsal:
    """A rehearsal over everything that the registry holds now."""
    types = frozenset(event.type_name for event in EVENTS)
    reading = await ledger.log.read(Query((QueryItem(types),)))
    return Rehearsal(recorded.event for recorded in reading.events)


async def import_table(
    ledger: Ledger,
    file: FileTable,
    importing: Import,
    acting: Acting,
    rehearsal: Rehearsal,
    *,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Import a table. ``advance`` hears of every row that is done, with how many there are."""
    checked = await asyncio.to_thread(check, file.table, importing, rehearsal, acting, ledger.ids)
    report = ImportReport(importing.kind, file.digest, rows=checked.rows, errors=list(checked.errors))
    carrying = _Carrying(ledger, file.digest, acting, report)
    if not report.errors:
        # Only a file without errors of its own can have been imported before.
        await carrying.find_already_in(checked)
    else:
        report.errors += [error for _, error in checked.refused]
    planned = [row for wave in checked.waves for row in wave]
    if report.errors:
        report.errors.sort(key=lambda error: error.row)
        report.not_tried = sorted(row.row for row in planned)
        return report
    done = 0

    def one_done() -> None:
        nonlocal done
        done += 1
        advance(done, len(planned))

    for wave in checked.waves:
        await carrying.carry_out(wave, one_done)
    for rows in (report.stored, report.already, report.unknown, report.not_tried):
        rows.sort()
    return report


class _Carrying:
    def __init__(self, ledger: Ledger, digest: str, acting: Acting, report: ImportReport) -> None:
        self._ledger = ledger
        self._digest = digest
        self._acting = acting
        self._report = report
        self._actor = Actor(person=acting.person, appointment=acting.appointment)

    async def find_already_in(self, checked: Checked) -> None:
        """Tell rows that this file has stored before from those that are refused."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def ask(planned: Planned, error: RowError) -> None:
            async with limit:
                receipt = await self._stored_before(planned)
            if receipt is None:
                self._report.errors.append(error)
            else:
                self._note(planned, receipt)

        async with asyncio.TaskGroup() as group:
            for planned, error in checked.refused:
                group.create_task(ask(planned, error))

    async def carry_out(self, wave: Sequence[Planned], one_done: Callable[[], None]) -> None:
        """Store the rows of a wave, until the first that fails; those on their way then are still waited for."""
        waiting = list(reversed(wave))

        async def work() -> None:
            while waiting:
                planned = waiting.pop()
                if self._report.errors or self._report.unknown:
                    self._report.not_tried.append(planned.row)
                else:
                    await self._store(planned)
                    one_done()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def _store(self, planned: Planned) -> None:
        ledger = self._ledger
        try:
            parts: dict[str, SealedPart] = {
                personal.field: await ledger.vault.seal(
                    personal.value, subject=personal.subject, purpose=personal.field
                )
                for personal in planned.personal
            }
            commitments = {name: part.commitment for name, part in parts.items()}
            receipt = await ledger.carry_out(
                lambda: planned.build(commitments),
                actor=self._actor,
                key=self._key(planned),
                request=self._request(planned),
                received_at=self._acting.at,
                sealed=tuple(parts.values()),
            )
        except OutcomeUnknown:
            self._report.unknown.append(planned.row)
        except WenzeError as error:
            rule = (type(error).__doc__ or error.code).partition("\n")[0]
            self._report.errors.append(
                RowError(row=planned.row, column="", code=error.code, rule=rule, details=error.details)
            )
        else:
            self._note(planned, receipt)

    def _note(self, planned: Planned, receipt: Receipt) -> None:
        (self._report.already if receipt.duplicate else self._report.stored).append(planned.row)
        self._report.last_position = max(receipt.last, self._report.last_position or 0)

    async def _stored_before(self, planned: Planned) -> Receipt | None:
        context = Context(
            actor=self._actor,
            received_at=self._acting.at,
            key=self._key(planned),
            request=self._request(planned),
        )
        try:
            return await self._ledger.log.append(Append(events=(), ids=(), command=planned.command, context=context))
        except (NotFound, KeyReused):
            return None

    def _key(self, planned: Planned) -> str:
        seed = f"wenze/import/{self._report.kind}/{self._digest}/{planned.row}"
        return str(UUID(bytes=sha256(seed.encode()).digest()[:16], version=5))

    def _request(self, planned: Planned) -> bytes:
        return request_bytes(planned.command, {**planned.plain, "file": self._digest, "row": planned.row})
