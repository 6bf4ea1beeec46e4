"""Decisions signed by passkeys and on paper, through the API: what is stored, and every trap."""

import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from adapters.files.bundles import unpack_bundle
from domain.evidence.held_signature import verify_held
from domain.evidence.policy import parse_policy
from domain.evidence.statement import paper_digest, statement_digest
from domain.evidence.strict import base64url_text
from domain.evidence.verdict import State
from domain.evidence.verify_bundle import verify_bundle
from domain.ledger.errors import NotFound
from domain.ledger.query import Query, QueryItem
from domain.reporting.events import ReportSigned
from tests.api.conftest import Office, Person, running, settings_for
from tests.api.enrolling import waiting
from tests.api.signed_city import SignedCity
from tests.api.signing_day import STORED, SigningDay
from tests.keys import held_over
from tests.passkeys import BACKED_UP, PRESENT, VERIFIED, Passkey, Signed, passkey


@pytest.fixture
async def day(office: Office) -> SigningDay:
    return await SigningDay.begin(office)


async def enrol(day: SigningDay, person: Person, algorithm: int) -> Passkey:
    code = (await waiting(person, algorithm))["code"]
    await day.city.registrar.did("signing", "confirm_enrolment", code=code)
    return passkey(algorithm)


def held(key: Passkey, signed: Signed, **parts: Any) -> dict[str, Any]:
    return {
        "method": "webauthn",
        "credential": key.enrolled.credential,
        "signature": base64url_text(signed.signature),
        "client_data": base64url_text(signed.client_data),
        "authenticator_data": base64url_text(signed.authenticator_data),
        **parts,
    }


async def sends(person: Person, told: dict[str, Any], made: dict[str, Any]) -> tuple[int, str]:
    answer = await person.does("reporting", "sign_report", **told["asked"], nonce=told["nonce"], held=made)
    return answer.status_code, answer.json().get("code", "stored")


async def signed_events(office: Office, report: str) -> list[ReportSigned]:
    item = QueryItem(frozenset({"ReportSigned"}), frozenset({f"report:{report}"}))
    found = (await office.wiring.ledger.log.read(Query((item,)))).events
    return [each.event for each in found if isinstance(each.event, ReportSigned)]


async def test_every_trap_is_refused_and_the_honest_assertion_is_stored_byte_for_byte(
    day: SigningDay, office: Office
) -> None:
    principal, reporter = day.city.principal, day.city.reporter
    key, others = await enrol(day, principal, -7), await enrol(day, reporter, -8)
    told = await day.told(principal, level=1)
    digest = bytes.fromhex(statement_digest(told["statement"]))
    wrong = {
        "user not verified": key.assertion(digest, flags=PRESENT),
        "nobody present": key.assertion(digest, flags=VERIFIED),
        "crossOrigin": key.assertion(digest, said={"crossOrigin": True}),
        "topOrigin": key.assertion(digest, said={"topOrigin": "https://evil.example"}),
        "another origin": key.assertion(digest, said={"origin": "http://localhost:9"}),
        "another relying party": key.assertion(digest, rp_id="evil.example"),
        "a registration": key.assertion(digest, said={"type": "webauthn.create"}),
        "another challenge": key.assertion(sha256(digest).digest()),
        "backed up and not eligible": key.assertion(digest, flags=PRESENT | VERIFIED | BACKED_UP),
        "another's assertion under this credential": others.assertion(digest),
    }
    for trap, signed in wrong.items():
        assert await sends(principal, told, held(key, signed)) == (422, "signature_wrong"), trap
    theirs = held(others, others.assertion(digest))
    assert await sends(principal, told, theirs) == (403, "not_your_credential")
    right = held(key, key.assertion(digest, counter=0))
    assert await sends(principal, told, right) == STORED
    assert (await sends(principal, told, right))[0] == 409
    (event,) = await signed_events(office, day.report)
    assert event.held is not None
    assert {name: getattr(event.held, name) for name in right} == right
    verify_held(
        right,
        key=key.enrolled,
        statement=event.signature,
        origin=office.wiring.ledger.origin,
        nonce=event.nonce,
        signer=principal.id,
    )


