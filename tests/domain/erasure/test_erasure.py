"""Two persons of two offices erase; periods, offices and legal holds stop them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.erasure import errors
from domain.erasure.adopt_retention import AdoptRetention
from domain.erasure.approve_erasure import ApproveErasure
from domain.erasure.decline_erasure import DeclineErasure
from domain.erasure.end_legal_hold import EndLegalHold
from domain.erasure.events import (
    ErasureApproved,
    ErasureDeclined,
    ErasureProposed,
    Ground,
    KeysDestroyed,
    LegalHoldEnded,
    LegalHoldPlaced,
    RetentionAdopted,
    SealedUnder,
)
from domain.erasure.place_legal_hold import PlaceLegalHold
from domain.erasure.propose_key_erasure import ProposeKeyErasure
from domain.erasure.propose_person_erasure import ProposePersonErasure
from domain.erasure.record_destruction import RecordDestruction
from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.registry.authority import Acting
from domain.registry.errors import WrongRole
from domain.registry.events import DelegationGranted, OrganisationKind, Relieved, Role
from tests.domain.registry.town import (
    AT,
    BUREAU,
    DAY,
    FOUNDED,
    NORTH,
    PRINCIPAL,
    PRINCIPAL_OFFICE,
    REGISTRAR,
    REGISTRAR_OFFICE,
    SCHOOL,
    SEALED,
    SECTION,
    appointed,
    organisation,
    uuid,
)
from tests.given_when_then import When, boundary_of, given

OFFICER, DISCIPLINE, PUPIL, FORMER = uuid(110), uuid(111), uuid(112), uuid(113)
OFFICER_OFFICE, DISCIPLINE_OFFICE, FORMER_OFFICE = uuid(210), uuid(211), uuid(213)
ERASURE, HOLD = uuid(500), uuid(501)
LAST_DAY = datetime(2019, 12, 30, 16, tzinfo=UTC)
"""The 31st begins in Shanghai."""
REMARKS = SealedUnder(subject=SCHOOL, purpose="remarks", term=2016)
NAME = SealedUnder(subject=PRINCIPAL, purpose="name", term=2016)

TOWN: tuple[Event, ...] = (
    organisation(SCHOOL, OrganisationKind.PRIMARY, "X", NORTH),
    appointed(REGISTRAR_OFFICE, REGISTRAR, Role.REGISTRAR, BUREAU),
    appointed(OFFICER_OFFICE, OFFICER, Role.SECTION_OFFICER, SECTION),
    appointed(DISCIPLINE_OFFICE, DISCIPLINE, Role.DISCIPLINE, BUREAU),
    appointed(PRINCIPAL_OFFICE, PRINCIPAL, Role.PRINCIPAL, SCHOOL),
    appointed(FORMER_OFFICE, FORMER, Role.REPORTER, SCHOOL, end=FOUNDED + DAY),
    RetentionAdopted(purpose="remarks", retention_version=1, days=3 * 365, source="档案管理规定"),
    RetentionAdopted(purpose="name", retention_version=1, days=3 * 365, source="档案管理规定"),
)


def officer(at: datetime = AT) -> Acting:
    return Acting(person=OFFICER, appointment=OFFICER_OFFICE, at=at)


def discipline(at: datetime = AT) -> Acting:
    return Acting(person=DISCIPLINE, appointment=DISCIPLINE_OFFICE, at=at)


def when(command: Command, *history: Event) -> When:
    """The command over what its boundary selects of the town's history."""
    whole = (*TOWN, *history)
    query = boundary_of(command, whole)
    return given(*(event for event in whole if query.matches(event.type_name, event.tags()))).when(command)


def proposed(**more: Any) -> ErasureProposed:
    what: dict[str, Any] = {"ground": Ground.RETENTION_OVER, "keys": (REMARKS,), "proposed_by": OFFICER}
    return ErasureProposed(erasure=ERASURE, **(what | more))


def person_proposed(person: str, **more: Any) -> ErasureProposed:
    return proposed(keys=None, person=person, ground=Ground.CONSENT_WITHDRAWN, **more)


def held(over: str, until: datetime = AT + DAY) -> LegalHoldPlaced:
    return LegalHoldPlaced(hold=HOLD, over=over, until=until, placed_by=DISCIPLINE, reason=SEALED)


def approve(**more: Any) -> ApproveErasure:
    return ApproveErasure(**({"acting": discipline(), "erasure": ERASURE} | more))


def propose(*keys: SealedUnder, ground: Ground = Ground.RETENTION_OVER, **more: Any) -> ProposeKeyErasure:
    return ProposeKeyErasure(**({"acting": officer(), "erasure": ERASURE, "ground": ground, "keys": keys} | more))


