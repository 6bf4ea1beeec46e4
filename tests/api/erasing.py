"""What it takes to erase somebody, for the tests of it."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from domain.ledger.errors import NotFound
from domain.ledger.event import Event
from tests.api.city import City, later
from tests.api.conftest import Office


async def events_of(office: Office, *types: type[Event]) -> list[Event]:
    return [each.event for each in (await office.wiring.ledger.log.read()).events if isinstance(each.event, types)]


async def commitments(office: Office) -> list[str]:
    return [row["commitment"] for row in await office.wiring.pool.fetch("SELECT commitment FROM vault.part")]


async def opened(office: Office) -> list[str]:
    """Everything that the vault still opens."""
    values = []
    for commitment in await commitments(office):
        try:
            values.append(await office.wiring.ledger.vault.open(commitment))
        except NotFound:
            continue
    return values


async def leave(city: City, name: str) -> str:
    """Relieve somebody; the person."""
    person = city.people[name]
    await city.registrar.did("registry", "relieve", appointment=person.appointment, relieved_at=later(milliseconds=400))
    await asyncio.sleep(0.5)
    return person.id


async def proposed(city: City, person: str) -> str:
    erasure = str(uuid4())
    await city.officer.did(
        "erasure", "propose_person_erasure", erasure=erasure, person=person, ground="consent_withdrawn"
    )
    return erasure


async def erased(city: City, person: str) -> str:
    erasure = await proposed(city, person)
    await city.discipline.did("erasure", "approve_erasure", erasure=erasure)
    return erasure


async def held(city: City, over: str, **more: Any) -> str:
    hold = str(uuid4())
    said = {"over": over, "until": later(days=30), "reason": "线索核查"} | more
    await city.discipline.did("erasure", "place_legal_hold", hold=hold, **said)
    return hold


async def refused(city: City, who: str, command: str, code: str, **body: Any) -> None:
    answer = await city.people[who].does("erasure", command, **body)
    assert answer.json()["code"] == code, answer.text


async def old_keys(office: Office, keys: Sequence[tuple[str, str, int]]) -> None:
    for subject, purpose, term in keys:
        await office.wiring.pool.execute(
            "INSERT INTO vault.key (key_id, subject, purpose, term, wrapped, kek) "
            "SELECT $1, $2, $3, $4, '\\x00', id FROM vault.kek",
            f"{subject}/{purpose}/{term}", subject, purpose, term,
        )  # fmt: skip