async def test_a_paper_is_printed_signed_by_hand_scanned_and_attested_by_a_second_person(
    day: SigningDay, office: Office
) -> None:
    principal, officer = day.city.principal, day.city.officer
    asked = {"command": "sign_report", "report": day.report, "digest": day.digest, "level": 1}
    answer = await principal.does("signing", "statements", decisions=[asked], on_paper=True)
    printed = answer.json()
    assert datetime.fromisoformat(printed["expires_at"]) > datetime.now(UTC) + timedelta(hours=23)
    (shown,) = printed["statements"]
    code = await day.city.office.client.get(f"/sign/qr.svg?subject={day.report}&digest={shown['digest']}")
    assert code.headers["content-type"] == "image/svg+xml"

    file = b"%PDF-1.7 a scan of what was signed by hand"
    scan = sha256(file).hexdigest()

    def attested(by: Person, signer: Person, over: str) -> dict[str, Any]:
        digest = paper_digest(signed=over, scan=scan, signer=signer.id)
        made = held_over(by.id, digest)
        paper = {"scan": scan, "attested_by": by.id}
        return {"method": "paper", "credential": made.credential, "signature": made.signature, "paper": paper}

    told = {"asked": {name: each for name, each in asked.items() if name != "command"}, "nonce": printed["nonce"]}
    right = attested(officer, principal, shown["digest"])
    for person, sent, status in ((officer, file, 204), (principal, file + b"x", 422)):
        assert await _hands_in(office, person, scan, sent) == status
        assert await sends(principal, told, right) == (422, "scan_missing")  # another's scan is not the signer's
    assert await _hands_in(office, principal, scan, file) == await _hands_in(office, principal, scan, file) == 204
    assert (await office.client.put(f"/scans/{scan}", content=file)).status_code == 401
    for made, outcome in (
        (attested(principal, principal, shown["digest"]), (409, "paper_attested_by_signer")),
        (attested(officer, officer, shown["digest"]), (422, "signature_wrong")),
        (attested(officer, principal, "ab" * 32), (422, "signature_wrong")),
        # A nonce that lasts a day is for paper alone.
        (attested(officer, principal, shown["digest"]) | {"method": "ed25519"}, (403, "nonce_foreign")),
        # Who prepared the report is a party to it.
        (attested(day.city.reporter, principal, shown["digest"]), (409, "same_person")),
        (right, STORED),
    ):
        assert await sends(principal, told, made) == outcome
    (event,) = await signed_events(office, day.report)
    assert event.held is not None
    assert event.held.paper is not None
    assert (event.held.method, event.held.paper.scan) == ("paper", scan)
    assert event.signature == shown["digest"]


async def test_a_scan_lies_sealed_and_goes_with_the_person_who_signed(day: SigningDay, office: Office) -> None:
    principal, reporter = day.city.principal, day.city.reporter
    file = b"%PDF-1.7 what was written by hand " * 20
    scan, wiring = sha256(file).hexdigest(), office.wiring
    for person in (principal, reporter):
        assert await _hands_in(office, person, scan, file) == 204
        assert await wiring.scans.open(scan, signer=person.id) == file
    folder = wiring.settings.data_folder / "scans"
    kept = [each for each in folder.rglob("*") if each.is_file()]
    assert len(kept) == 2
    assert all(b"%PDF" not in each.read_bytes() and stat.S_IMODE(each.parent.stat().st_mode) == 0o700 for each in kept)
    (folder / principal.id / scan).write_bytes((folder / reporter.id / scan).read_bytes()[:-1])
    with pytest.raises(NotFound):
        await wiring.scans.open(scan, signer=principal.id)
    await wiring.pool.execute(
        "UPDATE vault.key SET wrapped = NULL, kek = NULL, destroyed_at = now() WHERE subject = $1", reporter.id
    )
    with pytest.raises(NotFound):
        await wiring.scans.open(scan, signer=reporter.id)


async def _hands_in(office: Office, person: Person, scan: str, file: bytes) -> int:
    put = await office.client.put(f"/scans/{scan}", content=file, headers=person.headers())
    return put.status_code


async def test_an_office_outside_verifies_a_passkeys_signature_and_is_told_its_strength(
    dsn: str, tmp_path: Path
) -> None:
    async with running(settings_for(dsn, tmp_path, publish=True)) as office:
        day = await SigningDay.begin(office)
        city, principal = day.city, day.city.principal
        key, told = await enrol(day, principal, -257), await day.told(principal, level=1)
        signed = key.assertion(bytes.fromhex(statement_digest(told["statement"])))
        assert await sends(principal, told, held(key, signed)) == STORED
        policy = parse_policy(await SignedCity(city).policy())
        answer = await city.discipline.sees(f"/api/v1/bundles/reports/{day.report}")
        assert answer.status_code == 200, answer.text
        verdict = verify_bundle(unpack_bundle(answer.content), policy)
        assert [(each.level, each.strength, each.counts) for each in verdict.signatures] == [
            (1, "passkey_device", State.VALID)
        ]
