"""Every way of passing off a signature for another is refused at the door, with its status and its code."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from adapters.postgres.rebuild import rebuild
from api.nonces import LASTS, Nonces
from domain.evidence.statement import paper_digest
from domain.registry.events import Relieved
from domain.signing.held_signature import HeldSignature, PaperPart
from tests.api.conftest import Office
from tests.api.signing_day import STORED, SigningDay
from tests.keys import credential, enrolled, held_over

FILE = b"%PDF-1.7 signed by hand"
SCAN = sha256(FILE).hexdigest()
LEVEL_1: dict[str, Any] = {"level": 1}


@pytest.fixture
async def day(office: Office) -> SigningDay:
    return await SigningDay.begin(office)


async def test_what_was_shown_and_signed_is_stored(day: SigningDay) -> None:
    principal = day.city.principal
    told = await day.told(principal, **LEVEL_1)
    assert told["statement"] == {
        "origin": "wenze.test/log", "digest": day.digest, "level": 1, "decision": "sign",
        "appointment": principal.appointment, "nonce": told["nonce"], "rules": "f1-1",
    }  # fmt: skip
    assert await day.sends(principal, told) == STORED


async def test_a_signature_is_of_the_own_key(day: SigningDay) -> None:
    principal, other = day.city.principal, day.city.reviewer.id
    told = await day.told(principal, **LEVEL_1)
    assert await day.sends(principal, told, by=other) == (403, "not_your_credential")
    assert await day.sends(principal, told, number=2) == (404, "unknown_credential")
    forged = day.hand(other, "ab" * 32) | {"credential": credential(principal.id)}
    answer = await principal.does("reporting", "sign_report", **told["asked"], nonce=told["nonce"], held=forged)
    assert (answer.status_code, answer.json()["code"]) == (422, "signature_wrong")


@pytest.mark.parametrize(
    "said",
    [
        {"level": 2},
        {"decision": "return"},
        {"decision": "refuse"},
        {"digest": "ab" * 32},
        {"origin": "wenze.test/another"},
        {"nonce": "A" * 44},
        {"appointment": "0190b0a0-0000-7000-8000-00000000000a"},
        {"rules": "f1-2"},
        {"rules": None},
        {"below": "ab" * 32},
        {"examined": "examined"},
        {"delegation": "0190b0a0-0000-7000-8000-00000000000d"},
    ],
    ids=lambda said: "-".join(f"{name}:{str(value)[:12]}" for name, value in said.items()),
)
async def test_a_signature_over_anything_else_is_wrong(day: SigningDay, said: dict[str, Any]) -> None:
    principal = day.city.principal
    told = await day.told(principal, **LEVEL_1)
    assert await day.sends(principal, told, **said) == (422, "signature_wrong")
    assert await day.sends(principal, told) == STORED


async def test_summary_only_is_not_passed_off_as_examined(day: SigningDay) -> None:
    await day.city.principal.signed("sign_report", report=day.report, level=1, digest=day.digest)
    reviewer = day.city.reviewer
    told = await day.told(reviewer, level=2, examined="summary_only")
    told["asked"]["examined"] = "examined"
    assert await day.sends(reviewer, told) == (422, "signature_wrong")
    del told["asked"]["examined"]
    assert await day.sends(reviewer, told) == (422, "examined_missing")


async def test_a_signature_over_one_revision_is_none_over_the_next(day: SigningDay) -> None:
    city = day.city
    told = await day.told(city.principal, **LEVEL_1)
    await city.reporter.did("reporting", "correct_report", report=day.report, content=city.content(), reason="更正")
    assert await day.sends(city.principal, told) == (409, "not_the_current_revision")
    await day.look()
    told["asked"]["digest"] = day.digest
    assert await day.sends(city.principal, told) == (422, "signature_wrong")


async def test_a_nonce_serves_once(day: SigningDay) -> None:
    principal = day.city.principal
    refused = await day.told(principal, "refuse_signature", level=1, reason="数字不全")
    assert await day.sends(principal, refused, "refuse_signature") == STORED
    told = await day.told(principal, **LEVEL_1)
    served = refused["nonce"]
    assert await day.sends(principal, told, posted=served, nonce=served) == (409, "nonce_used")
    assert await day.sends(principal, told) == STORED


async def test_a_nonce_is_this_persons_and_not_over(day: SigningDay, office: Office) -> None:
    city, nonces = day.city, office.wiring.nonces
    told = await day.told(city.principal, **LEVEL_1)
    now = datetime.now(UTC)
    for posted, status, code in (
        (nonces.issue(city.reviewer.id, at=now), 403, "nonce_foreign"),
        ("A" * 44, 403, "nonce_foreign"),
        (nonces.issue(city.principal.id, at=now - LASTS), 409, "nonce_expired"),
    ):
        assert await day.sends(city.principal, told, posted=posted, nonce=posted) == (status, code)
    assert await day.sends(city.principal, told, posted="no nonce", nonce="no nonce") == (422, "invalid_request")
    assert await day.sends(city.principal, told) == STORED


async def test_a_nonce_that_is_over_hides_no_receipt_from_who_repeats_the_request(
    day: SigningDay, office: Office
) -> None:
    principal = day.city.principal
    told, key = await day.told(principal, **LEVEL_1), str(uuid4())
    assert await day.sends(principal, told, key=key) == STORED
    forgetful = Nonces(bytes(32), origin="wenze.test/log")
    office.app.state.wiring = replace(office.wiring, nonces=forgetful)
    assert await day.sends(principal, told, key=key) == STORED
    assert await day.sends(principal, told) == (403, "nonce_foreign")
    told["asked"]["level"] = 2
    assert await day.sends(principal, told, key=key) == (409, "key_reused")


async def test_a_revoked_key_and_one_that_is_not_valid_yet_sign_nothing(day: SigningDay) -> None:
    city = day.city
    await city.happens(enrolled(city.principal.id, 2, valid_from=datetime.now(UTC) + timedelta(hours=1)))
    told = await day.told(city.principal, **LEVEL_1)
    assert await day.sends(city.principal, told, number=2) == (409, "credential_not_yet_valid")
    revoked = {"person": city.principal.id, "credential": credential(city.principal.id), "why": "lost"}
    await city.reviewer.did("signing", "revoke_credential", **revoked)
    assert await day.sends(city.principal, told) == (409, "credential_revoked")
    await city.happens(enrolled(city.principal.id, 3))
    assert await day.sends(city.principal, told, number=3) == STORED


async def test_a_disputed_key_is_frozen_and_its_signature_does_not_count_until_somebody_else_confirms_it(
    day: SigningDay, office: Office
) -> None:
    city, key, dispute = day.city, credential(day.city.principal.id), str(uuid4())
    since = datetime.now(UTC).isoformat()
    await city.principal.signed("sign_report", report=day.report, level=1, digest=day.digest)
    assert await _stands(day) == (1, "valid")
    said = {"dispute": dispute, "credential": key, "since": since, "statement": "我没有签过"}
    foreign = await city.reviewer.does("signing", "dispute_signature", **said)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "not_your_credential")
    await city.principal.did("signing", "dispute_signature", **said)
    told = await day.told(city.principal, "refuse_signature", level=1, reason="不符")
    assert told["problem"]["code"] == "already_signed"
    assert await _stands(day) == (0, "disputed")

    resolved = {
        "dispute": dispute, "credential": key, "person": city.principal.id, "outcome": "confirmed", "reason": "已核实",
    }  # fmt: skip
    for person, status, code in ((city.principal, 403, "wrong_role"), (city.registrar, 409, "resolved_by_party")):
        answer = await person.does("signing", "resolve_dispute", **resolved)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    await city.discipline.did("signing", "resolve_dispute", **resolved)
    assert await _stands(day) == (1, "valid")
    held = await day.told(city.principal, "return_report", level=1, reason="不符")
    assert await day.sends(city.principal, held, "return_report") == (409, "credential_revoked")
    rebuilt = await rebuild(office.wiring.projector)
    assert rebuilt.equal, rebuilt.differences


async def test_a_repudiated_signature_never_counts(day: SigningDay) -> None:
    city, key, dispute = day.city, credential(day.city.principal.id), str(uuid4())
    since = datetime.now(UTC).isoformat()
    await city.principal.signed("sign_report", report=day.report, level=1, digest=day.digest)
    await city.principal.did("signing", "dispute_signature", dispute=dispute, credential=key, since=since)
    refused = await city.principal.does(
        "reporting", "return_report", report=day.report, level=1, digest=day.digest,
        reason={"text": "不符", "salt": "ab" * 32}, **await _signed_anew(day),
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (409, "credential_frozen")
    await city.discipline.did(
        "signing", "resolve_dispute", dispute=dispute, credential=key, person=city.principal.id, outcome="repudiated",
        reason="并非本人",
    )  # fmt: skip
    assert await _stands(day) == (0, "repudiated")


async def _signed_anew(day: SigningDay) -> dict[str, Any]:
    told = await day.told(day.city.principal, "return_report", level=1, reason="不符")
    return {"nonce": told["nonce"], "held": day.hand(day.city.principal.id, "ab" * 32)}


async def _stands(day: SigningDay) -> tuple[int, str]:
    """How far the report is signed, in the view and in the replay, and how the newest signature stands."""
    fresh = {"Wenze-Position-AtLeast": (await day.city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    shown = (await day.city.officer.sees(f"/api/v1/reports/{day.report}", **fresh)).json()
    replayed = (await day.city.officer.sees(f"/api/v1/schools/{day.city.school}/state")).json()["days"][0]
    signature, again = shown["day"]["signatures"][-1], replayed["day"]["signatures"][-1]
    assert signature["hand"] == again["hand"]
    assert shown["row"]["signed_level"] == replayed["stood"]["signed_level"]
    return shown["row"]["signed_level"], signature["hand"].get("standing", "valid")


async def test_an_office_that_has_ended_signs_nothing(day: SigningDay) -> None:
    city = day.city
    told = await day.told(city.principal, **LEVEL_1)
    office, now = str(city.principal.appointment), datetime.now(UTC)
    await city.happens(
        Relieved(appointment=office, person=city.principal.id, organisation=city.school, relieved_at=now)
    )
    assert await day.sends(city.principal, told) == (403, "not_your_office")


async def test_a_reason_is_the_one_that_was_signed(day: SigningDay) -> None:
    principal = day.city.principal
    told = await day.told(principal, "return_report", level=1, reason="数字不符")
    signed = dict(told["asked"]["reason"])
    for changed in ({"text": "数字相符"}, {"salt": "ab" * 32}):
        told["asked"]["reason"] = signed | changed
        assert await day.sends(principal, told, "return_report") == (422, "signature_wrong")
    told["asked"]["reason"] = signed
    assert await day.sends(principal, told, "return_report") == STORED


async def test_a_paper_is_attested_by_a_second_person(day: SigningDay) -> None:
    city = day.city
    asked = {"command": "sign_report", "report": day.report, "level": 1, "digest": day.digest}
    told = await city.principal.asks(asked, on_paper=True)
    assert datetime.fromisoformat(told["expires_at"]) > datetime.now(UTC) + timedelta(hours=23)
    body = {name: each for name, each in asked.items() if name != "command"} | {"nonce": told["nonce"]}
    digest = told["statements"][0]["digest"]
    put = await city.office.client.put(f"/scans/{SCAN}", content=FILE, headers=city.principal.headers())
    assert put.status_code == 204
    for person, status, code in ((city.principal.id, 409, "paper_attested_by_signer"), (city.stranger.id, 200, None)):
        held = msgspec.to_builtins(_on_paper(person, city.principal.id, digest))
        answer = await city.principal.does("reporting", "sign_report", **body, held=held)
        assert (answer.status_code, answer.json().get("code")) == (status, code)


def _on_paper(person: str, signer: str, digest: str) -> HeldSignature:
    """What the signer signed by hand, attested by the person with the own key."""
    attested = paper_digest(signed=digest, scan=SCAN, signer=signer)
    return held_over(person, attested, method="paper", paper=PaperPart(scan=SCAN, attested_by=person))
