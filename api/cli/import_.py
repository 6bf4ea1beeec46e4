"""``wenze import``: sites, people and appointments from XLSX or CSV."""

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, assert_never

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as ScreenTable

from adapters.files.tables import FileTable, TableUnreadable, read_table
from api.cli.database import with_database
from api.importing import ImportReport, import_table, registry_history
from api.ledger import Ledger
from api.row_errors import row_error
from domain.ledger.errors import WenzeError
from domain.registry.authority import Acting
from domain.registry.events import Role
from domain.registry.import_appointments import APPOINTMENTS
from domain.registry.import_people import PEOPLE
from domain.registry.import_rows import RowError
from domain.registry.import_sites import SITES
from domain.registry.importing import Import
from domain.registry.rehearsal import Rehearsal

SHOWN_ERRORS = 50


class Kind(StrEnum):
    """What the table holds."""

    SITES = "sites"
    PEOPLE = "people"
    APPOINTMENTS = "appointments"


class RegistrarNeeded(WenzeError):
    """Several registrars hold office, or none: name the appointment under which the import acts."""

    code = "registrar_needed"


def import_(
    kind: Annotated[Kind, typer.Argument(help="What the table holds.")],
    file: Annotated[Path, typer.Argument(help="XLSX or CSV; headers Chinese or English.", exists=True, dir_okay=False)],
    appointment: Annotated[
        str | None, typer.Option(help="The registrar's appointment; not needed when there is only one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Import sites, people or appointments: all rows are checked first; safe to repeat."""
    screen = Console(stderr=True)
    try:
        table = read_table(file.read_bytes())
    except TableUnreadable as error:
        rule = str(error.details["rule"])
        report = ImportReport(kind.value, "", errors=[RowError(row=0, column="", code=error.code, rule=rule)])
    else:
        report = asyncio.run(_import(kind, table, appointment, screen))
    answer = answer_of(report)
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    show(answer, screen)
    raise typer.Exit(0 if report.is_complete else 1)


async def _import(kind: Kind, table: FileTable, appointment: str | None, screen: Console) -> ImportReport:
    from api.main import open_wiring
    from api.settings import Settings

    async with with_database(Settings.load()) as ready, open_wiring(ready) as wiring:
        rehearsal = await registry_history(wiring.ledger)
        acting = registrar_of(rehearsal, wiring.ledger, appointment)
        with Progress(console=screen, transient=True) as progress:
            task = progress.add_task(kind.value, total=None)
            return await import_table(
                wiring.ledger,
                table,
                import_of(kind),
                acting,
                rehearsal,
                advance=lambda done, total: progress.update(task, completed=done, total=total),
            )


def import_of(kind: Kind) -> Import:
    """The rules of a kind of table."""
    match kind:
        case Kind.SITES:
            return SITES
        case Kind.PEOPLE:
            return PEOPLE
        case Kind.APPOINTMENTS:
            return APPOINTMENTS
        case _:
            assert_never(kind)


def registrar_of(rehearsal: Rehearsal, ledger: Ledger, appointment: str | None) -> Acting:
    """As whom the import acts: the named registrar, or the only one that holds office now. Raises RegistrarNeeded."""
    at = ledger.clock.now()
    holding = [
        one for one in rehearsal.holding_at(Role.REGISTRAR, at) if appointment is None or one.appointment == appointment
    ]
    if len(holding) != 1:
        raise RegistrarNeeded(holding=len(holding))
    return Acting(person=holding[0].person, appointment=holding[0].appointment, at=at)


def answer_of(report: ImportReport) -> dict[str, Any]:
    """The report as one JSON object."""
    return {
        "kind": report.kind,
        "file": report.digest,
        "complete": report.is_complete,
        "rows": report.rows,
        "stored": report.stored,
        "already": report.already,
        "unknown": report.unknown,
        "not_tried": report.not_tried,
        "last_position": report.last_position,
        "errors": [row_error(error) for error in report.errors],
    }


def show(answer: dict[str, Any], screen: Console) -> None:
    """The report for people."""
    if answer["errors"]:
        table = ScreenTable("row 行", "column 列", "code", "错误", "error")
        for error in answer["errors"][:SHOWN_ERRORS]:
            table.add_row(str(error["row"]), error["column"], error["code"], error["zh"], error["en"])
        screen.print(table)
    counts = {name: len(answer[name]) for name in ("stored", "already", "unknown", "not_tried", "errors")}
    screen.print(f"{answer['rows']} rows: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
