"""Appointments: who may act as what, where, and from when until when; by person and by organisation.

A delegation is a row of its own, held by the delegate. It lasts no longer than the appointment that it is under, and
an appointment no longer than its relief. Instants are half-open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import asyncpg
import msgspec

from adapters.postgres.view import Connection, View, read
from domain.ledger.entry import Recorded
from domain.registry import events as facts
from domain.registry.events import Role

NAME: Final = "appointments"
EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)

# The folds that a batch touches; primary key (the appointment itself has no delegation).
TOUCHED = """
SELECT state FROM views.appointment WHERE generation = $1 AND appointment = ANY ($2::text[]) AND delegation = ''
"""

# Rows, new or changed, as one JSON array; primary key.
WRITE = """
INSERT INTO views.appointment SELECT * FROM json_populate_recordset(NULL::views.appointment, $1::json)
ON CONFLICT (generation, appointment, delegation) DO UPDATE SET
    valid_to = excluded.valid_to, position = excluded.position, state = excluded.state
"""

# A generation's rows; primary key.
CLEAR = "DELETE FROM views.appointment WHERE generation = $1"

# The appointments whose rows differ between two generations; any index, all lead with generation.
DIFFERENCES = """
SELECT coalesce(one.appointment, other.appointment),
       to_jsonb(one.whole) - 'generation', to_jsonb(other.whole) - 'generation'
FROM (SELECT appointment, delegation, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.appointment AS each WHERE generation = $1) AS one
FULL JOIN
     (SELECT appointment, delegation, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.appointment AS each WHERE generation = $2) AS other
    ON one.appointment = other.appointment AND one.delegation = other.delegation
WHERE one.content IS DISTINCT FROM other.content
ORDER BY 1 LIMIT 100
"""

# Everything a person was ever appointed to or delegated, oldest first, page by page; index appointment_by_person.
OF_PERSON = """
SELECT appointment, delegation, person, role, organisation, holder, acting_for, valid_from, valid_to, position
FROM views.appointment WHERE generation = views.live('appointments') AND person = $1
  AND ($2::timestamptz IS NULL OR valid_from <= $2 AND (valid_to IS NULL OR $2 < valid_to))
  AND (valid_from, appointment, delegation) > ($3, $4, $5)
ORDER BY valid_from, appointment, delegation LIMIT $6
"""

# Everybody who held a role in an organisation, by role, oldest first, page by page; index appointment_by_organisation.
OF_ORGANISATION = """
SELECT appointment, delegation, person, role, organisation, holder, acting_for, valid_from, valid_to, position
FROM views.appointment WHERE generation = views.live('appointments') AND organisation = $1
  AND ($2::text IS NULL OR role = $2)
  AND ($3::timestamptz IS NULL OR valid_from <= $3 AND (valid_to IS NULL OR $3 < valid_to))
  AND (role, valid_from, appointment, delegation) > ($4, $5, $6, $7)
ORDER BY role, valid_from, appointment, delegation LIMIT $8
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRow:
    """An office that ``person`` holds. ``delegation`` is set when it is another's, lent by ``holder``."""

    appointment: str
    delegation: str | None
    person: str
    role: Role
    organisation: str
    holder: str
    acting_for: str | None
    valid_from: datetime
    valid_to: datetime | None
    position: int


async def fetch_appointments_of(
    connection: Connection,
    person: str,
    *,
    at: datetime | None = None,
    after: tuple[datetime, str, str] = (EARLIEST, "", ""),
    limit: int = 500,
) -> list[AppointmentRow]:
    """The offices of a person, ever or at an instant, oldest first, after a key (from, appointment, delegation)."""
    return [_row(row) for row in await read(connection, OF_PERSON, person, at, *after, limit)]


