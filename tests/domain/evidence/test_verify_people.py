"""Whose signature it was, and whether that person could: disputes, revoked keys, delegations, three levels."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from domain.evidence.entry import instant_text
from domain.evidence.verdict import Reason, State, StepName
from tests.domain.evidence.judging import Changes, found_at, judged
from tests.domain.evidence.signed_day import (
    DISTRICT,
    REPORT,
    SCHOOL,
    SignedDay,
    credential,
    ident,
    office,
)
from tests.domain.evidence.small_log import START

EARLY = instant_text(START - timedelta(days=9))
BEFORE_THE_DAY = instant_text(START - timedelta(days=1))


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


def test_a_signature_that_is_recorded_again_is_no_second_decision() -> None:
    day = SignedDay()
    payload = json.loads(day.log.entries[day.at["sign_2"] - 1])["payload"]
    again = day.log.add("ReportSigned", payload)
    assert found_at(judged(day), StepName.STATEMENTS) == {(State.INVALID, Reason.NONCE_USED, again)}


def test_a_zero_report_is_attested_by_who_prepared_it() -> None:
    day = SignedDay()
    digest = json.loads(day.log.entries[day.at["file"] - 1])["payload"]["digest"]
    day.signed(
        "attest", "ZeroAttested", "principal", 0, digest, decision="attest_zero", report=REPORT, district=DISTRICT
    )
    assert (State.INVALID, Reason.NOT_THE_PREPARER, day.at["attest"]) in found_at(judged(day), StepName.STATEMENTS)


def test_a_delegate_counts_as_the_holder_whatever_the_entry_says_beside() -> None:
    """Who delegated stands in the log's own delegation; the entry's word on it was not signed."""
    day = Represented({"sign_1": {"on_behalf_of": None}, "sign_2": {"person": ident("principal")}})
    same = {position for _, reason, position in found_at(judged(day), StepName.LEVELS) if reason is Reason.SAME_PERSON}
    assert same == {day.at["sign_1"], day.at["sign_2"]}


def test_a_signature_that_holds_may_be_void() -> None:
    day = SignedDay()
    returned = day.log.add("ReportReturned", {"report": REPORT, "digest": "0" * 64}, version=2)
    void = {each.position: each.void_since for each in judged(day).signatures}
    assert void == {day.at[name]: None for name in ("sign_1", "sign_2", "sign_rollup", "sign_city")}
    corrected = day.log.add("ReportCorrected", {"report": REPORT, "digest": "0" * 64})
    void = {each.position: each.void_since for each in judged(day).signatures}
    assert void[day.at["sign_1"]] == void[day.at["sign_2"]] == corrected
    assert void[day.at["sign_rollup"]] is None
    assert returned < corrected


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
        ({"sign_rollup": {"person": ident("principal")}, "sign_1": {"district": ident("x")}}, {"sign_rollup"}),
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
