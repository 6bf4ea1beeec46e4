"""A log may hold anything that its keeper wrote and signed: what people did not sign, or could not, is found."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.canonical_json import canonical_json
from domain.evidence.entry import instant_text
from domain.evidence.verdict import Reason, State, StepName, Verdict
from domain.evidence.verify_bundle import verify_bundle
from tests.domain.evidence.signed_day import (
    BUREAU,
    DISTRICT,
    REPORT,
    SCHOOL,
    SignedDay,
    credential,
    ident,
    office,
)
from tests.domain.evidence.small_log import ORIGIN, START, base64url, policy, private_key, spki

EARLY = instant_text(START - timedelta(days=9))
BEFORE_THE_DAY = instant_text(START - timedelta(days=1))
Changes = dict[str, dict[str, Any]]


def judged(day: SignedDay, *without: str) -> Verdict:
    left_out = {day.at[name] for name in without}
    return verify_bundle(
        day.log.bundle([each for each in range(1, len(day.log.entries) + 1) if each not in left_out]), policy()
    )


def found_at(verdict: Verdict, step: StepName) -> set[tuple[State, Reason, int | None]]:
    return {
        (each.state, each.reason, each.position)
        for each in verdict.step(step).findings
        if each.state is not State.VALID
    }


def held(**changes: Any) -> dict[str, Any]:
    made = private_key("reviewer").sign(b"\x01" * 32)
    return {"method": "ed25519", "credential": credential("reviewer"), "signature": base64url(made)} | changes


INVALID: dict[str, tuple[Changes, str, StepName, Reason]] = {
    "another content": ({"file": {"revision": 2}}, "file", StepName.CONTENT, Reason.DIGEST_DIFFERS),
    "another roll-up": ({"build_rollup": {"covered": 0}}, "build_rollup", StepName.CONTENT, Reason.DIGEST_DIFFERS),
    "another level": ({"sign_2": {"level": 3}}, "sign_2", StepName.STATEMENTS, Reason.DIGEST_DIFFERS),
    "another nonce": ({"sign_2": {"nonce": "other"}}, "sign_2", StepName.STATEMENTS, Reason.DIGEST_DIFFERS),
    "another appointment": (
        {"sign_2": {"appointment": office("officer")}}, "sign_2", StepName.STATEMENTS, Reason.DIGEST_DIFFERS,
    ),
    "summary only, said to be examined": (
        {"before sign_2": {"examined": "summary_only"}, "sign_2": {"examined": "examined"}},
        "sign_2", StepName.STATEMENTS, Reason.DIGEST_DIFFERS,
    ),
    "other rules": ({"duty": {"rules": "f1-2"}}, "sign_1", StepName.STATEMENTS, Reason.DIGEST_DIFFERS),
    "signed for another log": (
        {"before sign_2": {"origin": "demo"}}, "sign_2", StepName.STATEMENTS, Reason.DIGEST_DIFFERS,
    ),
    "level 2 over nothing below": (
        {"before sign_2": {"below": None}}, "sign_2", StepName.STATEMENTS, Reason.BELOW_DIFFERS,
    ),
    "bytes of another statement": ({"sign_2": {"held": held()}}, "sign_2", StepName.SIGNATURES, Reason.SIGNATURE_WRONG),
    "no signature": ({"sign_2": {"held": None}}, "sign_2", StepName.SIGNATURES, Reason.UNSIGNED),
    "another key enrolled": (
        {"enrol_reviewer": {"public_key": base64url(spki(private_key("thief")))}},
        "sign_2", StepName.CREDENTIALS, Reason.ENROLMENT_WRONG,
    ),
    "another person's credential": (
        {"enrol_reviewer": {"person": ident("officer")}}, "sign_2", StepName.CREDENTIALS, Reason.ANOTHERS_CREDENTIAL,
    ),
    "vouched for by nobody else": (
        {"enrol_reviewer": {"vouched_by": ident("reviewer")}}, "sign_2", StepName.CREDENTIALS, Reason.ENROLMENT_WRONG,
    ),
    "vouched for without an office": (
        {"enrol_reviewer": {"vouched_by": ident("officer")}}, "sign_2", StepName.CREDENTIALS, Reason.NOT_APPOINTED,
    ),
    "a key that is not valid yet": (
        {"enrol_reviewer": {"valid_from": instant_text(START + timedelta(days=1))}},
        "sign_2", StepName.CREDENTIALS, Reason.NOT_YET_VALID,
    ),
    "an appointment that had ended": (
        {"appoint_reviewer": {"valid_to": BEFORE_THE_DAY}}, "sign_2", StepName.AUTHORITY, Reason.NOT_APPOINTED,
    ),
    "an appointment that had not begun": (
        {"appoint_principal": {"valid_from": instant_text(START + timedelta(days=1))}},
        "sign_1", StepName.AUTHORITY, Reason.NOT_APPOINTED,
    ),
    "another person's appointment": (
        {"appoint_reviewer": {"person": ident("deputy")}}, "sign_2", StepName.AUTHORITY, Reason.NOT_APPOINTED,
    ),
    "another role": (
        {"appoint_principal": {"role": "school.reporter"}}, "sign_1", StepName.AUTHORITY, Reason.WRONG_ROLE,
    ),
    "another school's principal": (
        {"appoint_principal": {"organisation": DISTRICT}}, "sign_1", StepName.AUTHORITY, Reason.WRONG_ORGANISATION,
    ),
    "another district's reviewer": (
        {"appoint_reviewer": {"organisation": BUREAU}}, "sign_2", StepName.AUTHORITY, Reason.WRONG_ORGANISATION,
    ),
    "a section of another bureau": (
        {"section": {"parent": SCHOOL}}, "sign_city", StepName.AUTHORITY, Reason.WRONG_ORGANISATION,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INVALID)
def test_what_a_dishonest_log_holds_is_found_by_its_step(name: str) -> None:
    changes, where, step, reason = INVALID[name]
    day = SignedDay(changes)
    assert not day.changes, "every change was used"
    verdict = judged(day)
    assert verdict.state is State.INVALID
    assert (State.INVALID, reason, day.at[where]) in found_at(verdict, step)


NAMES = sorted(SignedDay().at)
FIELDS = sorted({name for each in SignedDay().log.entries for name in json.loads(each)["payload"]})
ODD: list[Any] = [
    None,
    0,
    -1,
    2**50,
    True,
    "",
    "x",
    "1" * 64,
    [],
    [1],
    {},
    {"x": []},
    "2020-02-30",
    instant_text(START),
]


@given(st.sampled_from(NAMES), st.sampled_from(FIELDS), st.sampled_from(ODD))
def test_whatever_an_entry_says_there_is_a_verdict(name: str, field: str, value: Any) -> None:
    judged(SignedDay({name: {field: value}}))


@given(st.sampled_from(("method", "credential", "signature", "paper", "batch", "client_data")), st.sampled_from(ODD))
def test_whatever_a_signature_says_there_is_a_verdict(field: str, value: Any) -> None:
    parts = {name: each for name, each in held(**{field: value}).items() if each is not None}
    assert judged(SignedDay({"sign_2": {"held": parts}})).state is not State.VALID


MISSING: dict[str, tuple[str, str, StepName, Reason]] = {
    "the filing": ("file", "sign_1", StepName.STATEMENTS, Reason.SUBJECT_ABSENT),
    "the duty": ("duty", "sign_1", StepName.STATEMENTS, Reason.DUTY_ABSENT),
    "the signature below": ("sign_1", "sign_2", StepName.STATEMENTS, Reason.BELOW_ABSENT),
    "the enrolment": ("enrol_reviewer", "sign_2", StepName.CREDENTIALS, Reason.NOT_ENROLLED),
    "the appointment": ("appoint_reviewer", "sign_2", StepName.AUTHORITY, Reason.NO_APPOINTMENT),
    "the voucher's appointment": ("appoint_registrar", "sign_2", StepName.CREDENTIALS, Reason.NO_APPOINTMENT),
    "the section": ("section", "sign_city", StepName.AUTHORITY, Reason.ORGANISATION_ABSENT),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_a_bundle_leaves_out_is_not_checked(name: str) -> None:
    left_out, where, step, reason = MISSING[name]
    day = SignedDay()
    verdict = judged(day, left_out)
    assert verdict.state is State.NOT_CHECKED
    assert (State.NOT_CHECKED, reason, day.at[where]) in found_at(verdict, step)


def test_what_was_recorded_under_an_earlier_name_of_the_log_counts_by_that_name() -> None:
    day = SignedDay()
    continued = day.log.add("LogContinued", {"origin": ORIGIN, "size": 20, "root": "4" * 64})
    assert judged(day).state is State.VALID
    other = canonical_json(json.loads(day.log.entries[-1]) | {"payload": {"origin": "earlier.test/log"}})
    day.log.entries[continued - 1] = other
    steps = {step.name for step in judged(day).steps if step.state is State.INVALID}
    assert steps == {StepName.INCLUSION, StepName.CONTENT, StepName.STATEMENTS}


def test_a_decision_of_a_later_version_is_not_checked() -> None:
    day = SignedDay()
    position = day.log.add("ReportSigned", {"report": REPORT}, version=2)
    verdict = judged(day)
    assert found_at(verdict, StepName.STATEMENTS) == {(State.NOT_CHECKED, Reason.VERSION_UNKNOWN, position)}
    assert verdict.state is State.NOT_CHECKED


def counting(day: SignedDay) -> list[State]:
    return [each.counts for each in judged(day).signatures]


def test_a_disputed_signature_stops_counting_and_counts_again_when_somebody_else_confirms_it() -> None:
    day = SignedDay()
    day.disputed()
    verdict = judged(day)
    reviewers = {day.at["sign_2"], day.at["sign_rollup"]}
    assert found_at(verdict, StepName.CREDENTIALS) == {(State.INVALID, Reason.DISPUTED, each) for each in reviewers}
    assert counting(day) == [State.VALID, State.INVALID, State.INVALID, State.VALID]
    day.resolved("confirmed")
    assert judged(day).state is State.VALID


def test_a_repudiated_signature_never_counts_again() -> None:
    day = SignedDay()
    day.disputed()
    day.resolved("repudiated")
    assert {reason for _, reason, _ in found_at(judged(day), StepName.CREDENTIALS)} == {Reason.REPUDIATED}


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("reviewer", Reason.DISPUTED),
        ("registrar", Reason.DISPUTED),
        ("principal", Reason.WRONG_OFFICE),
        ("nobody", Reason.NO_APPOINTMENT),
    ],
)
def test_a_dispute_is_decided_by_an_officer_who_is_no_party_to_it(by: str, reason: Reason) -> None:
    """The holder is one, and who vouched for the key."""
    day = SignedDay()
    day.disputed()
    day.resolved("confirmed", by=ident(by), appointment=office(by))
    assert {reason for _, reason, _ in found_at(judged(day), StepName.CREDENTIALS)} == {reason}


def test_of_two_disputes_the_first_that_covers_a_signature_decides() -> None:
    day = SignedDay()
    day.disputed()
    day.resolved("confirmed")
    for dispute in ("second", "third"):
        day.disputed(dispute=ident(dispute), since=EARLY)
    assert judged(day).state is State.VALID


def test_what_was_signed_before_the_instant_that_the_holder_names_is_not_disputed() -> None:
    day = SignedDay()
    day.disputed(since=instant_text(day.log.now + timedelta(seconds=1)))
    assert judged(day).state is State.VALID


def revoke(day: SignedDay, **changes: Any) -> None:
    revoked = {
        "credential": credential("reviewer"), "person": ident("reviewer"), "why": "lost",
        "revoked_at": BEFORE_THE_DAY, "by": ident("registrar"), "appointment": office("registrar"),
    }  # fmt: skip
    day.add("revoke", "CredentialRevoked", revoked | changes)


class Revoked(SignedDay):
    """The reviewer's key is revoked before the day, or frozen by a dispute."""

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__()

    def day(self) -> None:
        if self.how == "revoked":
            revoke(self)
        else:
            self.disputed(since=instant_text(self.log.now + timedelta(days=9)))
        super().day()


