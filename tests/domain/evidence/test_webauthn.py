"""Passkeys sign digests: what is accepted, every trap, and what py_webauthn and python-fido2 say to the same bytes."""

from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2 import cbor
from fido2.server import Fido2Server
from fido2.webauthn import AttestedCredentialData, PublicKeyCredentialRpEntity
from hypothesis import given
from hypothesis import strategies as st
from webauthn import verify_authentication_response

from domain.evidence.errors import EvidenceError, MalformedError, SignatureError
from domain.evidence.held_signature import verify_held
from domain.evidence.public_key import SMALL_ORDER, public_key
from domain.evidence.statement import paper_digest
from domain.evidence.strict import base64url_text
from domain.evidence.webauthn import Assertion, verify_assertion
from tests.passkeys import (
    ALGORITHMS,
    ATTESTED,
    BACKED_UP,
    BACKUP_ELIGIBLE,
    EXTENDED,
    ORIGIN,
    PRESENT,
    RP_ID,
    VERIFIED,
    Passkey,
    Signed,
    authenticator_data,
    passkey,
)

CHALLENGE = sha256(b"what is signed").digest()
SPKI_OF_P256 = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")  # and a compressed point
SPKI_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")


def ours(key: Passkey, signed: Signed) -> Assertion:
    return verify_assertion(
        public_key_spki=key.spki,
        algorithm=key.algorithm,
        challenge=CHALLENGE,
        rp_id=RP_ID,
        origin=ORIGIN,
        client_data=signed.client_data,
        authenticator_data=signed.authenticator_data,
        signature=signed.signature,
    )


def as_json(key: Passkey, signed: Signed) -> dict[str, Any]:
    name = base64url_text(key.credential_id)
    parts = {
        "clientDataJSON": base64url_text(signed.client_data),
        "authenticatorData": base64url_text(signed.authenticator_data),
        "signature": base64url_text(signed.signature),
    }
    return {"id": name, "rawId": name, "type": "public-key", "response": parts, "clientExtensionResults": {}}


def py_webauthn(key: Passkey, signed: Signed) -> bool:
    try:
        verify_authentication_response(
            credential=as_json(key, signed),
            expected_challenge=CHALLENGE,
            expected_rp_id=RP_ID,
            expected_origin=ORIGIN,
            credential_public_key=cbor.encode(dict(key.cose)),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # its errors have no common root, and malformed bytes raise whatever they hit
        return False
    return True


def fido2(key: Passkey, signed: Signed) -> bool:
    server = Fido2Server(PublicKeyCredentialRpEntity(name="x", id=RP_ID), verify_origin=lambda origin: origin == ORIGIN)
    state = {"challenge": base64url_text(CHALLENGE), "user_verification": "required"}
    known = AttestedCredentialData.create(bytes(16), key.credential_id, key.cose)
    try:
        server.authenticate_complete(state, [known], as_json(key, signed))
    except Exception:
        return False
    return True


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("flags", "counter", "synced"),
    [
        (PRESENT | VERIFIED, 0, (False, False)),
        (PRESENT | VERIFIED, 7, (False, False)),
        (PRESENT | VERIFIED | BACKUP_ELIGIBLE, 0, (True, False)),
        (PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP, 2**32 - 1, (True, True)),
    ],
)
def test_an_assertion_of_each_algorithm_verifies_and_both_libraries_agree(
    algorithm: int, flags: int, counter: int, synced: tuple[bool, bool]
) -> None:
    key = passkey(algorithm)
    signed = key.assertion(CHALLENGE, flags=flags, counter=counter)
    assert ours(key, signed) == Assertion(counter, *synced)
    assert py_webauthn(key, signed)
    assert fido2(key, signed)


def _ordinary(challenge: bytes) -> str:
    return base64url_text(challenge).replace("-", "+").replace("_", "/") + "="


def _spare_bit(challenge: bytes) -> str:
    text, digits = base64url_text(challenge), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + digits[digits.index(text[-1]) + 1]


def _with(signed: Signed, **parts: bytes) -> Signed:
    return Signed(**(vars(signed) | parts))


