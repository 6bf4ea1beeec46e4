"""An entry read from its bytes alone, without the catalogue of event types: a plain object, strictly read.

Bytes that are not the canonical form of what they say are refused: two texts would mean one event.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, NoReturn

from domain.evidence.canonical_json import CanonicalError, canonical_json
from domain.evidence.digest import leaf_hash
from domain.evidence.errors import MalformedError
from domain.evidence.tiles import MAX_ENTRY

_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", re.ASCII)
_HEX_64: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NEEDED: Final = {"actor", "class", "command", "id", "payload", "received_at", "recorded_at", "tags", "type", "version"}
_ALLOWED: Final = _NEEDED | {"business_date", "causation", "correlation", "occurred_at", "rules"}


class Fields:
    """An object's members by name and kind; ``path`` says in errors where it stands. All raise MalformedError."""

    def __init__(self, members: Mapping[str, object], path: str = "") -> None:
        self.members = members
        self._path = path

    def has(self, name: str) -> bool:
        """Whether the member is there."""
        return name in self.members

    def text(self, name: str) -> str:
        """A text."""
        value = self.members.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "must be a text")
        return value

    def text_or_none(self, name: str) -> str | None:
        """A text, or None where it is absent."""
        return self.text(name) if name in self.members else None

    def digest(self, name: str) -> str:
        """64 lowercase hex digits."""
        value = self.text(name)
        if not is_digest(value):
            raise self._wrong(name, "must be 64 hex digits")
        return value

    def number(self, name: str) -> int:
        """A whole number that is not negative."""
        value = self.members.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "must be a whole number, at least 0")
        return value

    def instant(self, name: str) -> datetime:
        """An instant in its 27 characters."""
        value = self.text(name)
        try:
            if not _INSTANT.fullmatch(value):
                raise ValueError
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._wrong(name, "must be an instant YYYY-MM-DDTHH:MM:SS.ffffffZ") from None

    def instant_or_none(self, name: str) -> datetime | None:
        """An instant, or None where it is absent."""
        return self.instant(name) if name in self.members else None

    def fields(self, name: str) -> "Fields":
        """An object."""
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "must be an object")
        return Fields(value, f"{self._path}{name}.")

    def fields_or_none(self, name: str) -> "Fields | None":
        """An object, or None where it is absent."""
        return self.fields(name) if name in self.members else None

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of texts."""
        value = self.members.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(name, "must be an array of texts")
        return tuple(value)

    def array(self, name: str) -> list[object]:
        """An array."""
        value = self.members.get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "must be an array")
        return value

    def at(self, path: str) -> object:
        """What stands at ``content.remarks``, or None."""
        value: object = self.members
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def require_only(self, names: set[str]) -> None:
        """No member but these."""
        for name in sorted(self.members.keys() - names):
            raise self._wrong(name[:64], "is not known here")

    def _wrong(self, name: str, rule: str) -> MalformedError:
        return MalformedError(f"{self._path}{name}", rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry at its position (from 1). ``payload`` is the event itself."""

    position: int
    data: bytes
    type: str
    version: int
    received_at: datetime
    recorded_at: datetime
    payload: Fields

    @property
    def leaf(self) -> bytes:
        """The 32-byte leaf hash."""
        return leaf_hash(self.data)


def parse_entry(position: int, data: bytes) -> Entry:
    """Raises MalformedError."""
    if len(data) > MAX_ENTRY:
        raise MalformedError("entry", f"has at most {MAX_ENTRY} bytes")
    envelope = Fields(read_object("entry", data))
    for name in sorted(_NEEDED - envelope.members.keys()):
        raise MalformedError(name, "is missing")
    envelope.require_only(_ALLOWED)
    envelope.fields("actor")
    envelope.texts("tags")
    return Entry(
        position=position,
        data=data,
        type=envelope.text("type"),
        version=envelope.number("version"),
        received_at=envelope.instant("received_at"),
        recorded_at=envelope.instant("recorded_at"),
        payload=Fields(envelope.fields("payload").members),
    )


def read_object(field: str, data: bytes) -> dict[str, object]:
    """The object that canonical JSON bytes say. Raises MalformedError for any other way of writing it."""
    try:
        value = json.loads(data.decode(), parse_float=_no_float, parse_constant=_no_float)
        again = canonical_json(value)
    except (UnicodeDecodeError, ValueError, RecursionError, CanonicalError) as error:
        raise MalformedError(field, "must be canonical JSON") from error
    if again != data or not isinstance(value, dict):
        # Another order, white space, an escape too many, a member twice: all of them end here.
        raise MalformedError(field, "must be one object in canonical JSON")
    return value


def is_digest(value: object) -> bool:
    """Whether it is 64 lowercase hex digits."""
    return isinstance(value, str) and _HEX_64.fullmatch(value) is not None


def instant_text(instant: datetime) -> str:
    """The 27 characters of an instant, in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_day(field: str, text: str) -> date:
    """A day as ``YYYY-MM-DD``. Raises MalformedError."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise MalformedError(field, "must be a day YYYY-MM-DD") from error
    if day.isoformat() != text:
        raise MalformedError(field, "must be a day YYYY-MM-DD")
    return day


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is no integer")
