"""Which fields of two entries differ, by their paths."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

ABSENT: Final = "nothing"
Change = tuple[str, object, object]
"""A path such as ``entry.payload.revision``, what was expected there, and what was found."""


def entry_changes(expected: bytes, found: bytes) -> list[Change]:
    """The fields that differ; the path is ``entry`` alone when one of the two is no JSON, or only its form differs."""
    try:
        changes = list(_changes("entry", msgspec.json.decode(expected), msgspec.json.decode(found)))
    except (msgspec.DecodeError, UnicodeDecodeError):
        changes = []
    return changes or [("entry", _text(expected), _text(found))]


def _changes(path: str, expected: Any, found: Any) -> Iterator[Change]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted(expected.keys() | found.keys()):
            yield from _changes(f"{path}.{name}", expected.get(name, ABSENT), found.get(name, ABSENT))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for at, pair in enumerate(zip(expected, found, strict=True)):
            yield from _changes(f"{path}[{at}]", *pair)
    elif expected != found or type(expected) is not type(found):
        yield path, expected, found


def _text(entry: bytes) -> str:
    return entry.decode(errors="backslashreplace")
