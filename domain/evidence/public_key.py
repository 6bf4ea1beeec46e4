"""Public keys of people: SPKI DER, in the one way of writing it, and of the kind that the algorithm says.

A key under which anybody's signature verifies is no key: its holder could disown, and others could forge, whatever it
"signed".
"""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from domain.evidence.errors import MalformedError, SignatureError

ED25519: Final = -8
ES256: Final = -7
RS256: Final = -257
"""The COSE algorithms (RFC 9053, RFC 8812) that a key may have."""
MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
MIN_RSA_EXPONENT: Final = 65537

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey


# The same few people sign day after day: to load a key and write it again takes half as long as to verify with it.
@lru_cache(maxsize=1024)
def public_key(spki: bytes, algorithm: int) -> PublicKey:
    """The key of an algorithm: Ed25519, P-256, or RSA of 2048 to 8192 bits. Raises MalformedError."""
    try:
        loaded = load_der_public_key(spki)
        canonical = loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("public_key", "must be a public key in SPKI DER") from error
    if canonical != spki:
        raise MalformedError("public_key", "must be canonical DER")
    match loaded:
        case Ed25519PublicKey() if algorithm == ED25519:
            if spki[-32:] in SMALL_ORDER:
                raise MalformedError("public_key", "a key of small order is no key")
            return loaded
        case EllipticCurvePublicKey(curve=SECP256R1()) if algorithm == ES256:
            return loaded
        case RSAPublicKey(key_size=bits) if algorithm == RS256:
            if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS or loaded.public_numbers().e < MIN_RSA_EXPONENT:
                raise MalformedError("public_key", "an RSA key has 2048 to 8192 bits and an exponent from 65537 on")
            return loaded
        case _:
            raise MalformedError("algorithm", "must be that of the key: -8, -7 or -257")


def require_signature(key: PublicKey, *, message: bytes, signature: bytes) -> None:
    """Check a signature: Ed25519 (64 bytes), ECDSA with SHA-256 (DER), or RSASSA-PKCS1-v1_5 with SHA-256.

    Raises SignatureError.
    """
    try:
        match key:
            case Ed25519PublicKey():
                key.verify(signature, message)
            case EllipticCurvePublicKey():
                key.verify(signature, message, ECDSA(SHA256()))
            case RSAPublicKey():
                key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise SignatureError("the signature is not of this key over these bytes") from error


def _small_order() -> frozenset[bytes]:
    low = (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
    points = [bytes.fromhex(each) for each in low]
    return frozenset([*points, *(each[:31] + bytes([each[31] ^ 0x80]) for each in points)])


SMALL_ORDER: Final = _small_order()
"""The Ed25519 keys, 32 bytes each, under which anybody's signature verifies over anything."""