@pytest.mark.parametrize(("how", "reason"), [("revoked", Reason.REVOKED), ("frozen", Reason.FROZEN)])
def test_a_key_that_is_revoked_or_frozen_signs_nothing(how: str, reason: Reason) -> None:
    day = Revoked(how)
    findings = found_at(judged(day), StepName.CREDENTIALS)
    assert (State.INVALID, reason, day.at["sign_2"]) in findings


def test_a_signature_stands_when_its_key_is_revoked_afterwards() -> None:
    """Whoever did not make it disputes it."""
    day = SignedDay()
    revoke(day)
    assert judged(day).state is State.VALID


class Represented(SignedDay):
    """The deputy signs level 1 under the principal's delegation."""

    def __init__(self, changes: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__(changes)

    def day(self) -> None:
        granted = {
            "delegation": ident("delegation"), "appointment": office("principal"), "organisation": SCHOOL,
            "role": "school.principal", "holder": ident("principal"), "delegate": ident("deputy"),
            "valid_from": EARLY, "valid_to": instant_text(START + timedelta(days=9)),
        }  # fmt: skip
        self.add("delegate", "DelegationGranted", granted)
        super().day()

    def signed(self, name: str, type_name: str, person: str, level: int, digest: str, **more: Any) -> dict[str, Any]:
        if name == "sign_1":
            more |= {
                "appointment": office("principal"), "delegation": ident("delegation"),
                "on_behalf_of": ident("principal"),
            }  # fmt: skip
            person = "deputy"
        return super().signed(name, type_name, person, level, digest, **more)


def test_a_delegate_signs_with_the_own_key_under_the_holders_appointment() -> None:
    assert judged(Represented()).state is State.VALID


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"valid_to": BEFORE_THE_DAY}, Reason.NOT_DELEGATED),
        ({"delegate": ident("reporter")}, Reason.NOT_DELEGATED),
        ({"holder": ident("reporter")}, Reason.NOT_DELEGATED),
    ],
)
def test_a_delegation_that_does_not_hold_is_found(change: dict[str, Any], reason: Reason) -> None:
    day = Represented({"delegate": change})
    assert found_at(judged(day), StepName.AUTHORITY) == {(State.INVALID, reason, day.at["sign_1"])}