async def fetch_appointments_in(
    connection: Connection,
    organisation: str,
    *,
    role: Role | None = None,
    at: datetime | None = None,
    after: tuple[str, datetime, str, str] = ("", EARLIEST, "", ""),
    limit: int = 500,
) -> list[AppointmentRow]:
    """The offices in an organisation, ever or at an instant, after a key (role, from, appointment, delegation)."""
    wanted = None if role is None else role.value
    return [_row(row) for row in await read(connection, OF_ORGANISATION, organisation, wanted, at, *after, limit)]


def _row(row: asyncpg.Record) -> AppointmentRow:
    values = dict(row)
    values["role"] = Role(values["role"])
    values["delegation"] = values["delegation"] or None
    return AppointmentRow(**values)


class Lent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A delegation, to its agreed end or its revocation."""

    delegation: str
    delegate: str
    valid_from: datetime
    valid_to: datetime


class AppointmentFold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An appointment with its end, and the delegations under it."""

    appointment: str
    person: str
    role: Role
    organisation: str
    valid_from: datetime
    valid_to: datetime | None = None
    acting_for: str | None = None
    lent: tuple[Lent, ...] = ()

    def take(self, event: facts.Relieved | facts.DelegationGranted | facts.DelegationRevoked) -> None:
        """Take one later event into account."""
        if isinstance(event, facts.Relieved):
            self.valid_to = _earlier(self.valid_to, event.relieved_at)
        elif isinstance(event, facts.DelegationGranted):
            self.lent = (*self.lent, Lent(event.delegation, event.delegate, event.valid_from, event.valid_to))
        else:
            self.lent = tuple(
                msgspec.structs.replace(each, valid_to=min(each.valid_to, event.revoked_at))
                if each.delegation == event.delegation
                else each
                for each in self.lent
            )


_STATE: Final = msgspec.json.Decoder(AppointmentFold)
_ENCODE: Final = msgspec.json.Encoder().encode
_LATER: Final = (facts.Relieved, facts.DelegationGranted, facts.DelegationRevoked)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


async def project(connection: Connection, generation: int, batch: Sequence[Recorded]) -> None:
    """Fold a batch into one generation. The caller owns the transaction."""
    names = {each.event.appointment for each in batch if isinstance(each.event, _LATER)}
    rows = await connection.fetch(TOUCHED, generation, sorted(names)) if names else []
    folds = {fold.appointment: fold for fold in (_STATE.decode(row["state"]) for row in rows)}
    touched: dict[str, int] = {}
    for recorded in batch:
        event = recorded.event
        if isinstance(event, facts.Appointed):
            folds[event.appointment] = AppointmentFold(
                appointment=event.appointment,
                person=event.person,
                role=event.role,
                organisation=event.organisation,
                valid_from=event.valid_from,
                valid_to=event.valid_to,
                acting_for=event.acting_for,
            )
            touched[event.appointment] = recorded.position
        elif isinstance(event, _LATER):
            folds[event.appointment].take(event)
            touched[event.appointment] = recorded.position
    if touched:
        stored = [row for name, at in sorted(touched.items()) for row in _stored(generation, folds[name], at)]
        await connection.execute(WRITE, _ENCODE(stored).decode())


def _stored(generation: int, fold: AppointmentFold, position: int) -> list[dict[str, object]]:
    common: dict[str, object] = {
        "generation": generation,
        "appointment": fold.appointment,
        "role": fold.role,
        "organisation": fold.organisation,
        "holder": fold.person,
        "acting_for": fold.acting_for,
        "position": position,
        "state": fold,
    }
    own = {"delegation": "", "person": fold.person, "valid_from": fold.valid_from, "valid_to": fold.valid_to}
    lent = [
        {
            "delegation": each.delegation,
            "person": each.delegate,
            "valid_from": each.valid_from,
            "valid_to": _earlier(fold.valid_to, each.valid_to),
        }
        for each in fold.lent
    ]
    return [{**common, **row} for row in (own, *lent)]


VIEW: Final = View(
    name=NAME,
    version=1,
    types=frozenset({facts.Appointed, *_LATER}),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
