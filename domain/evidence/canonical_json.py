"""Canonical JSON (RFC 8785) for the values that format 1 allows.

Allowed: objects with keys ``[a-z0-9_]+``, arrays, strings in NFC without U+0000, booleans, integers with |n| < 2^53,
and, on the way in, dates and instants, which become text. Not allowed: floats (a decimal is a string) and null (a
value is absent). With these limits RFC 8785 is: sorted keys, no white space, UTF-8, shortest escapes.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

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
    # By exact type, without asking for classes: this walk is most of the cost of an entry.
    convert = _BY_TYPE.get(type(value))
    if convert is None:
        convert = next((known for kind, known in _BY_TYPE.items() if isinstance(value, kind)), None)
        if convert is None:
            raise CanonicalError(f"a {type(value).__name__} has no canonical form")
    return convert(value)


def _integer(value: int) -> int:
    if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
        raise CanonicalError("an integer must be smaller than 2^53 in size")
    return value


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise CanonicalError("an instant needs a time zone")
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _object(value: dict[object, object]) -> dict[object, object]:
    if not all(map(_is_key, value)):
        raise CanonicalError(f"not keys: {[key for key in value if not _is_key(key)]!r}")
    plain: dict[object, object] = {}
    step: object = None
    try:
        for step, item in value.items():
            plain[step] = _plain(item)
    except CanonicalError as error:
        raise error.inside(f".{step}") from None
    return plain


def _array(value: list[object] | tuple[object, ...]) -> list[object]:
    plain: list[object] = []
    try:
        for item in value:
            plain.append(_plain(item))
    except CanonicalError as error:
        raise error.inside(f"[{len(plain)}]") from None
    return plain


@lru_cache(maxsize=4096)  # the same few hundred names again and again
def _is_key(key: object) -> bool:
    return isinstance(key, str) and KEY.fullmatch(key) is not None


def _text(text: str) -> str:
    if "\x00" in text:
        raise CanonicalError("U+0000 is not allowed")
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFC", text):
        raise CanonicalError("text must be in Unicode normal form C")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError("a lone surrogate is not text") from error
    return text


# bool before int and datetime before date: each is also an instance of the other.
_BY_TYPE: Final[dict[type, Callable[[Any], object]]] = {
    str: _text,
    bool: bool,
    int: _integer,
    dict: _object,
    list: _array,
    tuple: _array,
    datetime: _instant,
    date: date.isoformat,
}
