"""Canonical JSON (RFC 8785) for the values that format 1 allows.

Allowed: objects with keys ``[a-z0-9_]+``, arrays, strings in NFC without U+0000, booleans, integers with |n| < 2^53,
and, on the way in, dates and instants, which become text. Not allowed: floats (a decimal is a string) and null (a
value is absent). With these limits RFC 8785 is: sorted keys, no white space, UTF-8, shortest escapes.
"""

import json
import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

KEY: Final = re.compile(r"[a-z0-9_]+")
INTEGER_LIMIT: Final = 2**53
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class CanonicalError(ValueError):
    """The value has no canonical form here; ``path`` says where (``$.payload.fields``)."""

    def __init__(self, rule: str, path: str = "") -> None:
        super().__init__(f"${path}: {rule}")
        self.path = f"${path}"
        self.rule = rule
        self._below = path

    def inside(self, step: str) -> "CanonicalError":
        """The same error seen from one container further out."""
        return CanonicalError(self.rule, step + self._below)


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a value.

    Instants (aware datetimes) are written in UTC as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, dates as ``YYYY-MM-DD``.
    Raises CanonicalError for everything that the module docstring does not allow. Source: RFC 8785 section 3.
    """
    return _ENCODER.encode(_plain(value)).encode()


def _plain(value: object) -> object:
    # The commonest kinds before the others: this walk is most of the cost of an entry.
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else _text(value)
    if isinstance(value, int):
        if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            raise CanonicalError("an integer must be smaller than 2^53 in size")
        return value
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list | tuple):
        return _array(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise CanonicalError("an instant needs a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    if isinstance(value, date):
        return value.isoformat()
    raise CanonicalError(f"a {type(value).__name__} has no canonical form")


@lru_cache(maxsize=4096)  # the same few hundred names again and again
def _is_key(key: str) -> bool:
    return KEY.fullmatch(key) is not None


def _object(value: dict[object, object]) -> dict[str, object]:
    plain: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str) or not _is_key(key):
            raise CanonicalError(f"not a key: {key!r}")
        try:
            plain[key] = _plain(item)
        except CanonicalError as error:
            raise error.inside(f".{key}") from None
    return plain


def _array(value: list[object] | tuple[object, ...]) -> list[object]:
    plain = []
    for index, item in enumerate(value):
        try:
            plain.append(_plain(item))
        except CanonicalError as error:
            raise error.inside(f"[{index}]") from None
    return plain


def _text(text: str) -> str:
    if "\x00" in text:
        raise CanonicalError("U+0000 is not allowed")
    if not unicodedata.is_normalized("NFC", text):
        raise CanonicalError("text must be in Unicode normal form C")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError("a lone surrogate is not text") from error
    return text
