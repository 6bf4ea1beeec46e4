"""A person's own part in an enrolment: make a key, prove to hold it, and tell an officer its short code.

The code is cut from the key's own name, its SHA-256, so whoever reads it out in front of the officer vouches for this
key and no other; a browser that knows the key computes it without us. What the officer confirms becomes an event.
"""

import secrets
from base64 import b32encode, urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from adapters.passkey_registration import registered, registration_options
from adapters.postgres.pending_enrolments import PendingEnrolment, fetch_pending, keep_pending
from api.carrying import Acts, ReceiptBody
from api.identity import Asking, PersonAsking, Wired
from api.routes.answers import COMMAND, READ
from api.routes.fields import Body
from api.routes.held import Nonce
from api.wiring import Wiring
from domain.evidence.digest import content_digest
from domain.evidence.errors import EvidenceError, MalformedError
from domain.evidence.held_signature import EnrolledKey, require_key
from domain.evidence.public_key import public_key, require_signature
from domain.evidence.strict import base64url, base64url_text
from domain.ledger.errors import NotFound
from domain.signing.enrol_credential import EnrolCredential
from domain.signing.errors import KeyUnfit
from domain.signing.events import Algorithm, Strength
from domain.signing.vouching import OFFICERS

routes: Final = APIRouter(tags=["signing"])

WAITS: Final = timedelta(days=1)
HANDLE_BYTES: Final = 32
PSEUDONYM_DIGITS: Final = 8
CODE: Final = r"^[0-9A-Z]{5}-[0-9A-Z]{5}$"
_CROCKFORD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=65_536)]


class EnrolmentUnknown(NotFound):
    """No key waits under this code: it was never there, it has expired, or the person has made another since."""

    code: ClassVar[str] = "enrolment_unknown"


class KeyOptions(Body):
    """What to make a key with. ``passkey`` is for ``PublicKeyCredential.parseCreationOptionsFromJSON``."""

    nonce: str
    person: str
    passkey: dict[str, Any]


@routes.post("/api/v1/signing/key_options", operation_id="key_options", **READ)
async def key_options(person: PersonAsking, wiring: Wired) -> KeyOptions:
    """A one-time nonce for a new key of one's own, and what to ask a browser for a passkey with it."""
    nonce = wiring.enrolment_nonces.issue(person, at=datetime.now(UTC))
    return KeyOptions(
        nonce=nonce,
        person=person,
        passkey=registration_options(
            challenge=urlsafe_b64decode(nonce),
            handle=secrets.token_bytes(HANDLE_BYTES),
            pseudonym=f"Wenze {person[-PSEUDONYM_DIGITS:]}",
            rp_id=wiring.settings.rp_id,
        ),
    )


class PasskeyMade(Body):
    """What ``navigator.credentials.create`` gave, in base64url."""

    method: Literal["webauthn"]
    nonce: Nonce
    credential_id: Base64Url
    client_data: Base64Url
    attestation_object: Base64Url


class KeyMade(Body):
    """An Ed25519 key, and its signature over the digest of kind ``enrolment`` over ``{nonce, person, public_key}``."""

    method: Literal["ed25519"]
    nonce: Nonce
    public_key: Base64Url
    signature: Base64Url
    strength: Literal["key_file", "key_browser"]


class AskEnrolmentBody(Body):
    """The key that was made."""

    made: Annotated[PasskeyMade | KeyMade, Field(discriminator="method")]


class EnrolmentTold(Body):
    """A key that waits for an officer's word, under its short code."""

    code: str
    person: str
    credential: str
    method: Literal["webauthn", "ed25519"]
    algorithm: Algorithm
    strength: Strength
    expires_at: datetime


