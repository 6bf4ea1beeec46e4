"""A passkey signs a decision; what the authenticator or the page around it did wrong is refused by the command."""

from hashlib import sha256
from typing import Any

import pytest

from domain.evidence.statement import paper_digest, statement_digest
from domain.evidence.strict import base64url_text
from domain.signing import errors
from domain.signing.events import CredentialEnrolled
from domain.signing.held_signature import HeldSignature, PaperPart
from tests.domain.reporting.story import OFFICE_OF, REGISTRAR, REVIEWER, TEACHER
from tests.domain.signing.hand import Hand
from tests.keys import SCAN
from tests.passkeys import ALGORITHMS, ORIGIN, PRESENT, RP_ID, passkey


def enrolled(algorithm: Any, person: str = REVIEWER) -> CredentialEnrolled:
    return CredentialEnrolled(
        credential=sha256(passkey(algorithm).spki).hexdigest(),
        person=person,
        method="webauthn",
        public_key=base64url_text(passkey(algorithm).spki),
        algorithm=algorithm,
        strength="passkey_device",
        vouched_by=REGISTRAR,
        vouching_appointment=OFFICE_OF[REGISTRAR],
        credential_id=base64url_text(passkey(algorithm).credential_id),
        rp_id=RP_ID,
        web_origin=ORIGIN,
        registration="aa" * 32,
    )


def held(algorithm: int, digest: str, parts: dict[str, Any] | None = None, **asserted: Any) -> HeldSignature:
    signed = passkey(algorithm).assertion(bytes.fromhex(digest), **asserted)
    given: dict[str, Any] = {"method": "webauthn"} | (parts or {})
    return HeldSignature(
        credential=sha256(passkey(algorithm).spki).hexdigest(),
        signature=base64url_text(signed.signature),
        client_data=base64url_text(signed.client_data),
        authenticator_data=base64url_text(signed.authenticator_data),
        **given,
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_passkey_of_each_algorithm_signs_whatever_its_counter_says(algorithm: int) -> None:
    hand = Hand(enrolled(algorithm))
    signature = held(algorithm, statement_digest(hand.says), counter=0)
    assert hand.story.does(hand.hands_in(signature)).held == signature


@pytest.mark.parametrize(
    "asserted",
    [
        {"flags": PRESENT},
        {"flags": 0x04},
        {"flags": 0x0D},
        {"rp_id": "example.test"},
        {"said": {"origin": "https://example.test"}},
        {"said": {"crossOrigin": True}},
        {"said": {"topOrigin": ORIGIN}},
        {"said": {"type": "webauthn.create"}},
        {"said": {"challenge": base64url_text(b"login")}},
    ],
    ids=[
        "unverified",
        "absent",
        "synced",
        "relying party",
        "origin",
        "cross-origin",
        "top origin",
        "type",
        "challenge",
    ],
)
def test_an_assertion_for_something_else_signs_nothing(asserted: dict[str, Any]) -> None:
    hand = Hand(enrolled(-7))
    hand.refuses(held(-7, statement_digest(hand.says), **asserted), errors.SignatureWrong)


def test_a_passkey_is_not_passed_off_as_a_key_in_a_file() -> None:
    hand = Hand(enrolled(-8))
    digest = statement_digest(hand.says)
    hand.refuses(held(-8, digest, {"method": "ed25519"}), errors.SignatureWrong)
    bare = HeldSignature(
        method="webauthn",
        credential=enrolled(-8).credential,
        signature=base64url_text(passkey(-8).sign(bytes.fromhex(digest))),
    )
    hand.refuses(bare, errors.SignatureWrong)


def test_a_paper_is_attested_with_a_passkey() -> None:
    hand = Hand(enrolled(-7, TEACHER))
    digest = paper_digest(signed=statement_digest(hand.says), scan=SCAN, signer=REVIEWER)
    signature = held(-7, digest, {"method": "paper", "paper": PaperPart(scan=SCAN, attested_by=TEACHER)})
    assert hand.story.does(hand.hands_in(signature)).person == REVIEWER
