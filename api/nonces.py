"""One-time nonces for signatures, kept nowhere: a MAC over person and expiry proves that this server gave them out.

A nonce says nothing about what is signed with it. That it serves once is decided where it is used: every report and
every roll-up knows the nonces of its own acts, and the signed statement names the one digest it is about, so that it
could be used again only there. Nonces are tokens of a kind: they live in real time, also beside a simulated log.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import ClassVar, Final, Literal

from domain.ledger.errors import Refusal

LASTS: Final = timedelta(minutes=10)
LASTS_ON_PAPER: Final = timedelta(days=1)
"""What is printed, signed by hand, scanned and attested by a second person takes longer."""
_NONCE: Final = re.compile("[A-Za-z0-9_-]{44}")
_EXPIRY_BYTES: Final = 4
_FOR_ANYTHING: Final = b"\0"
_FOR_PAPER: Final = b"\1"
_RANDOM_BYTES: Final = 12
_MAC_BYTES: Final = 16
# With the kind 33 bytes: base64url of them has no padding and no spare bits, so that no nonce has a second spelling.


class NonceForeign(Refusal):
    """This server did not give this nonce to this person."""

    code: ClassVar[str] = "nonce_foreign"


class NonceExpired(Refusal):
    """The nonce was this person's, and its time is over."""

    code: ClassVar[str] = "nonce_expired"


class Nonces:
    """Gives out nonces and knows them again. ``secret`` is the process's MAC secret, ``origin`` that of the log.

    A nonce of one ``purpose`` is foreign to every other: ``nonce`` is for what is signed, ``enrolment`` for a new key.
    """

    def __init__(self, secret: bytes, *, origin: str, purpose: Literal["nonce", "enrolment"] = "nonce") -> None:
        self._key = sha256(f"wenze/{purpose}/v1\n".encode() + secret + origin.encode()).digest()

    def issue(self, person: str, *, at: datetime, on_paper: bool = False) -> str:
        """A fresh nonce for a person, 44 characters; ``at`` is real time. ``on_paper``: it lasts, for paper alone."""
        kind, lasting = (_FOR_PAPER, LASTS_ON_PAPER) if on_paper else (_FOR_ANYTHING, LASTS)
        expires = int((at + lasting).timestamp()).to_bytes(_EXPIRY_BYTES)
        told = kind + expires + token_bytes(_RANDOM_BYTES)
        return urlsafe_b64encode(told + self._mac(person, told)).decode()

    def require(self, nonce: str, person: str, *, at: datetime, on_paper: bool = False) -> None:
        """Raises: NonceForeign, also for what lasts a day and is not ``on_paper``; NonceExpired."""
        told, mac = _parts_of(nonce)
        if not hmac.compare_digest(mac, self._mac(person, told)):
            raise NonceForeign
        if told[:1] == _FOR_PAPER and not on_paper:
            raise NonceForeign
        if int.from_bytes(told[1 : 1 + _EXPIRY_BYTES]) <= at.timestamp():
            raise NonceExpired

    def _mac(self, person: str, told: bytes) -> bytes:
        return hmac.digest(self._key, told + person.encode(), "sha256")[:_MAC_BYTES]


def _parts_of(nonce: str) -> tuple[bytes, bytes]:
    """What the nonce tells, and its MAC."""
    if _NONCE.fullmatch(nonce) is None:
        raise NonceForeign
    decoded = urlsafe_b64decode(nonce)
    return decoded[:-_MAC_BYTES], decoded[-_MAC_BYTES:]
