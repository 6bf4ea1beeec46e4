"""A timestamp authority (RFC 3161), asked over HTTP; what it answers is checked before anybody keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

import httpx
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from adapters.timestamp_check import TrustedAuthority
from domain.evidence.errors import EvidenceError
from domain.ledger.errors import WenzeError

LONGEST_ANSWER: Final = 64 * 1024
TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
QUERY: Final = "application/timestamp-query"


class TimestampNotMade(WenzeError):
    """The authority cannot be reached, or what it answers is no timestamp of its own over what was asked."""

    code: ClassVar[str] = "timestamp_not_made"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token (a DER response with the authority's certificate), and the instant that it names."""

    token: bytes
    made_at: datetime


class TimestampAuthority:
    """The authority at ``url``, as far as ``trusted`` believes it. ``client`` is borrowed."""

    def __init__(self, url: str, trusted: TrustedAuthority, client: httpx.AsyncClient) -> None:
        self._url = url
        self._trusted = trusted
        self._client = client

    async def stamp(self, data: bytes) -> Stamp:
        """A fresh timestamp over the SHA-256 of some bytes. Raises TimestampNotMade."""
        # With the certificate: a token must be checked years later by those who have nothing but the root.
        asked = (
            TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
        ).build()
        token = await self._answer(asked.as_bytes())
        try:
            made_at = self._trusted.made_at(token, data, b"")
        except EvidenceError as error:
            raise TimestampNotMade(str(error)) from error
        if decode_timestamp_response(token).tst_info.nonce != asked.nonce:
            # A token of another day would be as good as this one in every other respect.
            raise TimestampNotMade("the timestamp answers another request: its nonce is not ours")
        return Stamp(token, made_at)

    async def _answer(self, query: bytes) -> bytes:
        try:
            async with self._client.stream(
                "POST", self._url, content=query, headers={"Content-Type": QUERY}, timeout=TIMEOUT
            ) as answer:
                received = bytearray()
                async for part in answer.aiter_bytes(8192):
                    received += part
                    if len(received) > LONGEST_ANSWER:
                        raise TimestampNotMade(f"the authority answers more than {LONGEST_ANSWER} bytes")
        except httpx.HTTPError as error:
            raise TimestampNotMade(f"the authority cannot be asked: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise TimestampNotMade(f"the authority answered {answer.status_code}")
        return bytes(received)
