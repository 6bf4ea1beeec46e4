"""Every way of passing off a signature as what it is not, refused by name and before anything is recorded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.evidence.statement import Decision, Statement, statement_digest
from domain.evidence.strict import base64url_text
from domain.ledger.errors import Invalid
from domain.registry.errors import NotAppointed
from domain.registry.events import Relieved, Role
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.signing import errors
from domain.signing.events import CredentialRevoked, SignatureDisputed
from domain.signing.held_signature import PaperPart
from tests.domain.reporting.story import (
    DELEGATE,
    EVENING,
    NOON,
    NORTH,
    NORTH_ROLLUP,
    OFFICE_OF,
    OFFICER,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REPORT,
    REVIEWER,
    SCHOOL,
    SECOND_REVIEWER,
    SECTION,
    Story,
    acting,
    delegation,
    uuid,
)
from tests.domain.signing.hand import BY, Hand
from tests.keys import (
    SCAN,
    credential,
    enrolled,
    held,
)


def test_what_is_signed_exactly_is_taken() -> None:
    hand = Hand()
    signed = hand.story.does(hand.hands_in(held(REVIEWER, hand.says)))
    assert signed.signature == statement_digest(hand.says)
    assert signed.held == held(REVIEWER, hand.says)


ANOTHER: dict[str, Callable[[Hand], Statement]] = {
    "log": lambda hand: {"origin": "another/log"},
    "revision": lambda hand: {"digest": "00" * 32},
    "level": lambda hand: {"level": 1},
    "decision": lambda hand: {"decision": "refuse"},
    "appointment": lambda hand: {"appointment": OFFICE_OF[SECOND_REVIEWER]},
    "nonce": lambda hand: {"nonce": "nonce-of-another"},
    "signature below": lambda hand: {"below": "11" * 32},
    "version of the rules": lambda hand: {"rules": "r2"},
    "word on what was examined": lambda hand: {"examined": "summary_only"},
    "reason": lambda hand: {"reason": REASON},
    "delegation": lambda hand: {"delegation": uuid(301)},
}


@pytest.mark.parametrize("what", ANOTHER)
def test_a_signature_over_another_is_wrong(what: str) -> None:
    hand = Hand()
    hand.refuses(held(REVIEWER, hand.says | ANOTHER[what](hand)), errors.SignatureWrong)


@pytest.mark.parametrize("without", ["below", "rules", "examined"])
def test_a_signature_that_leaves_something_out_is_wrong(without: str) -> None:
    hand = Hand()
    hand.refuses(
        held(REVIEWER, {name: said for name, said in hand.says.items() if name != without}), errors.SignatureWrong
    )


def test_another_persons_credential_is_refused_whoever_made_the_signature() -> None:
    hand = Hand()
    hand.refuses(held(PRINCIPAL, hand.says), errors.NotYourCredential)
    stolen = msgspec.structs.replace(held(PRINCIPAL, hand.says), credential=credential(REVIEWER))
    hand.refuses(stolen, errors.SignatureWrong)


def test_a_key_that_nobody_enrolled_is_refused() -> None:
    hand = Hand()
    hand.refuses(held(REVIEWER, hand.says, 2), errors.UnknownCredential)


@pytest.mark.parametrize(
    "signature", ["", "AAAA", "not base64url!", "A" * 86 + "==", "é", "A" * 85 + "B", "A" * 10_000], ids=range(7)
)
def test_bytes_that_are_no_signature_are_wrong(signature: str) -> None:
    hand = Hand()
    hand.refuses(msgspec.structs.replace(held(REVIEWER, hand.says), signature=signature), errors.SignatureWrong)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "webauthn"},
        {"method": "paper"},
        {"client_data": base64url_text(b"{}")},
        {"authenticator_data": base64url_text(b"\x00" * 37)},
        {"paper": PaperPart(scan=SCAN, attested_by=REVIEWER)},
    ],
    ids=["a passkey", "a paper without its part", "client data", "authenticator data", "a paper by oneself"],
)
def test_a_key_in_a_file_is_not_passed_off_as_something_else(changes: dict[str, Any]) -> None:
    hand = Hand()
    with pytest.raises((errors.SignatureWrong, errors.PaperAttestedBySigner)):
        hand.story.does(hand.hands_in(msgspec.structs.replace(held(REVIEWER, hand.says), **changes)))


def test_a_nonce_serves_once_over_a_report_whoever_uses_it() -> None:
    hand = Hand()
    says = hand.says | {"nonce": hand.first.nonce}
    hand.refuses(held(REVIEWER, says), errors.NonceUsed, nonce=hand.first.nonce)


@pytest.mark.parametrize("decision", ["return", "refuse"])
def test_a_signature_is_not_replayed_after_a_correction_or_a_refusal(decision: str) -> None:
    hand = Hand()
    act = ReturnReport if decision == "return" else RefuseSignature
    declines: Any = hand.story.declines(act, REVIEWER, 2, hand.digest)
    hand.story.does(declines)
    again = hand.says | {"nonce": declines.signing.nonce}
    if decision == "refuse":
        hand.refuses(held(REVIEWER, again), errors.NonceUsed, nonce=declines.signing.nonce)
    else:
        corrected = hand.story.corrected().digest
        again |= {"digest": corrected, "below": hand.story.signed(PRINCIPAL, 1, corrected).signature}
        hand.digest = corrected
        hand.refuses(held(REVIEWER, again), errors.NonceUsed, nonce=declines.signing.nonce)


def test_a_nonce_serves_once_over_a_roll_up() -> None:
    story = Story()
    first = story.signs_rollup(story.does(story.builds()).digest)
    nonce = first.signing.nonce
    signed = story.does(first)
    by = acting(OFFICER)
    says = story.states(by, "return", 3, signed.digest, NORTH_ROLLUP, reason=REASON) | {"nonce": nonce}
    returning: dict[str, Any] = {"rollup": NORTH_ROLLUP, "digest": signed.digest, "reason": REASON, "section": SECTION}
    command = ReturnRollup(acting=by, origin=ORIGIN, nonce=nonce, held=held(OFFICER, says), **returning)
    story.refuses(command, errors.NonceUsed)
    returns = story.returns_rollup(signed.digest)
    story.does(returns)
    built = story.does(story.builds())
    for used in (nonce, returns.signing.nonce):
        says = story.states(BY, "sign", 2, built.digest, NORTH_ROLLUP, examined="examined") | {"nonce": used}
        signing: dict[str, Any] = {"nonce": used, "held": held(REVIEWER, says), "examined": "examined"}
        again = SignRollup(acting=BY, origin=ORIGIN, rollup=NORTH_ROLLUP, digest=built.digest, **signing)
        story.refuses(again, errors.NonceUsed)


@pytest.mark.parametrize("act", [ReturnReport, RefuseSignature])
def test_a_nonce_that_signed_neither_returns_nor_refuses(act: type[ReturnReport | RefuseSignature]) -> None:
    hand = Hand()
    decision: Decision = "return" if act is ReturnReport else "refuse"
    nonce = hand.first.nonce
    says = hand.story.states(BY, decision, 2, hand.digest, REPORT, reason=REASON) | {"nonce": nonce}
    given: dict[str, Any] = {"report": REPORT, "level": 2, "digest": hand.digest, "reason": REASON, "origin": ORIGIN}
    hand.story.refuses(act(acting=BY, nonce=nonce, held=held(REVIEWER, says), **given), errors.NonceUsed)


def test_a_nonce_of_one_report_serves_once_over_another() -> None:
    """In a batch all statements hold one nonce; each names the one digest that it is about."""
    story = Story(duties=(SCHOOL,))
    built = story.does(story.builds())
    digest = story.filed().digest
    command = story.signs_rollup(built.digest)
    story.does(command)
    says = story.states(acting(PRINCIPAL), "sign", 1, digest, REPORT) | {"nonce": command.signing.nonce}
    signing = {"nonce": command.signing.nonce, "held": held(PRINCIPAL, says)}
    story.does(SignReport(acting=acting(PRINCIPAL), origin=ORIGIN, report=REPORT, level=1, digest=digest, **signing))


def test_a_revoked_key_signs_nothing_be_it_revoked_a_moment_later() -> None:
    revoked = CredentialRevoked(
        credential=credential(REVIEWER),
        person=REVIEWER,
        why="lost",
        revoked_at=NOON + timedelta(seconds=1),
        by=REVIEWER,
    )
    hand = Hand(revoked)
    hand.refuses(held(REVIEWER, hand.says), errors.RevokedCredential)


def test_a_disputed_key_is_frozen() -> None:
    disputed = SignatureDisputed(dispute=uuid(901), credential=credential(REVIEWER), person=REVIEWER, since=EVENING)
    hand = Hand(disputed)
    hand.refuses(held(REVIEWER, hand.says), errors.FrozenCredential)


def test_a_key_signs_from_its_first_instant_on_and_not_before() -> None:
    early, ready = NOON + timedelta(microseconds=1), NOON
    for valid_from, error in ((early, errors.CredentialNotYetValid), (ready, None)):
        hand = Hand(enrolled(REVIEWER, 2, valid_from=valid_from))
        signature = held(REVIEWER, hand.says, 2)
        if error is None:
            hand.story.does(hand.hands_in(signature))
        else:
            hand.refuses(signature, error)


def test_when_the_appointment_has_ended_the_key_does_not_help() -> None:
    ended = Relieved(appointment=OFFICE_OF[REVIEWER], person=REVIEWER, organisation=NORTH, relieved_at=NOON)
    hand = Hand(ended)
    hand.refuses(held(REVIEWER, hand.says), NotAppointed)


def test_a_delegate_signs_with_the_own_key_and_names_the_delegation() -> None:
    hand = Hand(delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH))
    by = acting(DELEGATE, appointment=OFFICE_OF[REVIEWER], delegation=uuid(301))
    hand.refuses(held(REVIEWER, hand.says | {"delegation": uuid(301)}), errors.NotYourCredential, by=by)
    hand.refuses(held(DELEGATE, hand.says), errors.SignatureWrong, by=by)
    signed = hand.story.does(hand.hands_in(held(DELEGATE, hand.says | {"delegation": uuid(301)}), by=by))
    assert (signed.person, signed.on_behalf_of) == (DELEGATE, REVIEWER)


def test_level_2_and_level_3_say_whether_they_examined_it_and_level_1_does_not() -> None:
    hand = Hand()
    with pytest.raises(errors.ExaminedMissing):
        hand.hands_in(held(REVIEWER, hand.says), examined=None)
    with pytest.raises(errors.ExaminedMissing):
        SignRollup(
            acting=acting(OFFICER), origin=ORIGIN, rollup="r", digest="", nonce="n", held=held(OFFICER, hand.says)
        )
    with pytest.raises(Invalid):
        hand.hands_in(held(PRINCIPAL, hand.says), level=1)
