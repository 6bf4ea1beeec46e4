"""``wenze import``: sites, people and appointments from XLSX or CSV."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, assert_never

import typer
from rich.markup import escape
from rich.table import Table as ScreenTable

from adapters.files.tables import FileTable, TableUnreadable, read_table
from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, progress, run, stderr
from api.importing import ImportReport, Outcome, import_table, registry_history
from api.ledger import Ledger
from api.row_errors import row_error
from api.settings import Settings
from domain.ledger.errors import WenzeError
from domain.registry.authority import Acting
from domain.registry.events import Role
from domain.registry.import_appointments import APPOINTMENTS
from domain.registry.import_people import PEOPLE
from domain.registry.import_rows import RowError
from domain.registry.import_sites import SITES
from domain.registry.importing import Import
from domain.registry.rehearsal import Rehearsal

SHOWN_ERRORS: Final = 50
OUTCOMES: Final = {
    Outcome.STORED: "all stored.",
    Outcome.ALREADY: "this file was stored before; nothing was stored again.",
    Outcome.UNKNOWN: "either all of it is in, or nothing; repeat the import, that is safe.",
    Outcome.REFUSED: "nothing was stored.",
}


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
    as_json: AsJson = False,
) -> None:
    """Import sites, people or appointments: a file is stored as a whole or not at all, and is safe to repeat.

    While any row is wrong, nothing is stored, and every wrong row is told. At most 10,000 rows a file.
    """
    try:
        table = read_table(file.read_bytes())
    except TableUnreadable as error:
        rule = str(error.details["rule"])
        report = ImportReport(kind.value, "", errors=[RowError(row=0, column="", code=error.code, rule=rule)])
    else:
        report = run(_import(kind, table, appointment))
    if as_json:
        answer(answer_of(report))
    show(report)
    raise typer.Exit(0 if report.is_complete else 1)


async def _import(kind: Kind, table: FileTable, appointment: str | None) -> ImportReport:
    from api.main import open_wiring

    async with with_database(Settings.load()) as settings, open_wiring(settings) as wiring:
        history = await registry_history(wiring.ledger)
        acting = registrar_of(Rehearsal(history), wiring.ledger, appointment)
        with progress() as bar:
            task = bar.add_task(kind.value, total=None)
            return await import_table(
                wiring.ledger,
                table,
                import_of(kind),
                acting,
                history,
                advance=lambda done, total: bar.update(task, completed=done, total=total),
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
        "outcome": report.outcome.value,
        "rows": report.rows,
        "first_position": report.first_position,
        "last_position": report.last_position,
        "errors": [row_error(error) for error in report.errors],
    }


def show(report: ImportReport) -> None:
    """The report for people."""
    screen = stderr()
    if report.errors:
        table = ScreenTable("行 row", "列 column", "code", "错误", "error")
        for error in report.errors[:SHOWN_ERRORS]:
            told = row_error(error)
            table.add_row(*(escape(str(told[name])) for name in ("row", "column", "code", "zh", "en")))
        screen.print(table)
    if len(report.errors) > SHOWN_ERRORS:
        screen.print(f"… {len(report.errors) - SHOWN_ERRORS} more; --json lists all.")
    screen.print(f"{report.rows} rows, {len(report.errors)} errors: {OUTCOMES[report.outcome]}", highlight=False)
