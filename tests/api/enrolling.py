"""How people of the tests make keys and let them wait for an officer."""

from base64 import urlsafe_b64decode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.evidence.digest import content_digest
from domain.evidence.strict import base64url_text
from tests.api.conftest import Person
from tests.passkeys import passkey


async def options(person: Person) -> dict[str, Any]:
    """What the person may make a key with."""
    answer = await person.client.post("/api/v1/signing/key_options", headers=person.headers())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def passkey_made(nonce: str, algorithm: int = -7, **changes: Any) -> dict[str, Any]:
    """A passkey as the page sends it."""
    made = passkey(algorithm).registration(urlsafe_b64decode(nonce), **changes)
    return {
        "method": "webauthn",
        "nonce": nonce,
        "credential_id": made["id"],
        "client_data": made["response"]["clientDataJSON"],
        "attestation_object": made["response"]["attestationObject"],
    }


def key_made(nonce: str, person: str, private: Ed25519PrivateKey) -> dict[str, Any]:
    """A key of the browser as the page sends it."""
    public = base64url_text(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    proved = content_digest("enrolment", {"nonce": nonce, "person": person, "public_key": public})
    signature = base64url_text(private.sign(bytes.fromhex(proved)))
    made = {"nonce": nonce, "public_key": public, "signature": signature, "strength": "key_browser"}
    return {"method": "ed25519", **made}


async def waiting(person: Person, algorithm: int = -7, **changes: Any) -> dict[str, Any]:
    """What a person's new passkey waits under."""
    made = passkey_made((await options(person))["nonce"], algorithm, **changes)
    return await person.did("signing", "ask_enrolment", made=made)
