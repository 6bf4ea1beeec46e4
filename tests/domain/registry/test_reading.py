"""Who may read what: every event type × every role, within and outside the reader's scope."""

import pytest

from domain.catalogue import CATALOGUE
from domain.ledger.event import EventClass
from domain.registry.events import Role
from domain.registry.reading import Post, Reader, Scope, scope_of

OWN, OTHER = "own-organisation", "other-organisation"
STAFF = frozenset(Role) - {Role.CLOCK}


def tags_about(organisation: str, role: Role) -> tuple[str, ...]:
    """What an event about a reader's organisation carries, as the scope of the role sees it."""
    if scope_of(role) is Scope.SCHOOL:
        return ("person:somebody", f"school:{organisation}", "rollup:f2-f1.2020-02-09.a-district")
    return ("person:somebody", "school:a-school", f"rollup:f2-f1.2020-02-09.{organisation}")


@pytest.mark.parametrize("type_name", CATALOGUE.types)
@pytest.mark.parametrize("role", Role)
def test_every_event_type_for_every_role(type_name: str, role: Role) -> None:
    event_class = CATALOGUE.types[type_name].event_class
    reader = Reader("reader", (Post(role, OWN),))
    inside = reader.may_read(event_class, tags_about(OWN, role))
    outside = reader.may_read(event_class, tags_about(OTHER, role))
    match event_class:
        case EventClass.OPEN:
            assert (inside, outside) == (True, True)
        case EventClass.OFFICE:
            assert inside == (role in STAFF)
            assert outside == (scope_of(role) is Scope.BUREAU)
        case EventClass.SEALED:
            assert inside == outside == (role is Role.DISCIPLINE)
        case EventClass.SOURCE:
            assert (inside, outside) == (False, False)
    if inside or outside:
        assert event_class in reader.classes


@pytest.mark.parametrize("role", Role)
def test_sealed_matters_are_for_discipline_and_sources_for_nobody_even_about_oneself(role: Role) -> None:
    reader = Reader("reader", (Post(role, OWN),))
    about_me = ("person:reader", f"school:{OWN}", f"organisation:{OWN}")
    assert reader.may_read(EventClass.SEALED, about_me) == (role is Role.DISCIPLINE)
    assert not reader.may_read(EventClass.SOURCE, about_me)
    assert EventClass.SOURCE not in reader.classes


def test_whoever_holds_no_office_sees_what_is_open_and_what_is_about_the_own_person() -> None:
    reader = Reader("reader")
    assert reader.may_read(EventClass.OPEN, ("school:any",))
    assert reader.may_read(EventClass.OFFICE, ("person:reader",))
    assert not reader.may_read(EventClass.OFFICE, ("person:another", "school:any"))
    assert not reader.sees_school("any", "district")
    assert not reader.sees_district("district")


def test_a_district_sees_the_reports_of_the_day_on_which_the_school_belonged_to_it() -> None:
    reviewer = Reader("reader", (Post(Role.DISTRICT_REVIEWER, OWN),))
    assert reviewer.may_read(EventClass.OFFICE, ("school:moved-away", f"rollup:f2-f1.2020-02-01.{OWN}"))
    assert not reviewer.may_read(EventClass.OFFICE, ("school:moved-away", f"rollup:f2-f1.2020-03-01.{OTHER}"))
    assert reviewer.sees_school("any", OWN)
    assert not reviewer.sees_school("any", OTHER)