def test_keys_whose_period_is_over_are_proposed_and_approved_by_another() -> None:
    when(propose(REMARKS)).then(proposed())
    when(approve(), proposed()).then(
        ErasureApproved(erasure=ERASURE, ground=Ground.RETENTION_OVER, approved_by=DISCIPLINE, keys=(REMARKS,))
    )


@pytest.mark.parametrize(
    ("term", "day", "due"),
    [(2016, LAST_DAY, False), (2016, LAST_DAY + DAY, True), (2017, AT, False)],
)
def test_a_period_begins_with_the_end_of_the_year_and_ends_at_midnight_in_shanghai(
    term: int, day: datetime, due: bool
) -> None:
    # 3 × 365 days after 31 December 2016 is the last day of 2019 (a leap day fell in none of those years).
    early = (appointed(OFFICER_OFFICE, OFFICER, Role.SECTION_OFFICER, SECTION, begin=FOUNDED - 365 * DAY),)
    key = SealedUnder(subject=SCHOOL, purpose="remarks", term=term)
    what = when(propose(key, acting=officer(day)), *early)
    if due:
        what.records()
    else:
        what.refuses_with(errors.NotDue, purposes=["remarks"])


def test_without_a_period_nothing_is_due_and_the_newest_period_counts() -> None:
    other = SealedUnder(subject=SCHOOL, purpose="reason", term=2001)
    when(propose(other)).refuses_with(errors.NotDue, purposes=["reason"])
    longer = RetentionAdopted(purpose="remarks", retention_version=2, days=3651, source="s")
    when(propose(REMARKS), longer).refuses_with(errors.NotDue)
    # And what was proposed under the old one is looked at under the new one when it is approved.
    when(approve(), proposed(), longer).refuses_with(errors.NotDue)
    when(approve(), proposed(ground=Ground.UNLAWFUL), longer).records()


def test_a_key_of_the_running_year_is_not_proposed_on_any_ground() -> None:
    running = SealedUnder(subject=SCHOOL, purpose="remarks", term=2020)
    for ground in Ground:
        when(propose(running, ground=ground)).refuses_with(errors.TermStillRuns)


@pytest.mark.parametrize("keys", [(), (REMARKS, REMARKS)])
def test_a_proposal_names_some_keys_each_once(keys: tuple[SealedUnder, ...]) -> None:
    with pytest.raises(Invalid):
        propose(*keys)


def test_only_the_named_offices_act() -> None:
    when(propose(REMARKS, acting=discipline())).refuses_with(WrongRole)
    when(approve(acting=officer()), proposed()).refuses_with(WrongRole)
    person = ProposePersonErasure(acting=discipline(), erasure=ERASURE, ground=Ground.UNLAWFUL, person=PUPIL)
    when(person).refuses_with(WrongRole)
    hold = PlaceLegalHold(acting=officer(), hold=HOLD, over=PUPIL, until=AT + DAY, reason=SEALED)
    when(hold).refuses_with(WrongRole)
    when(EndLegalHold(acting=officer(), hold=HOLD), held(PUPIL)).refuses_with(WrongRole)
    when(AdoptRetention(acting=officer(), purpose="remarks", days=9, source="s")).refuses_with(WrongRole)


def test_who_proposed_does_not_approve_whatever_office_or_delegation_is_held() -> None:
    second_office = appointed(uuid(220), OFFICER, Role.DISCIPLINE, BUREAU)
    own = Acting(person=OFFICER, appointment=uuid(220), at=AT)
    when(approve(acting=own), second_office, proposed()).refuses_with(errors.SecondPersonNeeded)
    lent = DelegationGranted(
        delegation=uuid(221), appointment=DISCIPLINE_OFFICE, organisation=BUREAU, role=Role.DISCIPLINE,
        holder=DISCIPLINE, delegate=OFFICER, valid_from=AT - DAY, valid_to=AT + DAY,
    )  # fmt: skip
    borrowed = Acting(person=OFFICER, appointment=DISCIPLINE_OFFICE, at=AT, delegation=uuid(221))
    when(approve(acting=borrowed), lent, proposed()).refuses_with(errors.SecondPersonNeeded)
    # A delegate proposed on behalf of the officer; the officer, or the delegate, is no second person.
    on_behalf = proposed(proposed_by=uuid(150), on_behalf_of=OFFICER)
    when(approve(acting=own), second_office, on_behalf).refuses_with(errors.SecondPersonNeeded)
    when(approve(), proposed(proposed_by=uuid(150), on_behalf_of=DISCIPLINE)).refuses_with(errors.SecondPersonNeeded)
    when(approve(), on_behalf).records()


