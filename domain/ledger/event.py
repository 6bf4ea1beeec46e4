"""Events: facts in the past tense, and the catalogue that turns stored bytes back into them."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

import msgspec

from domain.ledger.errors import FormatError
from domain.ledger.slice import Decision

SEALED: Final = {"sealed": True}
"""Tells a commitment from a digest, whose form is the same."""

Commitment = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", extra=SEALED)]
"""Stands in an event for a personal value: SHA-256 over salt and value; the value itself lies in the vault."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 content digest as 64 lowercase hex digits."""


class EventClass(StrEnum):
    """Who may see an event at all (design section 2). The class belongs to the event type and never changes."""

    OPEN = "open"
    OFFICE = "office"
    SEALED = "sealed"
    SOURCE = "source"


class Event(msgspec.Struct, Decision, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact that happened. Subclasses give the fields, the stable name, the class, and the tags.

    ``type_name`` never changes; a new shape gets the next ``version`` and an upcaster. The only default a field may
    have is None, which means absent. Who, when and why stand in the envelope and are not repeated here.
    """

    type_name: ClassVar[str]
    version: ClassVar[int] = 1
    event_class: ClassVar[EventClass] = EventClass.OPEN

    def tags(self) -> tuple[str, ...]:
        """What this event is about; the order and duplicates do not matter."""
        raise NotImplementedError

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, for the library's folds."""
        return {field: getattr(self, field) for field in self.__struct_fields__}


Payload = dict[str, Any]
Upcaster = Callable[[Payload], Payload]


class Catalogue:
    """Every event type that a log may hold, by name, with the upcasters of old versions.

    ``upcasters`` maps (type name, version) to the function that gives the payload of version + 1. They act after
    decoding and never on stored bytes: digests are over what was stored.
    """

    def __init__(
        self, types: Iterable[type[Event]], upcasters: Mapping[tuple[str, int], Upcaster] | None = None
    ) -> None:
        self.types: dict[str, type[Event]] = {}
        for event_type in types:
            if event_type.type_name in self.types:
                raise FormatError("type", f"two event types are called {event_type.type_name}")
            self.types[event_type.type_name] = event_type
        self._upcasters = dict(upcasters or {})
        self._decoders = {name: msgspec.json.Decoder(event_type) for name, event_type in self.types.items()}

    def decode(self, type_name: str, version: int, payload: msgspec.Raw) -> Event:
        """The event of a stored payload. Raises FormatError for an unknown type, version or shape."""
        event_type = self.types.get(type_name)
        if event_type is None:
            raise FormatError("type", f"unknown event type {type_name!r}")
        try:
            if version == event_type.version:
                return self._decoders[type_name].decode(payload)
            return msgspec.convert(self._upcast(event_type, version, payload), event_type)
        except msgspec.MsgspecError as error:
            raise FormatError("payload", f"{type_name} version {version}: {error}") from error

    def _upcast(self, event_type: type[Event], version: int, payload: msgspec.Raw) -> Payload:
        """The payload as the current version has it."""
        name = event_type.type_name
        if not 1 <= version < event_type.version:
            # Written by a newer program: what it means is not known here, and guessing would be worse than stopping.
            raise FormatError("version", f"{name} has versions up to {event_type.version}, not {version}")
        fields: Payload = msgspec.json.decode(payload, type=dict[str, Any])
        for old in range(version, event_type.version):
            upcaster = self._upcasters.get((name, old))
            if upcaster is None:
                raise FormatError("version", f"nothing leads from {name} version {old} to {old + 1}")
            try:
                fields = upcaster(fields)
            except (LookupError, TypeError, ValueError) as error:
                raise FormatError("payload", f"{name} version {old}: {error!r}") from error
        return fields
