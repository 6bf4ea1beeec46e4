"""The registry and the evidence judge the same office by code of their own; they never disagree."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence.authority import Act, Authorities
from domain.evidence.entry import Entry, parse_entry
from domain.evidence.verdict import Reason, State, Unproved
from domain.ledger.entry import Actor, Context, template
from domain.ledger.event import Event
from domain.registry.authority import Acting, Authority
from domain.registry.errors import NotAppointed, NotDelegated
from domain.registry.events import Appointed, DelegationGranted, DelegationRevoked, Relieved, Role

START = datetime(2020, 2, 1, tzinfo=UTC)
# Few names and instants: the same ones meet again and again, ends meet begins, and acts meet both.
PEOPLE = st.sampled_from(("ann", "bo"))
APPOINTMENTS = st.sampled_from(("office-1",) * 4 + ("office-2",))
DELEGATIONS = st.sampled_from(("delegation-1",) * 4 + ("delegation-2",))
EARLY, LATE, ANY = (
    st.integers(first, last).map(lambda day: START + timedelta(days=day)) for first, last in ((0, 1), (2, 4), (0, 4))
)

APPOINTED = st.builds(
    Appointed, appointment=APPOINTMENTS, person=PEOPLE, role=st.sampled_from(Role),
    organisation=st.sampled_from(("school-1", "school-2")), valid_from=EARLY, valid_to=st.none() | LATE,
)  # fmt: skip
RELIEVED = st.builds(
    Relieved, appointment=APPOINTMENTS, person=PEOPLE, organisation=st.just("school-1"), relieved_at=ANY
)
GRANTED = st.builds(
    DelegationGranted, delegation=DELEGATIONS, appointment=APPOINTMENTS, organisation=st.just("school-1"),
    role=st.sampled_from(Role), holder=PEOPLE, delegate=PEOPLE, valid_from=EARLY, valid_to=LATE,
)  # fmt: skip
REVOKED = st.builds(DelegationRevoked, delegation=DELEGATIONS, appointment=APPOINTMENTS, revoked_at=ANY)
EVENTS: st.SearchStrategy[Event] = st.one_of(APPOINTED, RELIEVED, GRANTED, REVOKED)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Mostly an appointment with a delegation of it, and what happens to them."""
    return [draw(APPOINTED), draw(GRANTED), *draw(st.lists(EVENTS, max_size=5))]


def entry(position: int, event: Event) -> Entry:
    context = Context(actor=Actor(person="ann"), received_at=START, key="k", request=b"{}")
    return parse_entry(position, template(event, event_id="id", command="happen", context=context).at(START))


@settings(max_examples=400)
@given(histories(), PEOPLE, APPOINTMENTS, st.none() | DELEGATIONS, ANY, st.data())
def test_registry_and_evidence_never_disagree_over_an_office(
    history: list[Event], person: str, appointment: str, delegation: str | None, at: datetime, data: st.DataObject
) -> None:
    known = data.draw(st.just(len(history)) | st.integers(0, len(history)))
    acting = Acting(person=person, appointment=appointment, at=at, delegation=delegation)
    registry = Authority(acting)
    for event in history[:known]:
        event.mutate(registry)
    evidence = Authorities([entry(position, event) for position, event in enumerate(history, 1)])
    act = Act(person=person, appointment=appointment, delegation=delegation, at=at, position=known + 1)
    assert by_evidence(evidence, act) == by_registry(registry)


def by_registry(authority: Authority) -> Any:
    try:
        authority.require_held()
    except NotAppointed:
        return "not appointed"
    except NotDelegated:
        return "not delegated"
    return authority.holder, authority.role.value, authority.organisation, authority.valid_until


def by_evidence(authorities: Authorities, act: Act) -> Any:
    try:
        office = authorities.office(act)
    except Unproved as unproved:
        # What the bundle does not show, is not held in a registry that holds the same events.
        return {
            (State.NOT_CHECKED, Reason.NO_APPOINTMENT): "not appointed",
            (State.INVALID, Reason.NOT_APPOINTED): "not appointed",
            (State.NOT_CHECKED, Reason.NO_DELEGATION): "not delegated",
            (State.INVALID, Reason.NOT_DELEGATED): "not delegated",
        }[unproved.state, unproved.reason]
    return office.holder, office.role, office.organisation, office.end
