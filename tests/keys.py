"""Keys for the people of the tests: one Ed25519 key each, made from the id, with its enrolment and its signatures."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.evidence.held_signature import EnrolledKey
from domain.evidence.statement import batch_digest, batch_path, batch_root, paper_digest, statement_digest
from domain.evidence.strict import base64url_text
from domain.signing.events import CredentialEnrolled
from domain.signing.held_signature import BatchPart, HeldSignature, PaperPart

SCAN = "5c" * 32


@cache
def private_key(person: str, number: int = 1) -> Ed25519PrivateKey:
    """The person's key; ``number`` counts those that follow it."""
    seed = person if number == 1 else f"{person}/{number}"
    return Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()).digest())


@cache
def public_key(person: str, number: int = 1) -> bytes:
    """SPKI DER."""
    return private_key(person, number).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def credential(person: str, number: int = 1) -> str:
    """The name of the person's key."""
    return sha256(public_key(person, number)).hexdigest()


def enrolled_key(person: str, number: int = 1) -> EnrolledKey:
    """The key as evidence knows it."""
    return EnrolledKey(method="ed25519", public_key=public_key(person, number), algorithm=-8)


def enrolled(
    person: str, number: int = 1, *, vouched_by: str = "registrar", valid_from: datetime | None = None
) -> CredentialEnrolled:
    """The person's key was enrolled."""
    return CredentialEnrolled(
        credential=credential(person, number),
        person=person,
        method="ed25519",
        public_key=base64url_text(public_key(person, number)),
        algorithm=-8,
        strength="key_file",
        vouched_by=vouched_by,
        vouching_appointment="an-appointment",
        valid_from=valid_from,
    )


def held_over(person: str, digest: str, number: int = 1, **parts: Any) -> HeldSignature:
    """The person's signature over a digest."""
    signature = private_key(person, number).sign(bytes.fromhex(digest))
    made: dict[str, Any] = {
        "method": "ed25519",
        "credential": credential(person, number),
        "signature": base64url_text(signature),
    }
    return HeldSignature(**made | parts)


HELD = held_over("somebody", "00" * 32)
"""For histories of which nobody verifies the signatures."""


def held(person: str, signed: dict[str, str | int], number: int = 1) -> HeldSignature:
    """The person's signature over a statement."""
    return held_over(person, statement_digest(signed), number)


def held_on_paper(person: str, signer: str, signed: dict[str, str | int], number: int = 1) -> HeldSignature:
    """What ``signer`` signed by hand, attested by the person."""
    digest = paper_digest(signed=statement_digest(signed), scan=SCAN, signer=signer)
    return held_over(person, digest, number, method="paper", paper=PaperPart(scan=SCAN, attested_by=person))


def held_in_batch(person: str, batch: Sequence[dict[str, str | int]], number: int = 1) -> list[HeldSignature]:
    """One signature over all the statements, each with its path."""
    digests = [statement_digest(each) for each in batch]
    signed = batch_digest(
        origin=str(batch[0]["origin"]), size=len(batch), root=batch_root(digests), nonce=str(batch[0]["nonce"])
    )
    return [
        held_over(
            person, signed, number, batch=BatchPart(index=index, size=len(batch), path=batch_path(digests, index))
        )
        for index in range(len(batch))
    ]
