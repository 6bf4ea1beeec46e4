"""Authority is decided from events, at the instant of the act."""

from dataclasses import replace
from datetime import datetime

import pytest

from domain.ledger.errors import Refusal
from domain.ledger.event import Event
from domain.registry.authority import Acting, Authority
from domain.registry.errors import NotAppointed, NotDelegated, WrongOrganisation, WrongRole
from domain.registry.events import DelegationGranted, DelegationRevoked, Relieved, Role
from tests.domain.registry.town import (
    AS_PRINCIPAL,
    AT,
    DAY,
    FOUNDED,
    MICRO,
    NORTH,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_OFFICE,
    REVIEWER_OFFICE,
    SCHOOL,
    STRANGER,
    TEACHER,
    appointed,
    uuid,
)

DELEGATION = uuid(301)
END = AT + 30 * DAY
OFFICE = appointed(PRINCIPAL_OFFICE, PRINCIPAL, Role.PRINCIPAL, SCHOOL, end=END)
AS_DELEGATE = Acting(person=TEACHER, appointment=PRINCIPAL_OFFICE, at=AT, delegation=DELEGATION)


def relieved(at: datetime) -> Relieved:
    return Relieved(appointment=PRINCIPAL_OFFICE, person=PRINCIPAL, organisation=SCHOOL, relieved_at=at)


def delegated(appointment: str = PRINCIPAL_OFFICE, delegate: str = TEACHER) -> DelegationGranted:
    return DelegationGranted(
        delegation=DELEGATION,
        appointment=appointment,
        organisation=SCHOOL,
        role=Role.PRINCIPAL,
        holder=PRINCIPAL,
        delegate=delegate,
        valid_from=AT,
        valid_to=AT + 5 * DAY,
    )


def authority(acting: Acting, *history: Event) -> Authority:
    looking = Authority(acting)
    for each in history:
        each.mutate(looking)
    return looking


def refused(acting: Acting, *history: Event) -> type[Refusal] | None:
    try:
        authority(acting, *history).require(Role.PRINCIPAL, SCHOOL)
    except Refusal as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (FOUNDED - MICRO, NotAppointed),
        (FOUNDED, None),
        (END - MICRO, None),
        (END, NotAppointed),
    ],
)
def test_an_appointment_holds_at_its_begin_and_no_longer_at_its_end(
    at: datetime, refusal: type[Refusal] | None
) -> None:
    assert refused(replace(AS_PRINCIPAL, at=at), OFFICE) is refusal


@pytest.mark.parametrize(("at", "refusal"), [(AT - MICRO, None), (AT, NotAppointed), (END, NotAppointed)])
def test_relief_ends_an_appointment_at_its_instant(at: datetime, refusal: type[Refusal] | None) -> None:
    assert refused(replace(AS_PRINCIPAL, at=at), OFFICE, relieved(AT)) is refusal


def test_a_relief_after_the_end_does_not_prolong_the_appointment() -> None:
    assert refused(replace(AS_PRINCIPAL, at=END), OFFICE, relieved(END + DAY)) is NotAppointed


def test_nobody_acts_under_an_appointment_that_is_not_there_or_not_theirs() -> None:
    assert refused(AS_PRINCIPAL) is NotAppointed
    assert refused(replace(AS_PRINCIPAL, person=STRANGER), OFFICE) is NotAppointed


def test_an_appointment_gives_one_role_in_one_organisation() -> None:
    looking = authority(AS_PRINCIPAL, OFFICE)
    with pytest.raises(WrongRole) as wrong:
        looking.require(frozenset({Role.REGISTRAR, Role.REPORTER}))
    assert wrong.value.details["needed"] == ["bureau.registrar", "school.reporter"]
    with pytest.raises(WrongOrganisation):
        looking.require(Role.PRINCIPAL, NORTH)
    looking.require(frozenset({Role.REGISTRAR, Role.PRINCIPAL}), SCHOOL)


@pytest.mark.parametrize(
    ("at", "refusal"),
    [(AT - MICRO, NotDelegated), (AT, None), (AT + 5 * DAY - MICRO, None), (AT + 5 * DAY, NotDelegated)],
)
def test_a_delegate_acts_while_the_delegation_runs(at: datetime, refusal: type[Refusal] | None) -> None:
    assert refused(replace(AS_DELEGATE, at=at), OFFICE, delegated()) is refusal


def test_a_delegate_acts_for_the_holder_with_the_holders_role_and_organisation() -> None:
    looking = authority(AS_DELEGATE, OFFICE, delegated())
    assert (looking.role, looking.organisation, looking.holder) == (Role.PRINCIPAL, SCHOOL, PRINCIPAL)
    assert looking.actor.on_behalf_of == PRINCIPAL
    assert looking.actor.person == TEACHER
    assert authority(AS_PRINCIPAL, OFFICE).actor.on_behalf_of is None


def test_a_delegation_serves_its_delegate_and_its_appointment_only() -> None:
    assert refused(replace(AS_DELEGATE, person=STRANGER), OFFICE, delegated()) is NotDelegated
    assert refused(replace(AS_DELEGATE, delegation=OTHER), OFFICE, delegated()) is NotDelegated
    assert refused(AS_DELEGATE, OFFICE, delegated(appointment=REVIEWER_OFFICE)) is NotDelegated
    assert refused(replace(AS_DELEGATE, delegation=None), OFFICE, delegated()) is NotAppointed


def test_the_holder_needs_no_delegation_and_cannot_use_one() -> None:
    assert refused(AS_PRINCIPAL, OFFICE, delegated()) is None
    assert refused(replace(AS_PRINCIPAL, delegation=DELEGATION), OFFICE, delegated()) is NotDelegated


@pytest.mark.parametrize(("at", "refusal"), [(AT + DAY - MICRO, None), (AT + DAY, NotDelegated)])
def test_a_revoked_delegation_ends_at_once(at: datetime, refusal: type[Refusal] | None) -> None:
    revoked = DelegationRevoked(delegation=DELEGATION, appointment=PRINCIPAL_OFFICE, revoked_at=AT + DAY)
    assert refused(replace(AS_DELEGATE, at=at), OFFICE, delegated(), revoked) is refusal


def test_who_is_relieved_cannot_be_represented() -> None:
    assert refused(replace(AS_DELEGATE, at=AT + DAY), OFFICE, delegated(), relieved(AT + DAY)) is NotAppointed


def test_valid_until_is_the_earliest_end() -> None:
    assert authority(AS_PRINCIPAL, OFFICE, delegated()).valid_until == END
    assert authority(AS_PRINCIPAL, OFFICE, relieved(AT + DAY)).valid_until == AT + DAY
    assert authority(AS_DELEGATE, OFFICE, delegated()).valid_until == AT + 5 * DAY
    revoked = DelegationRevoked(delegation=DELEGATION, appointment=PRINCIPAL_OFFICE, revoked_at=AT + 2 * DAY)
    assert authority(AS_DELEGATE, OFFICE, delegated(), revoked).valid_until == AT + 2 * DAY
    assert authority(AS_DELEGATE, appointed(PRINCIPAL_OFFICE, PRINCIPAL, Role.PRINCIPAL, SCHOOL)).valid_until is None


def test_without_an_appointment_there_is_neither_role_nor_organisation() -> None:
    looking = authority(AS_PRINCIPAL)
    with pytest.raises(NotAppointed):
        _ = looking.role
    with pytest.raises(NotAppointed):
        _ = looking.organisation
