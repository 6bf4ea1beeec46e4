"""Decisions that come with a signature, and what is told about keys."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from domain.registry.events import SiteSuspended
from tests.api.city import found_city, later, open_day
from tests.api.conftest import Office
from tests.api.signing_day import STORED, SigningDay
from tests.keys import credential, enrolled


async def test_who_prepared_a_zero_report_attests_it_once(office: Office) -> None:
    day = await SigningDay.begin(office)
    city = day.city
    assert (await day.told(city.principal, "attest_zero"))["problem"]["code"] == "wrong_role"
    told = await day.told(city.reporter, "attest_zero")
    assert (told["statement"]["level"], told["statement"]["decision"]) == (0, "attest_zero")
    assert await day.sends(city.reporter, told, "attest_zero") == STORED
    again = await day.told(city.reporter, "attest_zero")
    assert again["problem"]["code"] == "already_attested"
    fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    shown = (await city.officer.sees(f"/api/v1/reports/{day.report}", **fresh)).json()["day"]["attestations"]
    assert [(each["person"], each["revision"], each["hand"]["credential"]) for each in shown] == [
        (city.reporter.id, 1, credential(city.reporter.id))
    ]


async def test_level_3_sends_a_districts_roll_up_back_under_its_signature(office: Office) -> None:
    day = await SigningDay.begin(office)
    city, rollup = day.city, f"f2-f1.{day.city.day}.{day.city.district}"
    await city.principal.signed("sign_report", report=day.report, level=1, digest=day.digest)
    await city.reviewer.signed("sign_report", report=day.report, level=2, digest=day.digest)
    await city.reviewer.did("reporting", "build_rollup", rollup=rollup)

    async def node() -> dict[str, Any]:
        fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
        span = f"first_day={city.day}&last_day={city.day}&district={city.district}"
        (row,) = (await city.officer.sees(f"/api/v1/views/rollup_tree?{span}", **fresh)).json()["rows"]
        return dict(row["rollup"])

    digest = (await node())["digest"]
    early = await city.officer.signs("return_rollup", rollup=rollup, digest=digest, reason="漏报", section=city.section)
    assert (early.status_code, early.json()["code"]) == (409, "level_skipped")
    await city.reviewer.signed("sign_rollup", rollup=rollup, digest=digest)
    (signature,) = (await node())["signatures"]
    assert (signature["credential"], signature["method"], signature["examined"]) == (
        credential(city.reviewer.id), "ed25519", "examined",
    )  # fmt: skip
    returning = {"rollup": rollup, "digest": digest, "reason": "漏报", "section": city.section}
    own = await city.reviewer.signs("return_rollup", **returning)
    assert (own.status_code, own.json()["code"]) == (403, "wrong_role")
    await city.officer.signed("return_rollup", **returning)
    assert (await node())["revisions"][-1]["returned"]
    again = await city.officer.signs("return_rollup", **returning)
    assert (again.status_code, again.json()["code"]) == (409, "returned_for_correction")


async def test_a_person_lifts_what_is_not_owed_with_a_reason(office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    report = city.report(city.neighbour)
    owed = await city.officer.does("reporting", "close_duty", report=report, reason="停课")
    assert (owed.status_code, owed.json()["code"]) == (409, "duty_owed")
    await city.happens(SiteSuspended(organisation=city.neighbour, suspended_on=city.day))
    refused = await city.reviewer.does("reporting", "close_duty", report=report, reason="停课")
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_role")
    await city.officer.did("reporting", "close_duty", report=report, reason="停课")
    fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    assert (await city.officer.sees(f"/api/v1/reports/{report}", **fresh)).status_code == 404


async def test_how_a_key_stands_is_told_to_its_holder_its_officer_and_the_bureau(office: Office) -> None:
    city = await found_city(office)
    await city.give_keys()
    key = credential(city.principal.id)
    await city.happens(enrolled(city.principal.id, 2, vouched_by=city.reviewer.id))
    own = (await city.principal.sees("/api/v1/signing/credentials")).json()
    assert [(each["standing"], each["strength"]) for each in own["credentials"]] == [("usable", "key_file")] * 2
    assert own["credentials"][0]["credential"] == key
    second = credential(city.principal.id, 2)
    for person, name, status in (
        (city.principal, key, 200), (city.registrar, key, 200), (city.reviewer, second, 200), (city.officer, key, 200),
        (city.reviewer, key, 403), (city.reporter, key, 403), (city.officer, "ab" * 32, 404),
    ):  # fmt: skip
        assert (await person.sees(f"/api/v1/signing/credentials/{name}")).status_code == status

    dispute, since = str(uuid4()), datetime.now(UTC).isoformat()
    await city.principal.did("signing", "dispute_signature", dispute=dispute, credential=second, since=since)
    told = (await city.principal.sees(f"/api/v1/signing/credentials/{second}")).json()
    assert (told["standing"], [each["dispute"] for each in told["disputes"]]) == ("frozen", [dispute])
    again = {"dispute": str(uuid4()), "credential": second, "since": since}
    twice = await city.principal.does("signing", "dispute_signature", **again)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_disputed")


async def test_a_holder_revokes_the_own_key_and_an_officer_that_of_the_districts_people(office: Office) -> None:
    city = await found_city(office)
    await city.give_keys()
    lost = {"person": city.reporter.id, "credential": credential(city.reporter.id), "why": "lost"}
    for person, code in ((city.principal, "wrong_role"), (city.stranger, "wrong_role")):
        answer = await person.does("signing", "revoke_credential", **lost)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    foreign = lost | {"person": city.principal.id}
    answer = await city.reviewer.does("signing", "revoke_credential", **foreign)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_credential")
    await city.reviewer.did("signing", "revoke_credential", **lost)
    again = await city.reporter.does("signing", "revoke_credential", **lost)
    assert (again.status_code, again.json()["code"]) == (409, "credential_revoked")
    own = {"person": city.principal.id, "credential": credential(city.principal.id), "why": "replaced"}
    city.principal.appointment = None
    await city.principal.did("signing", "revoke_credential", **own)
    assert (await city.principal.sees("/api/v1/signing/credentials")).json()["credentials"][0]["standing"] == "revoked"


async def test_a_dispute_reaches_back_and_never_into_the_future(office: Office) -> None:
    city = await found_city(office)
    await city.give_keys()
    body = {"dispute": str(uuid4()), "credential": credential(city.principal.id), "since": later(hours=1)}
    answer = await city.principal.does("signing", "dispute_signature", **body)
    assert (answer.status_code, answer.json()["field"]) == (422, "since")
