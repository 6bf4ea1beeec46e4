"""Canonical JSON (RFC 8785) for the values that format 1 allows.

Allowed: objects with keys ``[a-z0-9_]+``, arrays, strings in NFC without U+0000, booleans, integers with |n| < 2^53,
and, on the way in, dates and instants, which become text. Not allowed: floats (a decimal is a string) and null (a
value is absent). With these limits RFC 8785 is: sorted keys, no white space, UTF-8, shortest escapes.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

import msgspec

KEY: Final = re.compile(r"[a-z0-9_]+")
INTEGER_LIMIT: Final = 2**53
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class CanonicalError(ValueError):
    """The value has no canonical form here; ``path`` says where (``$.payload.fields``)."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}")
        self.path = path
        self.rule = rule


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a value.

    Instants (aware datetimes) are written in UTC as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, dates as ``YYYY-MM-DD``.
    Raises CanonicalError for everything that the module docstring does not allow. Source: RFC 8785 section 3.
    """
    return _ENCODER.encode(_plain(value, "$"))


def _plain(value: object, path: str) -> object:
    if isinstance(value, str):
        return _text(str(value), path)
    if value is True or value is False:
        return value
    if isinstance(value, int):
        if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            raise CanonicalError(path, "an integer must be smaller than 2^53 in size")
        return value
    if isinstance(value, Mapping):
        return {_key(key, path): _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[]") for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise CanonicalError(path, "an instant needs a time zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    raise CanonicalError(path, f"a {type(value).__name__} has no canonical form")


def _key(key: object, path: str) -> str:
    if not isinstance(key, str) or KEY.fullmatch(key) is None:
        raise CanonicalError(path, f"not a key: {key!r}")
    return key


def _text(text: str, path: str) -> str:
    if "\x00" in text:
        raise CanonicalError(path, "U+0000 is not allowed")
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            raise CanonicalError(path, "text must be in Unicode normal form C")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise CanonicalError(path, "a lone surrogate is not text") from error
    return text