def test_what_is_decided_is_decided_once() -> None:
    when(approve()).refuses_with(errors.ErasureUnknown)
    when(propose(REMARKS), proposed()).refuses_with(errors.ErasureTaken)
    approved, declined = (
        ErasureApproved(erasure=ERASURE, ground=Ground.UNLAWFUL, approved_by=DISCIPLINE, keys=(REMARKS,)),
        ErasureDeclined(erasure=ERASURE, declined_by=DISCIPLINE),
    )
    for decision in (approved, declined):
        when(approve(), proposed(), decision).refuses_with(errors.ErasureDecided)
        when(DeclineErasure(acting=officer(), erasure=ERASURE), proposed(), decision).refuses_with(
            errors.ErasureDecided
        )
    for acting in (officer(), discipline()):
        when(DeclineErasure(acting=acting, erasure=ERASURE), proposed()).then(
            ErasureDeclined(erasure=ERASURE, declined_by=acting.person)
        )
    record = RecordDestruction(erasure=ERASURE, keys=(REMARKS,))
    when(record, proposed(), approved).then(KeysDestroyed(erasure=ERASURE, keys=(REMARKS,)))
    for history in ((), (proposed(),), (proposed(), declined)):
        when(RecordDestruction(erasure=ERASURE, keys=()), *history).refuses_with(errors.ErasureNotApproved)
    done = (proposed(), approved, KeysDestroyed(erasure=ERASURE, keys=()))
    when(RecordDestruction(erasure=ERASURE, keys=()), *done).refuses_with(errors.DestructionRecorded)


def test_a_person_is_erased_with_a_ground_and_is_no_organisation() -> None:
    def erase(person: str) -> ProposePersonErasure:
        return ProposePersonErasure(acting=officer(), erasure=ERASURE, ground=Ground.CONSENT_WITHDRAWN, person=person)

    for person in (PUPIL, FORMER):
        when(erase(person)).then(person_proposed(person))
        when(approve(), person_proposed(person)).then(
            ErasureApproved(erasure=ERASURE, ground=Ground.CONSENT_WITHDRAWN, approved_by=DISCIPLINE, person=person)
        )
    when(erase(SCHOOL)).refuses_with(errors.NotAPerson)
    when(approve(), person_proposed(SCHOOL)).refuses_with(errors.NotAPerson)


def test_whoever_is_in_office_is_relieved_first() -> None:
    erase = ProposePersonErasure(acting=officer(), erasure=ERASURE, ground=Ground.UNLAWFUL, person=PRINCIPAL)
    when(erase).refuses_with(errors.StillInOffice, persons=[PRINCIPAL])
    when(approve(), person_proposed(PRINCIPAL)).refuses_with(errors.StillInOffice)
    relieved = Relieved(appointment=PRINCIPAL_OFFICE, person=PRINCIPAL, organisation=SCHOOL, relieved_at=AT)
    when(approve(), person_proposed(PRINCIPAL), relieved).records()
    to_come = appointed(uuid(230), PUPIL, Role.REPORTER, SCHOOL, begin=AT + DAY)
    when(approve(), person_proposed(PUPIL), to_come).refuses_with(errors.StillInOffice)


def test_whoever_stands_in_for_an_office_is_in_office_and_reached_through_it() -> None:
    def lent(until: datetime) -> DelegationGranted:
        return DelegationGranted(
            delegation=uuid(240), appointment=PRINCIPAL_OFFICE, organisation=SCHOOL, role=Role.PRINCIPAL,
            holder=PRINCIPAL, delegate=PUPIL, valid_from=AT - 2 * DAY, valid_to=until,
        )  # fmt: skip

    when(approve(), person_proposed(PUPIL), lent(AT + DAY)).refuses_with(errors.StillInOffice, persons=[PUPIL])
    when(approve(), person_proposed(PUPIL), lent(AT)).records()
    when(approve(), person_proposed(PUPIL), lent(AT), held(SCHOOL)).refuses_with(errors.UnderLegalHold)


def test_in_office_one_keeps_a_name_and_a_number_but_not_what_one_once_wrote() -> None:
    when(approve(), proposed(keys=(NAME,))).refuses_with(errors.StillInOffice, persons=[PRINCIPAL])
    wrote = SealedUnder(subject=PRINCIPAL, purpose="remarks", term=2016)
    when(approve(), proposed(keys=(wrote,))).records()