def _wrong(key: Passkey) -> dict[str, Signed]:
    """Hostile assertions by the name of the trap. All but the last few carry a right signature."""
    right = key.assertion(CHALLENGE)
    text = right.client_data.decode()

    def rewritten(client_data: str | bytes) -> Signed:
        data = client_data.encode() if isinstance(client_data, str) else client_data
        return key.sign_parts(data, right.authenticator_data)

    other = sha256(b"something else").digest()
    return {
        "user not verified": key.assertion(CHALLENGE, flags=PRESENT),
        "user not present": key.assertion(CHALLENGE, flags=VERIFIED),
        "no flag at all": key.assertion(CHALLENGE, flags=0),
        "a log-in's or another statement's challenge": key.assertion(other),
        "challenge with padding": key.assertion(CHALLENGE, said={"challenge": base64url_text(CHALLENGE) + "="}),
        "challenge in ordinary base64": rewritten(text.replace(base64url_text(CHALLENGE), _ordinary(CHALLENGE))),
        "challenge with a spare bit": rewritten(text.replace(base64url_text(CHALLENGE), _spare_bit(CHALLENGE))),
        "challenge cut short": key.assertion(CHALLENGE[:31]),
        "challenge is no text": key.assertion(CHALLENGE, said={"challenge": 1}),
        "no challenge": key.assertion(CHALLENGE, said={"challenge": None}),
        "a registration": key.assertion(CHALLENGE, said={"type": "webauthn.create"}),
        "a payment": key.assertion(CHALLENGE, said={"type": "payment.get"}),
        "another origin": key.assertion(CHALLENGE, said={"origin": "http://localhost:8001"}),
        "origin with a slash": key.assertion(CHALLENGE, said={"origin": ORIGIN + "/"}),
        "origin in capitals": key.assertion(CHALLENGE, said={"origin": ORIGIN.upper()}),
        "crossOrigin": key.assertion(CHALLENGE, said={"crossOrigin": True}),
        "crossOrigin with a topOrigin": key.assertion(
            CHALLENGE, said={"crossOrigin": True, "topOrigin": "https://evil.example"}
        ),
        "topOrigin alone": key.assertion(CHALLENGE, said={"topOrigin": ORIGIN}),
        "crossOrigin is no boolean": key.assertion(CHALLENGE, said={"crossOrigin": 0}),
        "another relying party": key.assertion(CHALLENGE, rp_id="evil.example"),
        "backed up and not eligible": key.assertion(CHALLENGE, flags=PRESENT | VERIFIED | BACKED_UP),
        "bytes that no flag announces": key.assertion(CHALLENGE, more=b"\xa0"),
        "extensions announced and missing": key.assertion(CHALLENGE, flags=PRESENT | VERIFIED | EXTENDED),
        "attested data in an assertion": key.assertion(CHALLENGE, flags=PRESENT | VERIFIED | ATTESTED, more=bytes(60)),
        "attested data under the flag of extensions": key.assertion(
            CHALLENGE, flags=PRESENT | VERIFIED | ATTESTED | EXTENDED, more=bytes(60)
        ),
        "authenticator data cut short": key.sign_parts(right.client_data, right.authenticator_data[:36]),
        "no authenticator data": key.sign_parts(right.client_data, b""),
        "the challenge twice": rewritten(text.replace("{", f'{{"challenge":"{base64url_text(other)}",', 1)),
        "client data is a list": rewritten("[]"),
        "client data is not JSON": rewritten(text[:-1]),
        "client data with a byte order mark": rewritten(b"\xef\xbb\xbf" + right.client_data),
        "client data is not UTF-8": rewritten(right.client_data[:-1] + b',"a":"\xff"}'),
        "client data in UTF-16": rewritten(text.encode("utf-16")),
        "client data with NaN": rewritten(text[:-1] + ',"a":NaN}'),
        "client data too deep": rewritten(text[:-1] + ',"a":' + "[" * 1900 + "]" * 1900 + "}"),
        "client data too long": rewritten(text + " " * 4096),
        "another key's signature": _with(right, signature=passkey(key.algorithm, 2).assertion(CHALLENGE).signature),
        "signature cut short": _with(right, signature=right.signature[:-1]),
        "signature with a byte more": _with(right, signature=right.signature + b"\0"),
        "no signature": _with(right, signature=b""),
        "client data changed afterwards": _with(right, client_data=right.client_data + b" "),
        "counter changed afterwards": _with(right, authenticator_data=right.authenticator_data[:-1] + b"\1"),
        "signed without the client data": _with(right, signature=key.sign(CHALLENGE)),
    }


