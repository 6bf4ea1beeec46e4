"""What a dishonest log could put before, beside or after a signature so that it seemed to count."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from domain.evidence.digest import content_digest
from domain.evidence.entry import instant_text
from domain.evidence.note import ED25519, VerifierKey
from domain.evidence.verdict import Reason, State, StepName
from domain.evidence.verify_bundle import verify_bundle
from tests.domain.evidence.judging import found_at, judged
from tests.domain.evidence.signed_day import (
    CITY_ROLLUP,
    DISTRICT,
    REPORT,
    ROLLUP,
    SignedDay,
    credential,
    ident,
    office,
)
from tests.domain.evidence.small_log import ORIGIN, START, policy, private_key, raw_public

LATER = instant_text(START + timedelta(days=30))


class Interrupted(SignedDay):
    """Something happens just before an event of the day."""

    def __init__(self, before: str, type_name: str, payload: Mapping[str, Any], **envelope: Any) -> None:
        self.interruption = (before, type_name, payload, envelope)
        super().__init__()

    def add(self, name: str, type_name: str, payload: Mapping[str, Any], **envelope: Any) -> dict[str, Any]:
        before, interrupting, said, more = self.interruption
        if name == before:
            self.at["interruption"] = self.log.add(interrupting, said, **more)
        return super().add(name, type_name, payload, **envelope)


def corrected() -> dict[str, Any]:
    content = {"nature": "positive", "counts": {"fever": 2}, "prepared_by": ident("reporter")}
    revision = {"report": REPORT, "revision": 2, "form": "F1", "form_version": 1, "content": content}
    return revision | {"digest": content_digest("report", {"origin": ORIGIN, **revision})}


def rebuilt() -> dict[str, Any]:
    built = {"rollup": ROLLUP, "parent": CITY_ROLLUP, "level": 2, "revision": 2, "root": "1" * 64}
    return built | {"digest": content_digest("rollup", {"origin": ORIGIN, **built})}


@pytest.mark.parametrize(
    ("signature", "type_name", "payload"),
    [
        ("sign_2", "ReportCorrected", corrected()),
        ("sign_2", "ReportWithdrawn", {"report": REPORT, "digest": "1" * 64}),
        ("sign_2", "ReportReturned", None),
        ("sign_rollup", "RollupBuilt", rebuilt()),
    ],
)
def test_nobody_signs_what_no_longer_stood(signature: str, type_name: str, payload: dict[str, Any] | None) -> None:
    """The bytes that somebody signed before a correction could be kept back and recorded after it."""
    said = payload or {"report": REPORT, "digest": "1" * 64, "level": 2, "person": ident("reviewer")}
    more = {} if payload else {"appointment": office("reviewer"), "nonce": "n", "signature": "2" * 64}
    day = Interrupted(signature, type_name, said | more)
    verdict = judged(day)
    assert (State.INVALID, Reason.SUPERSEDED, day.at[signature]) in found_at(verdict, StepName.STATEMENTS)
    assert State.INVALID in {each.counts for each in verdict.signatures if each.position == day.at[signature]}


def test_a_roll_up_that_was_built_anew_after_it_was_signed_stays_signed() -> None:
    assert judged(Interrupted("build_city", "RollupBuilt", rebuilt())).state is State.VALID


UNREAD = {
    "SignatureDisputed": {"credential": credential("reviewer"), "since": instant_text(START)},
    "CredentialRevoked": {"credential": credential("reviewer")},
    "Relieved": {"appointment": office("reviewer")},
    "DelegationRevoked": {"appointment": office("reviewer")},
    "ReportWithdrawn": {"report": REPORT},
    "SmallSiteExemptionEnded": {"organisation": DISTRICT},
}


@pytest.mark.parametrize("type_name", UNREAD)
def test_what_an_unknown_version_says_could_undo_any_signature(type_name: str) -> None:
    day = Interrupted("sign_1", type_name, UNREAD[type_name], version=2)
    verdict = judged(day)
    found = (State.NOT_CHECKED, Reason.VERSION_UNKNOWN, day.at["interruption"])
    assert found in found_at(verdict, StepName.STATEMENTS)
    assert verdict.state is State.NOT_CHECKED
    assert {each.counts for each in verdict.signatures} == {State.NOT_CHECKED}


def delegation(holder: str, delegate: str) -> dict[str, Any]:
    return {
        "delegation": ident("delegation"), "appointment": office(holder), "holder": ident(holder),
        "delegate": ident(delegate), "valid_from": instant_text(START - timedelta(days=1)), "valid_to": LATER,
    }  # fmt: skip


def test_nobody_vouches_for_the_own_key_through_a_delegate() -> None:
    class Vouched(Interrupted):
        def enrolled(self, name: str) -> dict[str, Any]:
            by_deputy = {"vouched_by": ident("deputy"), "vouching_appointment": office("principal")}
            return by_deputy if name == "principal" else {}

    day = Vouched("enrol_principal", "DelegationGranted", delegation("principal", "deputy"))
    found = found_at(judged(day), StepName.CREDENTIALS)
    assert found == {(State.INVALID, Reason.ENROLMENT_WRONG, day.at["sign_1"])}


def test_a_party_to_a_dispute_does_not_decide_it_through_a_delegate() -> None:
    day = SignedDay()
    day.disputed()
    day.log.add("DelegationGranted", delegation("registrar", "officer"))
    day.resolved("confirmed", by=ident("officer"), appointment=office("registrar"))
    assert {reason for _, reason, _ in found_at(judged(day), StepName.CREDENTIALS)} == {Reason.DISPUTED}


def test_nothing_is_resolved_before_it_is_disputed() -> None:
    day = SignedDay()
    day.resolved("confirmed")
    day.disputed()
    assert {reason for _, reason, _ in found_at(judged(day), StepName.CREDENTIALS)} == {Reason.DISPUTED}
    day.resolved("confirmed")
    assert judged(day).state is State.VALID


def test_an_arrival_after_the_recording_makes_no_office_begin_earlier() -> None:
    class Early(SignedDay):
        def add(self, name: str, type_name: str, payload: Mapping[str, Any], **envelope: Any) -> dict[str, Any]:
            if name in ("sign_2", "sign_rollup"):
                envelope["received_at"] = instant_text(START + timedelta(days=31))
            return super().add(name, type_name, payload, **envelope)

    day = Early({"appoint_reviewer": {"valid_from": LATER}})
    positions = {day.at["sign_2"], day.at["sign_rollup"]}
    verdict = judged(day)
    assert found_at(verdict, StepName.INCLUSION) == {(State.INVALID, Reason.RECEIVED_LATER, each) for each in positions}
    assert {each.position for each in verdict.signatures if each.counts is State.INVALID} == positions


def test_no_signature_counts_in_a_log_that_is_not_the_policys() -> None:
    day = SignedDay()
    other = VerifierKey(ORIGIN, ED25519, raw_public(private_key("another log")))
    verdict = verify_bundle(day.log.bundle(), policy(log=other))
    assert {each.counts for each in verdict.signatures} == {State.INVALID}


def test_a_simulated_log_does_not_pass_for_a_real_one_without_its_opening() -> None:
    day = SignedDay()
    verdict = verify_bundle(day.log.bundle(range(2, len(day.log.entries) + 1)), policy())
    assert found_at(verdict, StepName.INCLUSION) == {(State.NOT_CHECKED, Reason.OPENING_ABSENT, None)}
    assert verdict.state is State.NOT_CHECKED
    assert {each.counts for each in verdict.signatures} == {State.NOT_CHECKED}
