"""A person makes a key, proves to hold it, and an officer vouches for it by its short code."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.routes.enrolments import code_of
from domain.evidence.strict import base64url_text
from domain.ledger.query import Query, QueryItem
from domain.signing.events import CredentialEnrolled
from tests.api.city import City, found_city
from tests.api.conftest import Office
from tests.api.enrolling import key_made, options, passkey_made, waiting
from tests.passkeys import ALGORITHMS, BACKED_UP, BACKUP_ELIGIBLE, ORIGIN, PRESENT, VERIFIED, passkey


@pytest.fixture
async def city(office: Office) -> City:
    return await found_city(office)


async def enrolments(office: Office, person: str) -> list[CredentialEnrolled]:
    item = QueryItem(frozenset({"CredentialEnrolled"}), frozenset({f"person:{person}"}))
    found = await office.wiring.ledger.log.read(Query((item,)))
    return [each.event for each in found.events if isinstance(each.event, CredentialEnrolled)]


async def test_a_passkey_waits_under_its_code_until_an_officer_vouches_for_it(city: City) -> None:
    people = (city.reporter, city.reviewer, city.officer)
    for algorithm, person in zip(ALGORITHMS, people, strict=True):
        asked = await options(person)
        assert asked["person"] == person.id
        told = await person.did("signing", "ask_enrolment", made=passkey_made(asked["nonce"], algorithm))
        assert told["code"] == code_of(passkey(algorithm).enrolled.credential)
        seen = await city.registrar.sees(f"/api/v1/signing/pending_enrolments/{told['code']}")
        assert seen.json() == told
        assert await enrolments(city.office, person.id) == []
        await city.registrar.did("signing", "confirm_enrolment", code=told["code"])
        (event,) = await enrolments(city.office, person.id)
        assert event.credential == passkey(algorithm).enrolled.credential
        assert (event.person, event.vouched_by) == (person.id, city.registrar.id)
        assert (event.method, event.algorithm, event.strength) == ("webauthn", algorithm, "passkey_device")
        assert (event.rp_id, event.web_origin) == ("localhost", ORIGIN)
        assert event.credential_id == base64url_text(passkey(algorithm).credential_id)
        assert event.registration is not None


async def test_a_synced_passkey_and_a_key_in_the_browser_are_told_apart(city: City) -> None:
    told = await waiting(city.reporter, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)
    assert told["strength"] == "passkey_synced"
    private = Ed25519PrivateKey.generate()
    made = key_made((await options(city.reporter))["nonce"], city.reporter.id, private)
    told = await city.reporter.did("signing", "ask_enrolment", made=made)
    assert told["credential"] == sha256(urlsafe_b64decode(made["public_key"] + "==")).hexdigest()
    await city.principal.did("signing", "confirm_enrolment", code=told["code"])
    (event,) = await enrolments(city.office, city.reporter.id)
    assert (event.method, event.strength, event.rp_id) == ("ed25519", "key_browser", None)


async def test_the_options_ask_for_verification_and_tell_nothing_of_the_person(city: City) -> None:
    asked = (await options(city.reporter))["passkey"]
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-8, -7, -257]
    assert asked["rp"]["id"] == "localhost"
    assert city.reporter.id not in str(asked)
    assert asked["user"]["id"] != (await options(city.reporter))["passkey"]["user"]["id"]


async def test_wrong_and_hostile_registrations_are_refused(city: City) -> None:
    nonce = (await options(city.reporter))["nonce"]
    right = passkey_made(nonce)
    wrong = [
        passkey_made(nonce, flags=PRESENT),
        passkey_made(nonce, flags=VERIFIED),
        passkey_made(nonce, flags=PRESENT | VERIFIED | BACKED_UP),
        *(
            passkey_made(nonce, said=said)
            for said in (
                {"origin": "http://evil.example"}, {"crossOrigin": True}, {"topOrigin": ORIGIN},
                {"type": "webauthn.get"}, {"challenge": "AAAA"},
            )
        ),
        *(
            right | {"attestation_object": each}
            for each in ("AAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA", "g" * 60_000)
        ),
        # What somebody else holds is not one's own.
        key_made(nonce, city.principal.id, Ed25519PrivateKey.generate()),
    ]  # fmt: skip
    for made in wrong:
        answer = await city.reporter.does("signing", "ask_enrolment", made=made)
        assert (answer.status_code, answer.json()["code"]) == (422, "key_unfit"), made
    await city.reporter.did("signing", "ask_enrolment", made=right)


async def test_a_nonce_of_another_person_or_for_signing_enrols_nothing(city: City) -> None:
    signing = city.office.wiring.nonces.issue(city.reporter.id, at=datetime.now(UTC))
    late = city.office.wiring.enrolment_nonces.issue(city.reporter.id, at=datetime.now(UTC) - timedelta(hours=1))
    theirs = (await options(city.principal))["nonce"]
    for nonce, code in ((signing, "nonce_foreign"), (theirs, "nonce_foreign"), (late, "nonce_expired")):
        answer = await city.reporter.does("signing", "ask_enrolment", made=passkey_made(nonce))
        assert answer.json()["code"] == code


async def test_nobody_vouches_for_oneself_and_no_stranger_for_anybody(city: City) -> None:
    told = await waiting(city.principal)
    for person, code in (
        (city.principal, "vouched_by_oneself"), (city.reporter, "wrong_role"), (city.stranger, "wrong_role"),
    ):  # fmt: skip
        answer = await person.does("signing", "confirm_enrolment", code=told["code"])
        assert answer.json()["code"] == code
    await city.reviewer.did("signing", "confirm_enrolment", code=told["code"])


async def test_a_code_is_read_by_the_person_and_by_officers_alone(city: City) -> None:
    told = await waiting(city.reporter)
    path = f"/api/v1/signing/pending_enrolments/{told['code']}"
    assert (await city.reporter.sees(path)).status_code == 200
    assert (await city.officer.sees(path)).status_code == 200
    assert (await city.stranger.sees(path)).json()["code"] == "enrolment_unknown"
    assert (await city.officer.sees(path.replace(told["code"], "ZZZZZ-ZZZZZ"))).status_code == 404


async def test_a_newer_key_takes_the_place_of_the_one_that_waits(city: City) -> None:
    codes = [(await waiting(city.reporter, each))["code"] for each in (-8, -7)]
    answer = await city.principal.does("signing", "confirm_enrolment", code=codes[0])
    assert answer.json()["code"] == "enrolment_unknown"
    await city.principal.did("signing", "confirm_enrolment", code=codes[1])


async def test_a_confirmation_is_repeated_safely_and_a_second_one_refused(city: City) -> None:
    told = await waiting(city.reporter)
    key = "0f0f0f0f-0000-4000-8000-000000000000"
    first = await city.principal.did("signing", "confirm_enrolment", key=key, code=told["code"])
    again = await city.principal.did("signing", "confirm_enrolment", key=key, code=told["code"])
    assert (again["first"], again["duplicate"]) == (first["first"], True)
    answer = await city.registrar.does("signing", "confirm_enrolment", code=told["code"])
    assert answer.json()["code"] == "credential_taken"


async def test_what_has_expired_is_gone(city: City) -> None:
    told = await waiting(city.reporter)
    pool = city.office.wiring.pool
    await pool.execute("UPDATE access.pending_enrolment SET expires_at = clock_timestamp()")
    answer = await city.principal.does("signing", "confirm_enrolment", code=told["code"])
    assert answer.json()["code"] == "enrolment_unknown"
    await waiting(city.principal, -8)
    assert await pool.fetchval("SELECT array_agg(person) FROM access.pending_enrolment") == [city.principal.id]
