"""Every event type × every role, on a real PostgreSQL: the stream gives each reader exactly what that role may see.

Types of the classes that no event has yet are added for the test, so that the walk is over all four.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import msgspec
import pytest

from domain.catalogue import CATALOGUE
from domain.ledger.entry import Actor, Context
from domain.ledger.event import Catalogue, Event, EventClass
from domain.ledger.ports import Append
from domain.registry.events import Appointed, Role
from tests.api.conftest import Office, Person, running, settings_for
from tests.domain.ledger.test_event_types import filled

OWN, ELSEWHERE = "own-place", "other-place"
SAMPLE = '"F1.2020-02-03.site"'
SCHOOL_ROLES = {Role.REPORTER, Role.CLASS_TEACHER, Role.PRINCIPAL}
BUREAU_ROLES = {Role.SECTION_OFFICER, Role.REGISTRAR, Role.INSPECTOR, Role.DISCIPLINE}


class LeadReceived(Event, frozen=True):
    """Stands for everything about leads, cases and coming visits."""

    type_name: ClassVar[str] = "LeadReceived"
    event_class: ClassVar[EventClass] = EventClass.SEALED
    school: str

    def tags(self) -> tuple[str, ...]:
        return (f"school:{self.school}", f"person:{self.school}")


class InformantNamed(Event, frozen=True):
    """Stands for everything that says who an informant is."""

    type_name: ClassVar[str] = "InformantNamed"
    event_class: ClassVar[EventClass] = EventClass.SOURCE
    school: str

    def tags(self) -> tuple[str, ...]:
        return (f"school:{self.school}", f"person:{self.school}")


TYPES = {**CATALOGUE.types, "LeadReceived": LeadReceived, "InformantNamed": InformantNamed}
Seen = set[tuple[str, str]]


def about(event_type: type[Event], place: str) -> Event:
    """An event of a type in which every organisation and every person is one place; reports and roll-ups are its."""
    text = msgspec.json.encode(filled(event_type)).decode()
    for name in ("report", "rollup"):
        text = text.replace(f'"{name}":{SAMPLE}', f'"{name}":"F1.2020-02-03.{place}"')
    return msgspec.json.decode(text.replace(SAMPLE, f'"{place}"'), type=event_type)


@pytest.fixture
async def office(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """The app over a log that holds one event of every type about one place, and one about another."""
    wider = Catalogue(TYPES.values())
    monkeypatch.setattr("api.main.CATALOGUE", wider)
    monkeypatch.setattr("api.routes.events.CATALOGUE", wider)
    async with running(settings_for(dsn, tmp_path, missed_clock=3600)) as started:
        for event_type in TYPES.values():
            await _happen(started, about(event_type, OWN), about(event_type, ELSEWHERE))
        yield started


async def _happen(office: Office, *events: Event, command: str = "happened") -> None:
    ledger = office.wiring.ledger
    context = Context(actor=Actor(person=str(uuid4())), received_at=ledger.clock.now(), key=str(uuid4()), request=b"{}")
    ids = tuple(ledger.ids.new() for _ in events)
    await ledger.log.append(Append(events=events, ids=ids, command=command, context=context))


async def _holder(office: Office, role: Role, *, until: datetime | None = None) -> Person:
    person = await office.person()
    held = Appointed(
        appointment=str(uuid4()),
        person=person.id,
        role=role,
        organisation=OWN,
        valid_from=datetime.now(UTC) - timedelta(days=2),
        valid_to=until,
    )
    await _happen(office, held, command="hired")
    return person


async def _sees(person: Person, query: str = "") -> Seen:
    """(type, where) of the events that the stream gives, the appointments of the test's own readers left out."""
    answer = await person.sees(f"/api/v1/events{query}")
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["position"] for line in lines] == sorted({line["position"] for line in lines})
    told = [(line["type"], json.dumps(line["payload"])) for line in lines if line["command"] == "happened"]
    return {(name, place) for name, payload in told for place in (OWN, ELSEWHERE) if place in payload}


def _of(*classes: EventClass, where: tuple[str, ...] = (OWN, ELSEWHERE)) -> Seen:
    return {(name, place) for name, each in TYPES.items() if each.event_class in classes for place in where}


def may_see(role: Role | None) -> Seen:
    """The rule once more, said differently: who sees which class, and of which places."""
    everywhere = _of(EventClass.OPEN)
    if role in BUREAU_ROLES:
        everywhere |= _of(EventClass.OFFICE)
    if role is Role.DISCIPLINE:
        everywhere |= _of(EventClass.SEALED)
    if role in SCHOOL_ROLES:
        everywhere |= {each for each in _of(EventClass.OFFICE, where=(OWN,)) if _at_a_school(each[0])}
    if role is Role.DISTRICT_REVIEWER:
        everywhere |= {each for each in _of(EventClass.OFFICE, where=(OWN,)) if _in_a_district(each[0])}
    return everywhere


def _at_a_school(name: str) -> bool:
    return any(tag in (f"school:{OWN}", f"organisation:{OWN}") for tag in about(TYPES[name], OWN).tags())


def _in_a_district(name: str) -> bool:
    return any(
        tag == f"organisation:{OWN}" or (tag.startswith("rollup:") and tag.endswith(f".{OWN}"))
        for tag in about(TYPES[name], OWN).tags()
    )


def _spoken(seen: Seen) -> Seen:
    """Without the types whose sample names no place: their two events are one and the same."""
    return {(name, place) for name, place in seen if OWN in msgspec.json.encode(about(TYPES[name], OWN)).decode()}


def test_there_are_events_of_every_class() -> None:
    assert {each.event_class for each in TYPES.values()} == set(EventClass)


async def test_every_event_type_for_every_role_and_for_nobody(office: Office) -> None:
    for role in (*Role, None):
        person = await office.person() if role is None else await _holder(office, role)
        expected = _spoken(may_see(role))
        assert await _sees(person) == expected, role
        for event_class in EventClass:
            only = {each for each in expected if TYPES[each[0]].event_class is event_class}
            assert await _sees(person, f"?class={event_class.value}") == only, (role, event_class)
        for name in ("LeadReceived", "InformantNamed", "ReportSubmitted", "TokenIssued"):
            only = {each for each in expected if each[0] == name}
            assert await _sees(person, f"?type={name}") == only, (role, name)
        tagged = await _sees(person, f"?tag=school:{OWN}")
        assert tagged == {
            each for each in expected if each[1] == OWN and f"school:{OWN}" in about(TYPES[each[0]], OWN).tags()
        }, role


async def test_an_office_that_is_over_opens_nothing(office: Office) -> None:
    former = await _holder(office, Role.DISCIPLINE, until=datetime.now(UTC) - timedelta(days=1))
    assert await _sees(former) == _spoken(may_see(None))


async def test_a_limit_counts_what_is_given_and_not_what_is_passed_over(office: Office) -> None:
    discipline = await _holder(office, Role.DISCIPLINE)
    answer = await discipline.sees("/api/v1/events?class=sealed&limit=1")
    assert [json.loads(line)["type"] for line in answer.text.splitlines()] == ["LegalHoldPlaced"]
