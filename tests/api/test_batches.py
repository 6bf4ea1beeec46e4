"""One signature over many decisions: each is stored, refused and provable on its own."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from domain.evidence.held_signature import verify_held
from domain.evidence.statement import batch_digest, batch_root, statement_digest
from domain.ledger.query import Query, QueryItem
from tests.api.conftest import Office
from tests.api.signing_day import SigningDay
from tests.keys import enrolled_key


@pytest.fixture
async def day(office: Office) -> SigningDay:
    """Two schools of the district have filed, and level 1 has signed both."""
    day = await SigningDay.begin(office)
    city = day.city
    await city.hire("neighbours_reporter", "school.reporter", city.neighbour)
    await city.hire("neighbours_principal", "school.principal", city.neighbour)
    said = city.content(prepared_by=city.neighbours_reporter.id)
    await city.neighbours_reporter.did("reporting", "submit_report", report=city.report(city.neighbour), content=said)
    for principal, each in zip((city.principal, city.neighbours_principal), await asked(day, 1), strict=True):
        await principal.signed(**each)
    return day


async def asked(day: SigningDay, level: int) -> list[dict[str, Any]]:
    """To sign both reports, as they stand."""
    city = day.city
    fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    found = []
    for report in (city.report(), city.report(city.neighbour)):
        digest = (await city.officer.sees(f"/api/v1/reports/{report}", **fresh)).json()["row"]["digest"]
        found.append({"command": "sign_report", "report": report, "level": level, "digest": digest})
    if level == 2:
        found[0]["examined"], found[1]["examined"] = "examined", "summary_only"
    return found


async def sends(day: SigningDay, told: dict[str, Any], decisions: list[dict[str, Any]], key: str) -> list[Any]:
    """Sign the batch that was told, and send it; the outcomes."""
    reviewer = day.city.reviewer
    signed = [
        {"decision": each, "statement": shown["digest"]}
        for each, shown in zip(decisions, told["statements"], strict=True)
    ]
    answer = await reviewer.does(
        "signing", "sign_batch", key=key, decisions=signed, nonce=told["nonce"],
        held=day.hand(reviewer.id, told["batch"]["digest"]),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return list(answer.json()["outcomes"])


async def test_every_decision_of_a_batch_is_provable_from_its_own_event(day: SigningDay, office: Office) -> None:
    reviewer, decisions, key = day.city.reviewer, await asked(day, 2), str(uuid4())
    told = await reviewer.asks(*decisions)
    digests = [each["digest"] for each in told["statements"]]
    assert digests == [statement_digest(each["statement"]) for each in told["statements"]]
    root = batch_root(digests)
    signed = batch_digest(origin="wenze.test/log", size=2, root=root, nonce=told["nonce"])
    assert told["batch"] == {"size": 2, "root": root, "digest": signed}

    outcomes = await sends(day, told, decisions, key)
    assert [each["subject"] for each in outcomes] == [each["report"] for each in decisions]
    types = frozenset({"ReportSigned"})
    for n, (decision, outcome) in enumerate(zip(decisions, outcomes, strict=True)):
        query = Query((QueryItem(types, frozenset({f"report:{decision['report']}"})),))
        event = (await office.wiring.ledger.log.read(query)).events[-1].event
        assert (outcome["problem"], event.examined) == (None, decision["examined"])
        assert (event.held.batch.index, event.held.batch.size) == (n, 2)
        verify_held(
            msgspec.to_builtins(event.held), key=enrolled_key(reviewer.id), statement=event.signature,
            origin="wenze.test/log", nonce=told["nonce"], signer=reviewer.id,
        )  # fmt: skip

    again = await sends(day, told, decisions, key)
    assert [each["receipt"]["first"] for each in again] == [each["receipt"]["first"] for each in outcomes]
    assert [each["receipt"]["duplicate"] for each in again] == [True, True]
    late = await sends(day, told, decisions, str(uuid4()))
    assert [each["problem"]["code"] for each in late] == ["already_signed", "already_signed"]


async def test_a_decision_that_became_impossible_takes_no_other_with_it(day: SigningDay) -> None:
    city, decisions = day.city, await asked(day, 2)
    told = await city.reviewer.asks(*decisions)
    await city.reporter.did("reporting", "correct_report", report=city.report(), content=city.content(), reason="更正")
    outcomes = await sends(day, told, decisions, str(uuid4()))
    problem, receipt = outcomes[0]["problem"], outcomes[1]["receipt"]
    assert (problem["code"], problem["status"]) == ("not_the_current_revision", 409)
    assert receipt["duplicate"] is False


async def test_what_could_not_be_decided_is_told_before_anybody_signs(day: SigningDay) -> None:
    reviewer, decisions = day.city.reviewer, await asked(day, 2)
    decisions[0]["digest"] = "ab" * 32
    told = await reviewer.asks(*decisions)
    problem, shown = told["statements"][0]["problem"], told["statements"][1]
    assert (problem["code"], told["batch"]) == ("not_the_current_revision", None)
    assert shown["zh"] == (
        f"第二级对单位X2 {day.city.day} 的 F1 报告（摘要 {decisions[1]['digest'][:16]}…）签字，仅核概要。"
    )
    assert shown["en"] == (
        f"Level 2 signs: F1 report of 单位X2 for {day.city.day} (digest {decisions[1]['digest'][:16]}…), "
        "its summary only."
    )


async def test_a_decision_outside_the_signed_batch_is_wrong(day: SigningDay) -> None:
    decisions = await asked(day, 2)
    told = await day.city.reviewer.asks(*decisions)
    swapped = {**told, "statements": told["statements"][::-1]}
    assert [each["problem"]["code"] for each in await sends(day, swapped, decisions, str(uuid4()))] == [
        "signature_wrong", "signature_wrong",
    ]  # fmt: skip
    assert [each["problem"] for each in await sends(day, told, decisions, str(uuid4()))] == [None, None]


async def test_at_most_twenty_decisions_lie_under_one_signature(day: SigningDay) -> None:
    reviewer, (decision, _) = day.city.reviewer, await asked(day, 2)
    body = {"decisions": [decision] * 21}
    answer = await reviewer.client.post("/api/v1/signing/statements", json=body, headers=reviewer.headers())
    assert answer.status_code == 422
    told = await reviewer.asks(*[decision] * 20)
    assert told["batch"]["size"] == 20
    signed = [{"decision": decision, "statement": "ab" * 32}] * 21
    held = day.hand(reviewer.id, "ab" * 32)
    answer = await reviewer.does("signing", "sign_batch", decisions=signed, nonce=told["nonce"], held=held)
    assert answer.status_code == 422
