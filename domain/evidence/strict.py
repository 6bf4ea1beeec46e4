"""Numbers and base64 in exactly one way of writing them.

A lax parser lets two texts mean one thing, or one text two things to two verifiers; both have been used to fool
verifiers. So: what is not canonical is refused, never repaired.
"""

import binascii
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Final

from domain.evidence.errors import MalformedError

MAX_DECIMAL: Final = 2**63 - 1
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def decimal(field: str, text: str) -> int:
    """A whole number from 0 to 2^63 - 1: ASCII digits, no sign, no leading zero. Raises MalformedError."""
    if not _DECIMAL.fullmatch(text) or (number := int(text)) > MAX_DECIMAL:
        raise MalformedError(field, "must be a decimal without leading zero, at most 2^63 - 1")
    return number


def base64(field: str, text: str, *, length: int | None = None) -> bytes:
    """The bytes of padded base64 (RFC 4648 section 4), exactly ``length`` of them if given. Raises MalformedError."""
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(field, "must be base64") from error
    # Spare bits of the last digit may not be used to write the same bytes twice.
    if b64encode(decoded).decode() != text:
        raise MalformedError(field, "must be canonical base64")
    if length is not None and len(decoded) != length:
        raise MalformedError(field, f"must have {length} bytes, not {len(decoded)}")
    return decoded


def base64url(field: str, text: str, *, length: int | None = None) -> bytes:
    """The bytes of base64url without padding (RFC 4648 section 5), exactly ``length`` of them if given.

    Raises MalformedError.
    """
    if _BASE64URL.fullmatch(text) is None:
        raise MalformedError(field, "must be base64url without padding")
    try:
        decoded = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(field, "must be base64url without padding") from error
    if base64url_text(decoded) != text:
        raise MalformedError(field, "must be canonical base64url")
    if length is not None and len(decoded) != length:
        raise MalformedError(field, f"must have {length} bytes, not {len(decoded)}")
    return decoded


def base64url_text(data: bytes) -> str:
    """The one way of writing bytes in base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def text_lines(field: str, data: bytes, *, allowed: str = "") -> list[str]:
    """The lines of UTF-8 text whose every line ends with a line feed, without control characters but those ``allowed``.

    Raises MalformedError.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(field, "must be UTF-8") from error
    if not text.endswith("\n"):
        raise MalformedError(field, "must end with a line feed")
    if any((character < " " and character not in f"\n{allowed}") or character == "\x7f" for character in text):
        raise MalformedError(field, "must have no control characters but line feeds")
    return text[:-1].split("\n")
