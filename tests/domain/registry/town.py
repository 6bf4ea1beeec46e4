"""A small town in which the tests of the registry happen: one bureau, two districts, three sites, a few people.

``when`` gives a command exactly what its boundary selects of the town's history, as production would read it.
"""

from datetime import UTC, date, datetime, timedelta

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.registry.authority import Acting
from domain.registry.events import (
    Appointed,
    BureauFounded,
    OrganisationKind,
    OrganisationRegistered,
    PersonRegistered,
    Role,
)
from tests.given_when_then import When, boundary_of, given

SEALED = "ab" * 32
FOUNDED = datetime(2020, 1, 1, tzinfo=UTC)
AT = datetime(2020, 2, 10, 2, 0, tzinfo=UTC)
"""Now: 10:00 on 10 February in Shanghai."""
TODAY = date(2020, 2, 10)
DAY, MICRO = timedelta(days=1), timedelta(microseconds=1)


def uuid(number: int) -> str:
    """A readable id: the number at the end."""
    return f"00000000-0000-7000-8000-{number:012d}"


BUREAU, SECTION, NORTH, SOUTH = uuid(1), uuid(2), uuid(3), uuid(4)
SCHOOL, NURSERY, FAR = uuid(11), uuid(12), uuid(13)
REGISTRAR, PRINCIPAL, TEACHER, REVIEWER, STRANGER = uuid(101), uuid(102), uuid(103), uuid(104), uuid(105)
REGISTRAR_OFFICE, PRINCIPAL_OFFICE, REVIEWER_OFFICE = uuid(201), uuid(202), uuid(204)
NEW, OTHER = uuid(901), uuid(902)


def organisation(
    each: str, kind: OrganisationKind, code: str, parent: str, opened_on: date = date(2010, 9, 1)
) -> OrganisationRegistered:
    return OrganisationRegistered(
        organisation=each, kind=kind, code=code, name=f"单位{code}", parent=parent, opened_on=opened_on, public=True
    )


def person(each: str) -> PersonRegistered:
    return PersonRegistered(person=each, code=f"P{each[-3:]}", name=SEALED)


def appointed(
    appointment: str, holder: str, role: Role, where: str, begin: datetime = FOUNDED, end: datetime | None = None
) -> Appointed:
    return Appointed(
        appointment=appointment, person=holder, role=role, organisation=where, valid_from=begin, valid_to=end
    )


TOWN: tuple[Event, ...] = (
    BureauFounded(bureau=BUREAU, name="教育局"),
    person(REGISTRAR),
    appointed(REGISTRAR_OFFICE, REGISTRAR, Role.REGISTRAR, BUREAU),
    organisation(SECTION, OrganisationKind.SECTION, "S1", BUREAU),
    organisation(NORTH, OrganisationKind.DISTRICT, "D1", BUREAU),
    organisation(SOUTH, OrganisationKind.DISTRICT, "D2", BUREAU),
    organisation(SCHOOL, OrganisationKind.PRIMARY, "P01", NORTH),
    organisation(NURSERY, OrganisationKind.KINDERGARTEN, "K01", NORTH),
    organisation(FAR, OrganisationKind.TRAINING, "T01", SOUTH, date(2019, 9, 1)),
    *(person(each) for each in (PRINCIPAL, TEACHER, REVIEWER, STRANGER)),
    appointed(PRINCIPAL_OFFICE, PRINCIPAL, Role.PRINCIPAL, SCHOOL, end=AT + 30 * DAY),
    appointed(REVIEWER_OFFICE, REVIEWER, Role.DISTRICT_REVIEWER, NORTH),
)

AS_REGISTRAR = Acting(person=REGISTRAR, appointment=REGISTRAR_OFFICE, at=AT)
AS_PRINCIPAL = Acting(person=PRINCIPAL, appointment=PRINCIPAL_OFFICE, at=AT)
AS_REVIEWER = Acting(person=REVIEWER, appointment=REVIEWER_OFFICE, at=AT)
AS_NOBODY = Acting(person=STRANGER, appointment=REGISTRAR_OFFICE, at=AT)


def when(command: Command, *also: Event) -> When:
    """The command over the town's history and what happened ``also``."""
    history = (*TOWN, *also)
    query = boundary_of(command, history)
    return given(*(each for each in history if query.matches(each.type_name, each.tags()))).when(command)