@pytest.mark.parametrize("over", [SCHOOL, FORMER])
def test_a_hold_protects_a_person_also_through_an_office_once_held(over: str) -> None:
    """Over the person, or over the school in which the person once was in office."""
    when(approve(), person_proposed(FORMER), held(over)).refuses_with(errors.UnderLegalHold, subjects=[FORMER])
    when(approve(), held(over), person_proposed(FORMER)).refuses_with(errors.UnderLegalHold)
    when(approve(), person_proposed(PUPIL), held(over)).records()


def test_a_hold_over_a_school_protects_its_keys_and_whoever_its_lists_name() -> None:
    when(approve(), proposed(), held(SCHOOL)).refuses_with(errors.UnderLegalHold, subjects=[SCHOOL])
    stands_with = {PUPIL: (SCHOOL,)}
    when(approve(stands_with=stands_with), person_proposed(PUPIL), held(SCHOOL)).refuses_with(errors.UnderLegalHold)
    when(approve(stands_with=stands_with), person_proposed(PUPIL), held(NORTH)).records()


def test_a_hold_ends_by_its_date_or_by_the_office_that_placed_it() -> None:
    when(approve(), person_proposed(PUPIL), held(PUPIL, until=AT)).records()
    when(approve(), person_proposed(PUPIL), held(PUPIL, until=AT + timedelta(microseconds=1))).refuses_with(
        errors.UnderLegalHold
    )
    when(EndLegalHold(acting=discipline(), hold=HOLD), held(PUPIL)).then(
        LegalHoldEnded(hold=HOLD, over=PUPIL, ended_at=AT, ended_by=DISCIPLINE)
    )
    ended = LegalHoldEnded(hold=HOLD, over=PUPIL, ended_at=AT, ended_by=DISCIPLINE)
    when(approve(), person_proposed(PUPIL), held(PUPIL), ended).records()
    when(EndLegalHold(acting=discipline(), hold=HOLD), held(PUPIL), ended).refuses_with(errors.HoldOver)
    when(EndLegalHold(acting=discipline(), hold=HOLD)).refuses_with(errors.HoldUnknown)
    again = PlaceLegalHold(acting=discipline(), hold=HOLD, over=PUPIL, until=AT + DAY, reason=SEALED)
    when(again, held(PUPIL)).refuses_with(errors.HoldTaken)
    for until in (AT, AT + 3000 * DAY):
        with pytest.raises(Invalid):
            PlaceLegalHold(acting=discipline(), hold=HOLD, over=PUPIL, until=until, reason=SEALED)


def test_of_two_holds_one_that_ends_leaves_the_other() -> None:
    other = LegalHoldPlaced(hold=uuid(502), over=PUPIL, until=AT + DAY, placed_by=DISCIPLINE, reason=SEALED)
    ended = LegalHoldEnded(hold=HOLD, over=PUPIL, ended_at=AT, ended_by=DISCIPLINE)
    when(approve(), person_proposed(PUPIL), held(PUPIL), other, ended).refuses_with(errors.UnderLegalHold)


def test_the_approval_spares_subjects_without_a_reason() -> None:
    other = SealedUnder(subject=NORTH, purpose="remarks", term=2015)
    both = proposed(keys=(REMARKS, other))
    (event,) = when(approve(spare=(SCHOOL,)), both, held(SCHOOL)).records()
    assert isinstance(event, ErasureApproved)
    assert event.keys == (other,)
    when(approve(spare=(SCHOOL, NORTH)), both).refuses_with(Invalid)
    when(approve(spare=(PUPIL,)), both).refuses_with(Invalid)
    when(approve(spare=(PUPIL,)), person_proposed(PUPIL)).refuses_with(Invalid)


def test_periods_are_versioned_and_the_same_is_not_adopted_twice() -> None:
    registrar = Acting(person=REGISTRAR, appointment=REGISTRAR_OFFICE, at=AT)
    when(AdoptRetention(acting=registrar, purpose="reason", days=30, source="s")).then(
        RetentionAdopted(purpose="reason", retention_version=1, days=30, source="s")
    )
    when(AdoptRetention(acting=registrar, purpose="remarks", days=30, source="s")).then(
        RetentionAdopted(purpose="remarks", retention_version=2, days=30, source="s")
    )
    same = AdoptRetention(acting=registrar, purpose="remarks", days=3 * 365, source="档案管理规定")
    when(same).refuses_with(errors.SameRetention)
    for days in (0, 40_000):
        with pytest.raises(Invalid):
            AdoptRetention(acting=registrar, purpose="remarks", days=days, source="s")
