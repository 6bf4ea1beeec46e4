"""Registering a passkey: what the browser is asked, and what it made of it, checked by py_webauthn.

Of the person the authenticator learns a random handle and a pseudonym. No attestation is asked for: it would tell the
make of everybody's device, and the officer's word is what an enrolment rests on.
"""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn import generate_registration_options, options_to_json, verify_registration_response
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.evidence.digest import content_digest
from domain.evidence.errors import MalformedError
from domain.evidence.strict import base64url
from domain.evidence.webauthn import require_client_data

ALGORITHMS: Final = (
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
TIMEOUT_MS: Final = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A passkey as it is enrolled. ``public_key`` is SPKI DER, ``registration`` the digest of what the browser gave."""

    public_key: bytes
    algorithm: int
    strength: Literal["passkey_device", "passkey_synced"]
    credential_id: bytes
    registration: str


def registration_options(*, challenge: bytes, handle: bytes, pseudonym: str, rp_id: str) -> dict[str, Any]:
    """What ``PublicKeyCredential.parseCreationOptionsFromJSON`` takes.

    ``handle`` is random, at most 64 bytes: a second passkey never takes the place of one that is enrolled.
    """
    options = generate_registration_options(
        rp_id=rp_id,
        rp_name="Wenze 问责",
        user_id=handle,
        user_name=pseudonym,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        supported_pub_key_algs=list(ALGORITHMS),
    )
    return dict(json.loads(options_to_json(options)))


def registered(
    *, challenge: bytes, rp_id: str, origin: str, credential_id: str, client_data: str, attestation_object: str
) -> Registered:
    """The passkey that was made for this challenge. The last three are base64url without padding.

    Raises MalformedError, SignatureError.
    """
    base64url("credential_id", credential_id)
    base64url("attestation_object", attestation_object)
    # py_webauthn does not look into which frame the browser was asked in.
    require_client_data(
        base64url("client_data", client_data), kind="webauthn.create", challenge=challenge, origin=origin
    )
    try:
        verified = verify_registration_response(
            credential={
                "id": credential_id,
                "rawId": credential_id,
                "type": "public-key",
                "response": {"clientDataJSON": client_data, "attestationObject": attestation_object},
            },
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
        key = decode_credential_public_key(verified.credential_public_key)
        public = decoded_public_key_to_cryptography(key)
    except Exception as error:  # hostile CBOR and certificates make their parsers raise whatever they hit
        raise MalformedError("attestation_object", f"is no registration of a passkey: {error}") from error
    synced = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    return Registered(
        public_key=public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        algorithm=int(key.alg),
        strength="passkey_synced" if synced else "passkey_device",
        credential_id=verified.credential_id,
        registration=content_digest(
            "registration", {"attestation_object": attestation_object, "client_data": client_data}
        ),
    )