LAXER_BOTH = {
    # Neither looks at crossOrigin, nor knows topOrigin.
    "crossOrigin", "crossOrigin with a topOrigin", "topOrigin alone", "crossOrigin is no boolean",
    # Both decode base64url with or without padding, and ordinary base64 as well.
    "challenge with padding", "challenge with a spare bit", "challenge in ordinary base64",
    # Both read JSON as Python does: the last of two members wins, and NaN is a number.
    "the challenge twice", "client data with NaN", "client data too long",
}  # fmt: skip
LAXER_PY_WEBAUTHN = LAXER_BOTH | {"client data in UTF-16", "client data with a byte order mark"}
LAXER_FIDO2 = LAXER_BOTH | {"backed up and not eligible"}


@pytest.mark.parametrize("trap", _wrong(passkey(-7)))
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_wrong_assertion_is_refused(algorithm: int, trap: str) -> None:
    key = passkey(algorithm)
    signed = _wrong(key)[trap]
    with pytest.raises((SignatureError, MalformedError)):
        ours(key, signed)
    assert py_webauthn(key, signed) == (trap in LAXER_PY_WEBAUTHN)
    assert fido2(key, signed) == (trap in LAXER_FIDO2)


def test_extensions_are_signed_and_not_read() -> None:
    key = passkey(-7)
    signed = key.assertion(CHALLENGE, flags=PRESENT | VERIFIED | EXTENDED, more=cbor.encode({"x": True}))
    assert ours(key, signed) == Assertion(0, False, False)
    assert py_webauthn(key, signed)


def test_what_browsers_add_to_the_client_data_is_no_obstacle() -> None:
    said = {"other_keys_can_be_added_here": "do not compare clientDataJSON against a template", "crossOrigin": None}
    assert ours(passkey(-7), passkey(-7).assertion(CHALLENGE, said=said)).sign_count == 0


@given(bit=st.integers(0, 37 * 8 - 1))
def test_no_bit_of_the_authenticator_data_can_be_changed(bit: int) -> None:
    key, changed = passkey(-8), bytearray(authenticator_data(RP_ID, PRESENT | VERIFIED, 5))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((SignatureError, MalformedError)):
        ours(key, _with(key.assertion(CHALLENGE, counter=5), authenticator_data=bytes(changed)))


@given(client_data=st.binary(max_size=80), authenticator=st.binary(max_size=60), signature=st.binary(max_size=80))
def test_hostile_bytes_are_refused_and_never_crash(client_data: bytes, authenticator: bytes, signature: bytes) -> None:
    for algorithm in ALGORITHMS:
        with pytest.raises((SignatureError, MalformedError)):
            ours(passkey(algorithm), Signed(client_data, authenticator, signature))


