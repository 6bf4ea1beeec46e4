"""What the registry knows: organisations, and who holds which office. Open to every holder of a token.

People appear by pseudonym; a name is opened one at a time, for whoever sees the whole city.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from adapters.postgres.views.appointments import (
    EARLIEST,
    AppointmentRow,
    fetch_appointments_in,
    fetch_appointments_of,
)
from adapters.postgres.views.organisations import OrganisationRow, fetch_organisation, fetch_organisations
from api.identity import Asking
from api.position import Demanded
from api.routes.fields import Id, Instant
from api.routes.paging import Answers, AwareInstant, Cursor, Limit, json_answer, key_after, page
from domain.ledger.errors import NotFound
from domain.registry.events import OrganisationKind

routes: Final = APIRouter(tags=["registry"])
answers: Final = Answers()


class Whoami(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asks, and under which offices."""

    person: str
    offices: list["WhoamiOffice"]


class WhoamiOffice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One office; ``delegation`` when it is another's, lent."""

    appointment: str
    role: str
    organisation: str
    delegation: str | None = None


@routes.get("/api/v1/whoami", operation_id="whoami", **answers.one(Whoami))
async def whoami(*, asking: Asking, demanded: Demanded) -> Response:
    """The asker's pseudonym and offices now."""
    await demanded.head()
    offices = [
        WhoamiOffice(
            appointment=office.appointment,
            role=office.role.value,
            organisation=office.organisation,
            delegation=office.delegation,
        )
        for office in asking.offices
    ]
    return json_answer(demanded, Whoami(person=asking.person, offices=offices))


@routes.get("/api/v1/organisations", operation_id="organisations", **answers.page_of(OrganisationRow))
async def organisations(
    *,
    asking: Asking,
    demanded: Demanded,
    kind: Annotated[tuple[OrganisationKind, ...], Query(max_length=10)] = (),
    parent: Id | None = None,
    after: Cursor = None,
    limit: Limit = 1000,
) -> Response:
    """Organisations by id."""
    position = await demanded.view("organisations")
    (key,) = ("",) if after is None else key_after(after, tuple[str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_organisations(
            connection, kinds=frozenset(kind) or None, parent=parent, after=key, limit=limit
        )
    return page(demanded, rows, position, limit=limit, key=lambda row: (row.organisation,))


@routes.get("/api/v1/organisations/{organisation}", operation_id="organisation", **answers.one(OrganisationRow))
async def organisation(*, asking: Asking, demanded: Demanded, organisation: Id) -> Response:
    """One organisation with its validity in time."""
    await demanded.view("organisations")
    async with demanded.wiring.pool.acquire() as connection:
        row = await fetch_organisation(connection, organisation)
    if row is None:
        raise NotFound(organisation=organisation)
    return json_answer(demanded, row)


@routes.get(
    "/api/v1/organisations/{organisation}/appointments",
    operation_id="appointments_in",
    **answers.page_of(AppointmentRow),
)
async def appointments_in(
    *,
    asking: Asking,
    demanded: Demanded,
    organisation: Id,
    at: Instant | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """The offices in an organisation, ever or at an instant, by role, oldest first."""
    position = await demanded.view("appointments")
    key = ("", EARLIEST, "", "") if after is None else key_after(after, tuple[str, AwareInstant, str, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_appointments_in(connection, organisation, at=at, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=lambda row: (row.role.value, *_oldest_first(row)))


def _oldest_first(row: AppointmentRow) -> tuple[datetime, str, str]:
    return row.valid_from, row.appointment, row.delegation or ""


@routes.get("/api/v1/people/{person}/appointments", operation_id="appointments_of", **answers.page_of(AppointmentRow))
async def appointments_of(
    *,
    asking: Asking,
    demanded: Demanded,
    person: Id,
    at: Instant | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """The offices of a person, ever or at an instant, oldest first."""
    position = await demanded.view("appointments")
    key = (EARLIEST, "", "") if after is None else key_after(after, tuple[AwareInstant, str, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_appointments_of(connection, person, at=at, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=_oldest_first)
