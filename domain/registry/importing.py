"""Importing a table: every row becomes a command, and every command is rehearsed before the first is carried out.

``check`` answers with the commands to carry out, in waves (a row of a later wave may rest on one of an earlier), and
with everything that is wrong, row by row. A row that is refused may have been imported before, by this very file: only
the log knows, so refused rows keep their command, and whoever imports asks for their keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid, Refusal
from domain.ledger.ports import Ids
from domain.registry.authority import Acting
from domain.registry.import_rows import Column, Row, RowError, Table, rows_of
from domain.registry.rehearsal import Rehearsal

UNSEALED: Final = "0" * 64
"""Stands for every commitment while a command is rehearsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A personal value that is sealed before its command: under whose key, for which purpose."""

    field: str
    value: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One row as a command. ``plain`` is what was asked, in words of the file: the same at every try.

    ``build`` takes the commitments of ``personal`` by field.
    """

    row: int
    identity: str
    command: str
    plain: Mapping[str, Any]
    build: Callable[[Mapping[str, str]], Command]
    personal: tuple[Personal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One kind of table. ``plan`` gives None for a row with errors; ``columns_of`` says which column a code blames."""

    kind: str
    columns: tuple[Column, ...]
    wave: Callable[[Row], int]
    plan: Callable[[Row, Rehearsal, Acting, Ids], Planned | None]
    columns_of: Mapping[str, str]


@dataclass(slots=True)
class Checked:
    """What a table comes to. Nothing is to be carried out while ``errors`` are there."""

    rows: int = 0
    waves: list[list[Planned]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    refused: list[tuple[Planned, RowError]] = field(default_factory=list)


def check(table: Table, importing: Import, rehearsal: Rehearsal, acting: Acting, ids: Ids) -> Checked:
    """Every row against the registry and against the rows before it."""
    rows, errors = rows_of(table, importing.columns)
    checked = Checked(rows=len(rows), errors=errors)
    seen: dict[str, int] = {}
    by_wave: dict[int, list[Row]] = {}
    for row in rows:
        by_wave.setdefault(importing.wave(row), []).append(row)
    for _, of_wave in sorted(by_wave.items()):
        checked.waves.append([])
        for row in of_wave:
            planned = importing.plan(row, rehearsal, acting, ids)
            if planned is None or row.errors:
                checked.errors += row.errors
            elif planned.identity in seen:
                first = seen[planned.identity]
                checked.errors.append(_repeated(row, importing.columns[0].field, first))
            else:
                seen[planned.identity] = row.number
                _rehearse(planned, importing, rehearsal, checked)
    checked.errors.sort(key=lambda error: error.row)
    return checked


def _rehearse(planned: Planned, importing: Import, rehearsal: Rehearsal, checked: Checked) -> None:
    commitments = {personal.field: UNSEALED for personal in planned.personal}
    try:
        rehearsal.carry_out(planned.build(commitments))
    except Refusal as refusal:
        column = importing.columns_of.get(refusal.code, "")
        rule = (type(refusal).__doc__ or refusal.code).partition("\n")[0]
        error = RowError(row=planned.row, column=column, code=refusal.code, rule=rule, details=refusal.details)
        checked.refused.append((planned, error))
    except Invalid as invalid:
        column, rule = str(invalid.details["field"]), str(invalid.details["rule"])
        checked.errors.append(RowError(row=planned.row, column=column, code=invalid.code, rule=rule))
    else:
        checked.waves[-1].append(planned)


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