def test_a_delegation_that_the_bundle_leaves_out_is_not_checked() -> None:
    day = Represented()
    assert found_at(judged(day, "delegate"), StepName.AUTHORITY) == {
        (State.NOT_CHECKED, Reason.NO_DELEGATION, day.at["sign_1"])
    }


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"sign_1": {"on_behalf_of": ident("reporter")}}, {"sign_1"}),
        ({"sign_2": {"person": ident("principal")}}, {"sign_1", "sign_2", "sign_rollup"}),
        ({"sign_rollup": {"person": ident("reporter")}}, {"sign_rollup"}),
        ({"sign_city": {"person": ident("reviewer")}}, {"sign_city"}),
        ({"sign_city": {"on_behalf_of": ident("reporter")}}, {"sign_city"}),
    ],
)
def test_three_levels_need_three_persons(changes: Changes, where: set[str]) -> None:
    day = SignedDay(changes)
    same = {position for _, reason, position in found_at(judged(day), StepName.LEVELS) if reason is Reason.SAME_PERSON}
    assert same <= {day.at[name] for name in where}
    assert same


class SmallSite(SignedDay):
    """The principal has prepared the report, at a site that is exempt for a while."""

    def __init__(self, valid_to: str | None = None) -> None:
        self.valid_to = valid_to
        super().__init__({"sign_1": {"on_behalf_of": ident("reporter")}})

    def day(self) -> None:
        exempted = {"organisation": SCHOOL, "valid_from": EARLY, "valid_to": self.valid_to, "reason": "3" * 64}
        self.add("exempt", "SmallSiteExempted", exempted)
        super().day()


def test_at_an_exempt_small_site_who_prepared_may_sign_level_1() -> None:
    assert found_at(judged(SmallSite()), StepName.LEVELS) == set()
    ended = SmallSite(valid_to=BEFORE_THE_DAY)
    assert found_at(judged(ended), StepName.LEVELS) == {(State.INVALID, Reason.SAME_PERSON, ended.at["sign_1"])}
