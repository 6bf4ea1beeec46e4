"""The offices of one person at an instant."""

from datetime import UTC, datetime, timedelta

from domain.registry.events import Appointed, DelegationGranted, DelegationRevoked, Relieved, Role
from domain.registry.offices import Offices

START = datetime(2020, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def appointed(person: str, appointment: str, *, until: datetime | None = None) -> Appointed:
    return Appointed(
        appointment=appointment, person=person, role=Role.PRINCIPAL, organisation="school", valid_from=START,
        valid_to=until,
    )  # fmt: skip


def lent(delegation: str, appointment: str, delegate: str) -> DelegationGranted:
    return DelegationGranted(
        delegation=delegation, appointment=appointment, organisation="school", role=Role.PRINCIPAL, holder="holder",
        delegate=delegate, valid_from=START, valid_to=START + 5 * DAY,
    )  # fmt: skip


def test_an_office_begins_at_its_instant_and_is_over_at_its_end() -> None:
    offices = Offices("me")
    offices.fold([appointed("me", "a", until=START + DAY)])
    assert [bool(offices.held_at(at)) for at in (START - DAY / 2, START, START + DAY)] == [False, True, False]


def test_relief_ends_an_office_before_its_own_end() -> None:
    offices = Offices("me")
    offices.fold([
        appointed("me", "a", until=START + 9 * DAY),
        Relieved(appointment="a", person="me", organisation="school", relieved_at=START + DAY),
    ])  # fmt: skip
    assert offices.held_at(START + DAY) == ()


def test_a_delegation_gives_an_office_until_it_is_revoked_or_its_holder_relieved() -> None:
    for ending in (
        DelegationRevoked(delegation="d", appointment="a", revoked_at=START + DAY),
        Relieved(appointment="a", person="holder", organisation="school", relieved_at=START + DAY),
    ):
        offices = Offices("me")
        offices.fold([lent("d", "a", "me")])
        second = offices.second_query()
        assert second is not None
        assert second.matches(ending.type_name, ending.tags())
        offices.fold([ending])
        held = offices.held_at(START)
        assert [(office.appointment, office.delegation, office.holder) for office in held] == [("a", "d", "holder")]
        assert offices.held_at(START + DAY) == ()


def test_what_is_lent_to_others_is_no_office_of_mine() -> None:
    offices = Offices("holder")
    offices.fold([appointed("holder", "a"), lent("d", "a", "another")])
    assert [office.delegation for office in offices.held_at(START)] == [None]
    assert offices.reader_at(START).sees_school("school", None)
