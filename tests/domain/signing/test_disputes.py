"""The holder says that it was somebody else; somebody else decides."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.ledger.errors import Invalid
from domain.registry.errors import WrongOrganisation, WrongRole
from domain.registry.events import Role
from domain.reporting.sign_report import SignReport
from domain.signing import errors
from domain.signing.dispute_signature import DisputeSignature
from domain.signing.events import DisputeResolved, Outcome, SignatureDisputed
from domain.signing.resolve_dispute import ResolveDispute
from domain.signing.signature_standing import SignatureStanding, Standings
from tests.domain.reporting.story import (
    BUREAU,
    DELEGATE,
    EVENING,
    FAR_REVIEWER,
    MORNING,
    NOON,
    NORTH,
    OFFICE_OF,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECOND_REVIEWER,
    TEACHER,
    Story,
    acting,
    appointed,
    delegation,
    uuid,
)
from tests.keys import credential, enrolled, held

VALID, DISPUTED, REPUDIATED = SignatureStanding.VALID, SignatureStanding.DISPUTED, SignatureStanding.REPUDIATED
ONE, TWO = uuid(901), uuid(902)
DISCIPLINE, DISCIPLINE_OFFICE = uuid(510), uuid(511)
MOMENT = timedelta(microseconds=1)


def disputes(by: str = PRINCIPAL, dispute: str = ONE, since: Any = MORNING, of: str | None = None) -> DisputeSignature:
    return DisputeSignature(by=by, at=NOON, dispute=dispute, credential=credential(of or by), since=since)


def decides(
    officer: str = REVIEWER,
    outcome: Outcome = "confirmed",
    dispute: str = ONE,
    person: str = PRINCIPAL,
    **acts: Any,
) -> ResolveDispute:
    return ResolveDispute(
        acting=acting(officer, **acts),
        dispute=dispute,
        credential=credential(person),
        person=person,
        outcome=outcome,
        reason=REASON,
    )


def test_the_holder_names_an_instant_and_the_key_is_frozen() -> None:
    story = Story()
    digest = story.filed().digest
    command = story.signs(PRINCIPAL, 1, digest)
    story.does(disputes())
    story.refuses(command, errors.FrozenCredential)


def test_nobody_disputes_for_another_nor_what_is_to_come() -> None:
    story = Story()
    story.refuses(disputes(REVIEWER, of=PRINCIPAL), errors.NotYourCredential)
    story.refuses(disputes("nobody"), errors.UnknownCredential)
    story.refuses(disputes(since=NOON + MOMENT), Invalid)
    story.does(disputes(since=NOON))


def test_one_dispute_at_a_time_and_a_later_one_reaches_further_back() -> None:
    story = Story()
    story.does(disputes())
    story.refuses(disputes(dispute=TWO, since=MORNING - MOMENT), errors.AlreadyDisputed)
    story.does(decides())
    story.refuses(disputes(dispute=TWO, since=MORNING), errors.AlreadyDisputed)
    story.refuses(disputes(dispute=ONE, since=MORNING - MOMENT), errors.AlreadyDisputed)
    story.does(disputes(dispute=TWO, since=MORNING - MOMENT))


def test_after_a_dispute_the_key_signs_nothing_more_and_a_new_one_does() -> None:
    story = Story(enrolled(PRINCIPAL, 2))
    digest = story.filed().digest
    command = story.signs(PRINCIPAL, 1, digest)
    story.does(disputes())
    story.does(decides())
    story.refuses(command, errors.RevokedCredential)
    says = story.states(acting(PRINCIPAL), "sign", 1, digest, REPORT)
    signing: dict[str, Any] = {"nonce": says["nonce"], "held": held(PRINCIPAL, says, 2)}
    story.does(SignReport(acting=acting(PRINCIPAL), origin=ORIGIN, report=REPORT, level=1, digest=digest, **signing))


@pytest.mark.parametrize("officer", [REVIEWER, REGISTRAR])
def test_a_dispute_is_resolved_by_a_districts_officer_or_the_registrar(officer: str) -> None:
    story = Story()
    story.does(disputes())
    event = story.does(decides(officer))
    assert (event.by, event.appointment, event.outcome) == (officer, OFFICE_OF[officer], "confirmed")


def test_the_discipline_office_resolves_wherever_while_its_office_lasts() -> None:
    office = appointed(DISCIPLINE, Role.DISCIPLINE, BUREAU, DISCIPLINE_OFFICE)
    story = Story(msgspec.structs.replace(office, valid_to=EVENING))
    story.does(disputes())
    command = decides(DISCIPLINE, appointment=DISCIPLINE_OFFICE)
    story.does(command)
    assert command.recorded_before == EVENING


def test_nobody_else_resolves_it() -> None:
    story = Story(
        appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, uuid(401)),
        appointed(TEACHER, Role.PRINCIPAL, SCHOOL, uuid(402)),
        delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH, delegate=PRINCIPAL),
    )
    story.does(disputes())
    story.refuses(decides(REPORTER), WrongRole)
    story.refuses(decides(TEACHER, appointment=uuid(402)), WrongRole)
    story.refuses(decides(FAR_REVIEWER), WrongOrganisation)
    story.refuses(decides(PRINCIPAL, appointment=uuid(401)), errors.ResolvedByParty)
    by = {"appointment": OFFICE_OF[REVIEWER], "delegation": uuid(301)}
    story.refuses(decides(PRINCIPAL, **by), errors.ResolvedByParty)
    story.refuses(decides(dispute=TWO), errors.DisputeUnknown)
    story.refuses(decides(person=REPORTER), errors.DisputeUnknown)
    story.does(decides())
    story.refuses(decides(outcome="repudiated"), errors.DisputeOver)


def test_whose_word_the_key_rests_on_does_not_resolve_it() -> None:
    story = Story(
        appointed(DELEGATE, Role.PRINCIPAL, SCHOOL, uuid(401)),
        enrolled(DELEGATE, 2, vouched_by=REVIEWER),
        delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH, delegate=REPORTER),
    )
    key = credential(DELEGATE, 2)
    story.does(DisputeSignature(by=DELEGATE, at=NOON, dispute=ONE, credential=key, since=MORNING))

    def decided_by(person: str, **acts: Any) -> ResolveDispute:
        return ResolveDispute(
            acting=acting(person, **acts),
            dispute=ONE,
            credential=key,
            person=DELEGATE,
            outcome="confirmed",
            reason=REASON,
        )

    story.refuses(decided_by(REVIEWER), errors.ResolvedByParty)
    delegated = decided_by(REPORTER, appointment=OFFICE_OF[REVIEWER], delegation=uuid(301))
    story.refuses(delegated, errors.ResolvedByParty)
    story.does(decided_by(SECOND_REVIEWER))


# How a signature stands


def disputed(dispute: str, since: Any) -> SignatureDisputed:
    return SignatureDisputed(dispute=dispute, credential="cc" * 32, person=PRINCIPAL, since=since)


def resolved(dispute: str, outcome: Outcome) -> DisputeResolved:
    return DisputeResolved(
        dispute=dispute,
        credential="cc" * 32,
        person=PRINCIPAL,
        outcome=outcome,
        by=REVIEWER,
        appointment=OFFICE_OF[REVIEWER],
        reason=REASON,
    )


def standings(*events: Any) -> Standings:
    made = Standings()
    for event in events:
        made.fold(event)
    return made


def test_a_disputed_signature_stops_counting_and_counts_again_when_it_is_confirmed() -> None:
    made = standings()
    assert made.standing("cc" * 32, NOON) is VALID
    made.fold(disputed(ONE, NOON))
    assert made.standing("cc" * 32, NOON) is DISPUTED
    made.fold(resolved(ONE, "confirmed"))
    assert made.standing("cc" * 32, NOON) is VALID


def test_a_repudiated_signature_never_counts_again() -> None:
    made = standings(disputed(ONE, NOON), resolved(ONE, "repudiated"))
    assert made.standing("cc" * 32, NOON) is REPUDIATED
    made.fold(disputed(TWO, MORNING))
    made.fold(resolved(TWO, "confirmed"))
    assert made.standing("cc" * 32, NOON) is REPUDIATED
    assert made.standing("cc" * 32, MORNING) is VALID


def test_what_was_recorded_before_the_instant_stands_and_so_do_other_keys() -> None:
    made = standings(disputed(ONE, NOON))
    assert made.standing("cc" * 32, NOON - MOMENT) is VALID
    assert made.standing("cc" * 32, NOON + MOMENT) is DISPUTED
    assert made.standing("dd" * 32, NOON) is VALID


def test_what_was_confirmed_stays_confirmed_when_an_earlier_instant_is_disputed() -> None:
    made = standings(disputed(ONE, NOON), resolved(ONE, "confirmed"), disputed(TWO, MORNING))
    assert made.standing("cc" * 32, NOON) is VALID
    assert made.standing("cc" * 32, MORNING) is DISPUTED