@routes.post("/api/v1/signing/ask_enrolment", operation_id="ask_enrolment", **READ)
async def ask_enrolment(body: AskEnrolmentBody, person: PersonAsking, wiring: Wired) -> EnrolmentTold:
    """Let a key of one's own wait for an officer, for a day, in place of one that waits already."""
    now, made = datetime.now(UTC), body.made
    wiring.enrolment_nonces.require(made.nonce, person, at=now)
    try:
        enrolment = _passkey(made, wiring) if isinstance(made, PasskeyMade) else _ed25519(made, person)
    except MalformedError as error:
        raise KeyUnfit(error.field, error.rule) from error
    except EvidenceError as error:
        raise KeyUnfit("key", str(error)) from error
    pending = PendingEnrolment(person=person, enrolment=enrolment, expires_at=now + WAITS)
    told = _told(pending)
    await keep_pending(wiring.pool, pending, code=told.code, at=now)
    return told


@routes.get("/api/v1/signing/pending_enrolments/{code}", operation_id="pending_enrolment", **READ)
async def pending_enrolment(
    *, code: Annotated[str, StringConstraints(pattern=CODE)], asking: Asking, wiring: Wired
) -> EnrolmentTold:
    """What waits under a code: to the person, and to whoever may vouch for somebody."""
    pending = await _pending(wiring, code)
    if asking.person != pending.person and not any(office.role in OFFICERS for office in asking.offices):
        raise EnrolmentUnknown(enrolment=code)
    return _told(pending)


class ConfirmEnrolmentBody(Body):
    """The code that the person read out."""

    code: Annotated[str, StringConstraints(pattern=CODE)]


@routes.post("/api/v1/signing/confirm_enrolment", operation_id="confirm_enrolment", **COMMAND)
async def confirm_enrolment(body: ConfirmEnrolmentBody, acts: Acts, wiring: Wired) -> ReceiptBody:
    """Vouch that the key under this code is the person's: ``enrol_credential`` with what waits there."""
    pending = await _pending(wiring, body.code)
    given = {"person": pending.person, **pending.enrolment}
    return await acts.carry_out(EnrolCredential, body, subject=pending.person, given=given)


async def _pending(wiring: Wiring, code: str) -> PendingEnrolment:
    pending = await fetch_pending(wiring.pool, code, at=datetime.now(UTC))
    if pending is None:
        raise EnrolmentUnknown(enrolment=code)
    return pending


def _passkey(made: PasskeyMade, wiring: Wiring) -> dict[str, Any]:
    settings = wiring.settings
    found = registered(
        challenge=urlsafe_b64decode(made.nonce),
        rp_id=settings.rp_id,
        origin=settings.passkey_origin,
        credential_id=made.credential_id,
        client_data=made.client_data,
        attestation_object=made.attestation_object,
    )
    require_key(EnrolledKey(method="webauthn", public_key=found.public_key, algorithm=found.algorithm))
    return {
        "method": "webauthn",
        "public_key": base64url_text(found.public_key),
        "algorithm": found.algorithm,
        "strength": found.strength,
        "credential_id": base64url_text(found.credential_id),
        "rp_id": settings.rp_id,
        "web_origin": settings.passkey_origin,
        "registration": found.registration,
    }


def _ed25519(made: KeyMade, person: str) -> dict[str, Any]:
    key = public_key(base64url("public_key", made.public_key), -8)
    proved = content_digest("enrolment", {"nonce": made.nonce, "person": person, "public_key": made.public_key})
    require_signature(key, message=bytes.fromhex(proved), signature=base64url("signature", made.signature))
    return {"method": "ed25519", "public_key": made.public_key, "algorithm": -8, "strength": made.strength}


def _told(pending: PendingEnrolment) -> EnrolmentTold:
    enrolment = pending.enrolment
    key = EnrolledKey(
        method=enrolment["method"],
        public_key=base64url("public_key", enrolment["public_key"]),
        algorithm=enrolment["algorithm"],
    )
    return EnrolmentTold(
        code=code_of(key.credential),
        person=pending.person,
        credential=key.credential,
        method=enrolment["method"],
        algorithm=enrolment["algorithm"],
        strength=enrolment["strength"],
        expires_at=pending.expires_at,
    )


def code_of(credential: str) -> str:
    """The first 50 bits of a credential's name in Crockford's base32, in two groups of five."""
    digits = b32encode(bytes.fromhex(credential)).decode().translate(_CROCKFORD)
    return f"{digits[:5]}-{digits[5:10]}"
