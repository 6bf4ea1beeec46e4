"""Persons, appointments, acting appointments, reliefs and delegations: accepted, or refused with the reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ledger.errors import Invalid
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.errors import (
    ActingForOneself,
    AlreadyAppointed,
    AlreadyClosed,
    AlreadyRelieved,
    AppointmentTaken,
    AppointmentUnknown,
    DelegationOver,
    DelegationTaken,
    DelegationUnknown,
    EmptyInterval,
    EndsInThePast,
    NotAppointed,
    NotTheHolder,
    NotYetOpened,
    OrganisationUnknown,
    OutsideAppointment,
    PersonCodeTaken,
    PersonTaken,
    PersonUnknown,
    RelievedBeforeAppointed,
    RoleUnfit,
    WrongRole,
)
from domain.registry.events import (
    Appointed,
    DelegationGranted,
    DelegationRevoked,
    PersonRegistered,
    Relieved,
    Role,
    SiteClosed,
)
from domain.registry.found_bureau import FoundBureau
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.register_person import RegisterPerson
from domain.registry.relieve import Relieve
from domain.registry.revoke_delegation import RevokeDelegation
from tests.domain.registry.town import (
    AS_NOBODY,
    AS_PRINCIPAL,
    AS_REGISTRAR,
    AS_REVIEWER,
    AT,
    BUREAU,
    DAY,
    FOUNDED,
    MICRO,
    NEW,
    NORTH,
    NURSERY,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_OFFICE,
    REVIEWER_OFFICE,
    SCHOOL,
    SEALED,
    SECTION,
    STRANGER,
    TEACHER,
    TODAY,
    uuid,
    when,
)
from tests.given_when_then import given

DELEGATION = uuid(301)
END = AT + 30 * DAY


def register(**changes: Any) -> RegisterPerson:
    return RegisterPerson(**{"acting": AS_REGISTRAR, "person": NEW, "code": "P900", "name": SEALED, **changes})


def test_a_person_is_registered_under_a_pseudonym() -> None:
    when(register(phone=SEALED)).then(PersonRegistered(person=NEW, code="P900", name=SEALED, phone=SEALED))


def test_registration_of_a_person_is_refused() -> None:
    when(register(acting=AS_PRINCIPAL)).refuses_with(WrongRole)
    when(register(acting=AS_NOBODY)).refuses_with(NotAppointed)
    when(register(person=TEACHER)).refuses_with(PersonTaken)
    when(register(code="P103")).refuses_with(PersonCodeTaken, person=TEACHER)
    when(register(code="张")).refuses_with(Invalid)


@pytest.mark.parametrize(
    "code",
    [
        "330382199001011234",
        "33038219900101123X",
        "330382-19900101-123x",
        "330382900101123",
        "13800000000",
        "138-0000-0000",
        "8613800000000",
        "0086.138.0000.0000",
        "T13800000000",
        "T_330382199001011234",
    ],
)
def test_an_identity_number_or_a_mobile_number_is_no_code(code: str) -> None:
    when(register(code=code)).refuses_with(Invalid, field="code")
    founding = FoundBureau(
        bureau=BUREAU,
        name="教育局",
        registrar_person=NEW,
        registrar_code=code,
        registrar_name=SEALED,
        appointment=OTHER,
        at=AT,
    )
    given().when(founding).refuses_with(Invalid, field="registrar_code")


@pytest.mark.parametrize("code", ["P1", "2020-0001", "12345678901", "3303820001", "T-20200101-0001", "G3303821990"])
def test_the_numbers_of_an_employer_are_codes(code: str) -> None:
    when(register(code=code)).records()


def appoint(**changes: Any) -> Appoint:
    return Appoint(
        **{
            "acting": AS_REGISTRAR,
            "appointment": NEW,
            "person": TEACHER,
            "role": Role.REPORTER,
            "organisation": SCHOOL,
            "valid_from": AT,
            "valid_to": END,
            **changes,
        }
    )


HELD = Appointed(appointment=NEW, person=TEACHER, role=Role.REPORTER, organisation=SCHOOL, valid_from=AT, valid_to=END)


def relieved(appointment: str, person: str, at: Any) -> Relieved:
    return Relieved(appointment=appointment, person=person, organisation=SCHOOL, relieved_at=at)


def test_a_person_is_appointed_for_an_interval() -> None:
    when(appoint()).then(HELD)
    when(appoint(valid_to=None)).records()


def test_the_same_office_again_begins_where_the_first_ended() -> None:
    when(appoint(appointment=OTHER, valid_from=END, valid_to=None), HELD).records()
    when(appoint(appointment=OTHER, valid_from=AT + DAY), HELD, relieved(NEW, TEACHER, AT + DAY)).records()


def test_another_role_may_be_held_at_the_same_time() -> None:
    when(appoint(appointment=OTHER, role=Role.CLASS_TEACHER), HELD).records()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_REVIEWER}, WrongRole),
        ({"valid_to": AT}, EmptyInterval),
        ({"valid_to": AT - MICRO}, EmptyInterval),
        ({"appointment": PRINCIPAL_OFFICE}, AppointmentTaken),
        ({"person": OTHER}, PersonUnknown),
        ({"organisation": OTHER}, OrganisationUnknown),
        ({"organisation": NORTH}, RoleUnfit),
        ({"role": Role.SECTION_OFFICER}, RoleUnfit),
        ({"role": Role.CLOCK, "organisation": SECTION}, RoleUnfit),
        ({"valid_from": FOUNDED - 4000 * DAY}, NotYetOpened),
        ({"person": PRINCIPAL, "role": Role.PRINCIPAL, "valid_from": END - MICRO, "valid_to": None}, AlreadyAppointed),
    ],
)
def test_an_appointment_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(appoint(**changes)).refuses_with(refusal)


def test_nobody_is_appointed_to_a_site_that_is_closed_by_then() -> None:
    closed = SiteClosed(organisation=SCHOOL, closed_on=TODAY, heir=NURSERY)
    when(appoint(), closed).refuses_with(AlreadyClosed)


def stand_in(**changes: Any) -> AppointActing:
    return AppointActing(
        **{
            "acting": AS_REGISTRAR,
            "appointment": NEW,
            "person": TEACHER,
            "acting_for": PRINCIPAL_OFFICE,
            "valid_from": AT,
            "valid_to": AT + DAY,
            **changes,
        }
    )


def test_an_acting_appointment_gives_role_and_organisation_of_the_other() -> None:
    when(stand_in()).then(
        Appointed(
            appointment=NEW,
            person=TEACHER,
            role=Role.PRINCIPAL,
            organisation=SCHOOL,
            valid_from=AT,
            valid_to=AT + DAY,
            acting_for=PRINCIPAL_OFFICE,
        )
    )


def test_a_vacancy_is_stood_in_for() -> None:
    when(stand_in(), relieved(PRINCIPAL_OFFICE, PRINCIPAL, AT - DAY)).records()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_PRINCIPAL}, WrongRole),
        ({"valid_to": AT}, EmptyInterval),
        ({"appointment": PRINCIPAL_OFFICE}, AppointmentTaken),
        ({"acting_for": OTHER}, AppointmentUnknown),
        ({"person": OTHER}, PersonUnknown),
        ({"person": PRINCIPAL}, ActingForOneself),
        ({"valid_from": FOUNDED - MICRO}, OutsideAppointment),
    ],
)
def test_standing_in_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(stand_in(**changes)).refuses_with(refusal)


def test_nobody_stands_in_twice_at_once() -> None:
    first = when(stand_in()).records()
    when(stand_in(appointment=OTHER), *first).refuses_with(AlreadyAppointed)


def relieve(at: Any = AT + DAY, appointment: str = PRINCIPAL_OFFICE, acting: Any = AS_REGISTRAR) -> Relieve:
    return Relieve(acting=acting, appointment=appointment, relieved_at=at)


def test_an_appointment_is_ended_and_the_end_can_be_brought_forward() -> None:
    when(relieve()).then(relieved(PRINCIPAL_OFFICE, PRINCIPAL, AT + DAY))
    when(relieve(AT), relieved(PRINCIPAL_OFFICE, PRINCIPAL, AT + DAY)).records()


def test_relief_is_refused() -> None:
    when(relieve(acting=AS_PRINCIPAL)).refuses_with(WrongRole)
    when(relieve(appointment=OTHER)).refuses_with(AppointmentUnknown)
    when(relieve(AT - MICRO)).refuses_with(EndsInThePast)
    when(relieve(END)).refuses_with(AlreadyRelieved)
    when(relieve(AT + DAY), relieved(PRINCIPAL_OFFICE, PRINCIPAL, AT + DAY)).refuses_with(AlreadyRelieved)
    later = replace_from(AT + 2 * DAY)
    when(relieve(AT + DAY, appointment=NEW), later).refuses_with(RelievedBeforeAppointed)
    when(relieve(AT + 2 * DAY, appointment=NEW), later).records()


def replace_from(begin: Any) -> Appointed:
    return Appointed(appointment=NEW, person=TEACHER, role=Role.REPORTER, organisation=SCHOOL, valid_from=begin)


def grant(**changes: Any) -> GrantDelegation:
    return GrantDelegation(
        **{
            "acting": AS_PRINCIPAL,
            "delegation": DELEGATION,
            "appointment": PRINCIPAL_OFFICE,
            "delegate": TEACHER,
            "valid_from": AT,
            "valid_to": AT + 5 * DAY,
            **changes,
        }
    )


GRANTED = DelegationGranted(
    delegation=DELEGATION,
    appointment=PRINCIPAL_OFFICE,
    organisation=SCHOOL,
    role=Role.PRINCIPAL,
    holder=PRINCIPAL,
    delegate=TEACHER,
    valid_from=AT,
    valid_to=AT + 5 * DAY,
)
AS_DELEGATE = replace(AS_PRINCIPAL, person=TEACHER, delegation=DELEGATION)


def test_the_holder_delegates() -> None:
    when(grant()).then(GRANTED)
    when(grant(valid_to=END)).records()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_REGISTRAR}, NotTheHolder),
        ({"appointment": REVIEWER_OFFICE}, NotTheHolder),
        ({"acting": replace(AS_PRINCIPAL, person=STRANGER)}, NotAppointed),
        ({"acting": replace(AS_PRINCIPAL, at=END)}, NotAppointed),
        ({"valid_to": AT}, EmptyInterval),
        ({"valid_from": FOUNDED - MICRO}, OutsideAppointment),
        ({"valid_to": END + MICRO}, OutsideAppointment),
        ({"delegate": OTHER}, PersonUnknown),
        ({"delegate": PRINCIPAL}, ActingForOneself),
    ],
)
def test_a_delegation_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(grant(**changes)).refuses_with(refusal)


def test_a_delegate_does_not_delegate_and_no_delegation_is_granted_twice() -> None:
    when(grant(acting=AS_DELEGATE, delegation=NEW, delegate=STRANGER), GRANTED).refuses_with(NotTheHolder)
    when(grant(), GRANTED).refuses_with(DelegationTaken)


def revoke(**changes: Any) -> RevokeDelegation:
    return RevokeDelegation(
        **{
            "acting": AS_PRINCIPAL,
            "delegation": DELEGATION,
            "appointment": PRINCIPAL_OFFICE,
            "revoked_at": AT + DAY,
            **changes,
        }
    )


@pytest.mark.parametrize("acting", [AS_PRINCIPAL, AS_REGISTRAR])
def test_holder_and_registrar_revoke(acting: Any) -> None:
    when(revoke(acting=acting), GRANTED).then(
        DelegationRevoked(delegation=DELEGATION, appointment=PRINCIPAL_OFFICE, revoked_at=AT + DAY)
    )


def test_a_delegation_that_has_not_begun_can_be_revoked_before_it_does() -> None:
    when(revoke(revoked_at=AT), replace_begin(AT + DAY)).records()


def replace_begin(begin: Any) -> DelegationGranted:
    return DelegationGranted(**{**GRANTED.as_dict(), "valid_from": begin})


def test_revocation_is_refused() -> None:
    when(revoke()).refuses_with(DelegationUnknown)
    when(revoke(acting=AS_REVIEWER), GRANTED).refuses_with(WrongRole)
    when(revoke(acting=AS_DELEGATE), GRANTED).refuses_with(NotTheHolder)
    when(revoke(acting=replace(AS_PRINCIPAL, person=STRANGER)), GRANTED).refuses_with(NotAppointed)
    when(revoke(revoked_at=AT - MICRO), GRANTED).refuses_with(EndsInThePast)
    when(revoke(revoked_at=AT + 5 * DAY), GRANTED).refuses_with(DelegationOver)
    revoked = DelegationRevoked(delegation=DELEGATION, appointment=PRINCIPAL_OFFICE, revoked_at=AT + DAY)
    when(revoke(), GRANTED, revoked).refuses_with(DelegationOver)


def test_the_registrar_may_be_of_a_section() -> None:
    when(appoint(role=Role.REGISTRAR, organisation=SECTION)).records()
    when(appoint(role=Role.REGISTRAR, organisation=BUREAU, valid_to=AT + timedelta(days=1))).records()
