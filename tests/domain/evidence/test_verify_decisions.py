"""A log may hold anything that its keeper wrote and signed: what people did not sign, or could not, is found."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.canonical_json import canonical_json
from domain.evidence.entry import instant_text
from domain.evidence.verdict import Reason, State, StepName
from tests.domain.evidence.judging import Changes, found_at, judged
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
from tests.domain.evidence.small_log import ORIGIN, START, base64url, private_key, spki

BEFORE_THE_DAY = instant_text(START - timedelta(days=1))


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
    "level 2 without a word on what was examined": (
        {"before sign_2": {"examined": None}}, "sign_2", StepName.STATEMENTS, Reason.EXAMINED_WRONG,
    ),
    "level 2 with another word": (
        {"before sign_2": {"examined": "glanced"}}, "sign_2", StepName.STATEMENTS, Reason.EXAMINED_WRONG,
    ),
    "level 1 with a word of level 2": (
        {"before sign_1": {"examined": "examined"}}, "sign_1", StepName.STATEMENTS, Reason.EXAMINED_WRONG,
    ),
    "another bureau beside the statement": (
        {"section": {"parent": SCHOOL}, "sign_city": {"parent": f"f2-f1.2020-02-09.{SCHOOL}"}},
        "sign_city", StepName.AUTHORITY, Reason.WRONG_ORGANISATION,
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
