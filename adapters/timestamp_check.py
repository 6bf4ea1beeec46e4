"""Checking RFC 3161 timestamps against the root of an authority that the verifier trusts.

The chain is validated at the time that the token names: a certificate that has expired since made its tokens in its
day. What the bundle brings between root and token is believed only as far as the root has issued it: the library takes
every certificate that it is given for a root, so that a self-signed one must never reach it.
"""

from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    ExtensionNotFound,
    load_pem_x509_certificates,
)
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from domain.evidence.errors import MalformedError, SignatureError

MAX_CHAIN = 16


class TrustedAuthority:
    """``roots`` are certificates as PEM. Raises MalformedError when there is none among them."""

    def __init__(self, roots: bytes) -> None:
        self._roots = _certificates("timestamp authority", roots)
        if not self._roots:
            raise MalformedError("timestamp authority", "has at least one certificate")

    def made_at(self, token: bytes, over: bytes, chain: bytes) -> datetime:
        """The instant of a token (a DER response) over some bytes. Raises SignatureError, MalformedError."""
        between = self._issued(_certificates("chain", chain) if chain else [])
        try:
            response = decode_timestamp_response(token)
            verifier = VerifierBuilder(roots=[*self._roots], intermediates=between).build()
            verifier.verify_message(response, over)
            made: datetime = response.tst_info.gen_time
        except (VerificationError, ValueError) as error:
            raise SignatureError(f"the timestamp is not one of this authority over these bytes: {error}") from error
        return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)

    def _issued(self, chain: list[Certificate]) -> list[Certificate]:
        """Those of a chain that a root has issued, directly or through another of them."""
        known, left = [*self._roots], [*chain]
        while found := [each for each in left if any(_has_issued(issuer, each) for issuer in known)]:
            known += found
            left = [each for each in left if each not in found]
        return known[len(self._roots) :]


def _has_issued(issuer: Certificate, issued: Certificate) -> bool:
    try:
        if not issuer.extensions.get_extension_for_class(BasicConstraints).value.ca:
            return False
        issued.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ExtensionNotFound, ValueError, TypeError):
        return False
    return True


def _certificates(field: str, pem: bytes) -> list[Certificate]:
    try:
        certificates = load_pem_x509_certificates(pem)
    except ValueError as error:
        raise MalformedError(field, "must be certificates as PEM") from error
    if len(certificates) > MAX_CHAIN:
        raise MalformedError(field, f"has at most {MAX_CHAIN} certificates")
    return certificates
