"""A small city, founded through the routes: one bureau, one section, two districts, three schools."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.ledger.entry import Actor, Context
from domain.ledger.event import Event
from domain.ledger.ports import Append
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting
from domain.registry.events import CalendarName
from domain.reporting.adopt_rules import SCHOOLS
from domain.reporting.events import RulesAdopted
from domain.signing.enrol_credential import EnrolCredential
from tests.api.conftest import Office, Person
from tests.keys import enrolled

FIELDS = [
    {"name": name, "kind": "count", "label_zh": name, "label_en": name, "required": True, "positive": name == "fever"}
    for name in ("staff", "fever")
] + [
    {"name": name, "kind": kind, "label_zh": name, "label_en": name, "required": False, "positive": False}
    for name, kind in (("remarks", "text"), ("named_list", "list"), ("duty_leader", "person"))
]


class City:
    """Ids and people; ``day`` is today."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.bureau, self.section, self.district, self.other_district = (str(uuid4()) for _ in range(4))
        self.school, self.neighbour, self.far = (str(uuid4()) for _ in range(3))
        self.day = business_date_of(datetime.now(UTC))
        self.people: dict[str, Person] = {}
        self.signs = False

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def report(self, school: str | None = None) -> str:
        return f"f1.{self.day}.{school or self.school}"

    def content(self, **more: Any) -> dict[str, Any]:
        content = {
            "nature": "zero", "zero_attestation": True, "counts": {"staff": 12, "fever": 0}, "flags": {},
            "choices": {}, "classes": [], "missing_classes": [], "prepared_by": self.reporter.id,
        }  # fmt: skip
        return content | more

    async def happens(self, *events: Event) -> None:
        """What no command would do today any more."""
        ledger = self.office.wiring.ledger
        context = Context(
            actor=Actor(person=str(uuid4())), received_at=ledger.clock.now(), key=str(uuid4()), request=b"{}"
        )
        ids = tuple(ledger.ids.new() for _ in events)
        await ledger.log.append(Append(events=events, ids=ids, command="happen", context=context))

    async def hire(self, name: str, role: str, organisation: str) -> Person:
        person = await self.office.person()
        self.people[name] = person
        await self.registrar.did(
            "registry", "register_person", person=person.id, code=f"P-{name}", name=f"合成-{name}", phone="13800000000"
        )
        person.appointment = str(uuid4())
        await self.registrar.did(
            "registry", "appoint", appointment=person.appointment, person=person.id, role=role,
            organisation=organisation, valid_from=datetime.now(UTC).isoformat(),
        )  # fmt: skip
        if self.signs:
            await self.enrol(person)
        return person

    async def give_keys(self) -> None:
        """Whoever was hired so far, and whoever is from now on, has the key of the tests."""
        self.signs = True
        for name, person in self.people.items():
            if name != "registrar":
                await self.enrol(person)

    async def enrol(self, person: Person) -> None:
        """The registrar confirms the person's key of the tests, as if it had waited under a code."""
        key, registrar = enrolled(person.id), self.registrar
        ledger = self.office.wiring.ledger
        acting = Acting(person=registrar.id, appointment=str(registrar.appointment), at=ledger.clock.now())
        await ledger.carry_out(
            lambda: EnrolCredential(
                acting=acting, person=key.person, method=key.method, public_key=key.public_key,
                algorithm=key.algorithm, strength=key.strength,
            ),
            actor=Actor(person=registrar.id, appointment=registrar.appointment), key=str(uuid4()), request=b"{}",
        )  # fmt: skip


async def found_city(office: Office) -> City:
    city = City(office)
    registrar = city.people["registrar"] = await office.person()
    registrar.appointment = None
    appointment = str(uuid4())
    await registrar.did(
        "registry", "found_bureau", bureau=city.bureau, name="教育局（合成）", registrar_code="R",
        registrar_name="合成", appointment=appointment,
    )  # fmt: skip
    registrar.appointment = appointment
    opened = "2010-09-01"
    for organisation, kind, code, parent in (
        (city.section, "section", "S", city.bureau),
        (city.district, "district", "D1", city.bureau),
        (city.other_district, "district", "D2", city.bureau),
        (city.school, "primary", "X1", city.district),
        (city.neighbour, "kindergarten", "X2", city.district),
        (city.far, "junior", "X3", city.other_district),
    ):
        await registrar.did(
            "registry", "register_organisation", organisation=organisation, kind=kind, code=code, name=f"单位{code}",
            parent=parent, opened_on=opened, public=True,
        )  # fmt: skip
    await city.hire("reporter", "school.reporter", city.school)
    await city.hire("principal", "school.principal", city.school)
    await city.hire("reviewer", "district.reviewer", city.district)
    await city.hire("stranger", "school.reporter", city.far)
    await city.hire("officer", "bureau.section", city.section)
    await city.hire("discipline", "discipline", city.bureau)
    return city


async def _publish_form(city: City) -> None:
    await city.registrar.did(
        "reporting", "publish_form", form="F1", form_version=1, title_zh="日报告", title_en="Daily report",
        has_classes=False, fields=FIELDS, rules=[],
    )  # fmt: skip


async def open_earlier_day(city: City, *, days: int) -> None:
    """Form, rules that held already, and the duties of a day before, which is the city's day from now on."""
    await city.give_keys()
    await _publish_form(city)
    city.day -= timedelta(days=days)
    rules = RulesAdopted(
        rules="f1-1", form="F1", form_version=1, effective_from=city.day, deadlines=("15:00", "16:00", "17:00"),
        closes="12:00", closes_after_days=1, calendar=CalendarName.DAILY, owed_by=SCHOOLS,
    )  # fmt: skip
    await city.happens(rules)
    for district, schools in ((city.district, [city.school, city.neighbour]), (city.other_district, [city.far])):
        await city.officer.did(
            "reporting", "open_duties", business_date=city.day.isoformat(), form="F1", district=district,
            schools=schools,
        )  # fmt: skip


async def open_day(city: City) -> None:
    """Form, rules, and today's duties of the first district."""
    await city.give_keys()
    await _publish_form(city)
    await city.registrar.did(
        "reporting", "adopt_rules", rules="f1-1", form="F1", form_version=1, effective_from=city.day.isoformat(),
        deadlines=["15:00", "16:00", "17:00"], closes="12:00", closes_after_days=1,
    )  # fmt: skip
    await city.officer.did(
        "reporting", "open_duties", business_date=city.day.isoformat(), form="F1", district=city.district,
        schools=[city.school, city.neighbour],
    )  # fmt: skip


def later(**time: int) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()