def _spki(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("other", [*ALGORITHMS, -35, -37, 0])
def test_a_key_is_of_the_algorithm_that_it_is_enrolled_for(algorithm: int, other: int) -> None:
    if algorithm == other:
        assert public_key(passkey(algorithm).spki, other)
    else:
        with pytest.raises(MalformedError):
            public_key(passkey(algorithm).spki, other)


def _written(key: Passkey, form: PublicFormat, encoding: Encoding) -> bytes:
    return key.private.public_key().public_bytes(encoding, form)


@pytest.mark.parametrize(
    ("spki", "algorithm"),
    [
        pytest.param(_spki(ec.generate_private_key(ec.SECP384R1())), -7, id="P-384"),
        pytest.param(_spki(ec.generate_private_key(ec.SECP256K1())), -7, id="secp256k1"),
        pytest.param(_spki(rsa.generate_private_key(65537, 1024)), -257, id="RSA of 1024 bits"),
        pytest.param(_spki(rsa.generate_private_key(3, 2048)), -257, id="RSA with exponent 3"),
        pytest.param(passkey(-7).spki + b"\0", -7, id="a byte more"),
        pytest.param(passkey(-7).spki[:-1], -7, id="a byte less"),
        pytest.param(b"0\x81\x2a" + (SPKI_OF_ED25519 + bytes(range(32)))[2:], -8, id="a length in two bytes"),
        pytest.param(_written(passkey(-257), PublicFormat.PKCS1, Encoding.DER), -257, id="RSA without its SPKI"),
        pytest.param(
            SPKI_OF_P256 + _written(passkey(-7), PublicFormat.CompressedPoint, Encoding.X962),
            -7,
            id="a compressed point",
        ),
        pytest.param(b"", -8, id="nothing"),
        *(pytest.param(SPKI_OF_ED25519 + each, -8, id=f"small order {each.hex()[:8]}") for each in sorted(SMALL_ORDER)),
    ],
)
def test_a_key_that_is_not_canonical_or_too_weak_is_no_key(spki: bytes, algorithm: int) -> None:
    with pytest.raises(MalformedError):
        public_key(spki, algorithm)


def _held(key: Passkey, signed: Signed, **parts: Any) -> dict[str, Any]:
    return {
        "method": "webauthn",
        "credential": key.enrolled.credential,
        "signature": base64url_text(signed.signature),
        "client_data": base64url_text(signed.client_data),
        "authenticator_data": base64url_text(signed.authenticator_data),
    } | parts


def _verify(key: Passkey, held: dict[str, Any], statement: str = CHALLENGE.hex()) -> None:
    verify_held(held, key=key.enrolled, statement=statement, origin="log.example", nonce="n", signer="signer")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_passkey_signs_a_statement(algorithm: int) -> None:
    key = passkey(algorithm)
    _verify(key, _held(key, key.assertion(CHALLENGE)))
    with pytest.raises(SignatureError):
        _verify(key, _held(key, key.assertion(CHALLENGE)), statement="00" * 32)


def test_a_passkey_attests_a_paper() -> None:
    key, scan = passkey(-7), "5c" * 32
    attested = bytes.fromhex(paper_digest(signed=CHALLENGE.hex(), scan=scan, signer="signer"))
    paper = {"scan": scan, "attested_by": "witness"}
    _verify(key, _held(key, key.assertion(attested), method="paper", paper=paper))
    with pytest.raises(SignatureError):
        _verify(key, _held(key, key.assertion(CHALLENGE), method="paper", paper=paper))


@pytest.mark.parametrize("missing", ["client_data", "authenticator_data"])
def test_a_passkeys_signature_has_all_its_parts(missing: str) -> None:
    key = passkey(-7)
    held = _held(key, key.assertion(CHALLENGE))
    del held[missing]
    with pytest.raises(MalformedError):
        _verify(key, held)


@pytest.mark.parametrize("field", ["signature", "client_data", "authenticator_data"])
def test_the_parts_are_base64url_in_one_spelling(field: str) -> None:
    key = passkey(-7)
    held = _held(key, key.assertion(CHALLENGE))
    with pytest.raises(EvidenceError):
        _verify(key, held | {field: held[field] + "="})


def test_another_persons_credential_does_not_sign_under_this_name() -> None:
    mine, other = passkey(-7), passkey(-7, 2)
    with pytest.raises(SignatureError):
        _verify(mine, _held(other, other.assertion(CHALLENGE)))
    with pytest.raises(SignatureError):
        _verify(mine, _held(other, other.assertion(CHALLENGE), credential=mine.enrolled.credential))


def test_a_passkey_does_not_sign_as_a_bare_key_nor_a_bare_key_as_a_passkey() -> None:
    key = passkey(-8)
    bare = _held(key, key.assertion(CHALLENGE), method="ed25519", signature=base64url_text(key.sign(CHALLENGE)))
    del bare["client_data"], bare["authenticator_data"]
    with pytest.raises(MalformedError):
        _verify(key, bare)
