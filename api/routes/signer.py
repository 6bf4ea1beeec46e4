"""Who is about to sign: what a page writes on the button that does it."""

from typing import Final

import msgspec
from fastapi import APIRouter, Response

from adapters.postgres.views.organisation_names import fetch_names
from api.identity import Asking
from api.position import Demanded
from api.routes.paging import Answers, json_answer
from api.wiring import Wiring
from domain.ledger.errors import NotFound, ViewStopped
from domain.ledger.query import Query, QueryItem
from domain.registry.events import PersonRegistered

routes: Final = APIRouter(tags=["signing"])
answers: Final = Answers()


class SignerOffice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One office, and what its organisation is called; ``delegation`` when it is another's, lent."""

    appointment: str
    role: str
    organisation: str
    name: str
    delegation: str | None = None


class Signer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The asker, by the name that the vault holds, unless it was erased."""

    person: str
    offices: list[SignerOffice]
    name: str | None = None


@routes.get("/api/v1/signing/signer", operation_id="signer", **answers.one(Signer))
async def signer(*, asking: Asking, demanded: Demanded) -> Response:
    """One's own name, and the offices that one holds now."""
    await demanded.head()
    names = await _organisations(demanded.wiring)
    offices = [
        SignerOffice(
            appointment=office.appointment,
            role=office.role.value,
            organisation=office.organisation,
            name=names.get(office.organisation, office.organisation),
            delegation=office.delegation,
        )
        for office in asking.offices
    ]
    name = await _name(demanded.wiring, asking.person)
    return json_answer(demanded, Signer(person=asking.person, offices=offices, name=name))


async def _name(wiring: Wiring, person: str) -> str | None:
    registered = QueryItem(frozenset({PersonRegistered.type_name}), frozenset({f"person:{person}"}))
    for each in (await wiring.ledger.log.read(Query((registered,)))).events:
        if isinstance(each.event, PersonRegistered):
            try:
                return await wiring.ledger.vault.open(each.event.name)
            except NotFound:
                return None
    return None


async def _organisations(wiring: Wiring) -> dict[str, str]:
    """Nobody waits for a stopped view to sign: then ids stand in place of names."""
    try:
        async with wiring.pool.acquire() as connection:
            return (await fetch_names(connection)).all
    except ViewStopped:
        return {}
