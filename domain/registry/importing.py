"""Importing a table: every row becomes a command, carried out by the registry's own rules on what the log holds.

The rows come in waves: a row of a later wave may rest on one of an earlier. What is wrong is told row by row; as long
as anything is, ``import_table.py`` records nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid, Refusal
from domain.ledger.event import Event
from domain.registry.authority import Acting
from domain.registry.import_rows import MAX_ROWS, Column, Row, RowError, Table, rows_of
from domain.registry.interval import earliest
from domain.registry.rehearsal import Rehearsal

UNSEALED: Final = "0" * 64
"""Stands for every commitment while nothing is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A personal value that is sealed before its row is recorded: which cell, under whose key."""

    row: int
    field: str
    value: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One row as a command; ``build`` takes the commitments of ``personal`` by field."""

    row: int
    identity: str
    build: Callable[[Mapping[str, str]], Command]
    personal: tuple[Personal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One kind of table. ``columns_of`` says which column a code blames.

    ``plan`` gives the command of a row, under the new id it is given, or None for a row with errors.
    """

    kind: str
    columns: tuple[Column, ...]
    wave: Callable[[Row], int]
    plan: Callable[[Row, Rehearsal, Acting, str], Planned | None]
    columns_of: Mapping[str, str]


@dataclass(slots=True)
class Checked:
    """What a table comes to. ``recorded_before`` is the earliest end that any row relies on."""

    rows: int = 0
    events: list[Event] = field(default_factory=list)
    personal: list[Personal] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    recorded_before: datetime | None = None


def check(
    table: Table,
    importing: Import,
    rehearsal: Rehearsal,
    acting: Acting,
    *,
    name_of: Callable[[int], str],
    sealed: Mapping[tuple[int, str], str],
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Checked:
    """Every row against the registry and against the rows before it.

    ``name_of`` gives the id that a row enters, the same at every try; ``sealed`` are commitments by row and field.
    """
    rows, errors = rows_of(table, importing.columns)
    checked = Checked(rows=len(rows), errors=errors)
    if len(rows) > MAX_ROWS:
        rule = f"at most {MAX_ROWS} rows, since a file is stored as a whole"
        errors.append(RowError(row=rows[MAX_ROWS].number, column="", code="table_too_long", rule=rule))
        return checked
    seen: dict[str, int] = {}
    done = 0
    by_wave: dict[int, list[Row]] = {}
    for row in rows:
        by_wave.setdefault(importing.wave(row), []).append(row)
    for _, of_wave in sorted(by_wave.items()):
        for row in of_wave:
            planned = importing.plan(row, rehearsal, acting, name_of(row.number))
            if planned is None or row.errors:
                checked.errors += row.errors
            elif planned.identity in seen:
                first = seen[planned.identity]
                checked.errors.append(_repeated(row, importing.columns[0].field, first))
            else:
                seen[planned.identity] = row.number
                _carry_out(planned, importing, rehearsal, sealed, checked)
            done += 1
            advance(done, len(rows))
    checked.errors.sort(key=lambda error: error.row)
    return checked


def _carry_out(
    planned: Planned,
    importing: Import,
    rehearsal: Rehearsal,
    sealed: Mapping[tuple[int, str], str],
    checked: Checked,
) -> None:
    commitments = {one.field: sealed.get((one.row, one.field), UNSEALED) for one in planned.personal}
    try:
        command = planned.build(commitments)
        checked.events += rehearsal.carry_out(command)
    except Refusal as refusal:
        column = importing.columns_of.get(refusal.code, "")
        rule = (type(refusal).__doc__ or refusal.code).partition("\n")[0]
        error = RowError(row=planned.row, column=column, code=refusal.code, rule=rule, details=refusal.details)
        checked.errors.append(error)
    except Invalid as invalid:
        column, rule = str(invalid.details["field"]), str(invalid.details["rule"])
        checked.errors.append(RowError(row=planned.row, column=column, code=invalid.code, rule=rule))
    else:
        checked.personal += planned.personal
        checked.recorded_before = earliest(checked.recorded_before, command.recorded_before)


def _repeated(row: Row, column: str, first: int) -> RowError:
    return RowError(
        row=row.number,
        column=column,
        code="repeated_in_file",
        rule="an earlier row says the same",
        details={"first_row": first},
    )


def known(row: Row, column: str, codes: Sequence[str] | Mapping[str, str], code: str) -> None:
    """The code in a cell must be in the registry or in an earlier wave of the file."""
    if code and code not in codes:
        row.refuse(column, "code_unknown", "nothing is registered under this code")
