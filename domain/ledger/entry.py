"""Format 1: the bytes that are hashed, stored and proved (ADR 0004).

An entry is one canonical JSON object of at most 65,535 bytes. Its position is not inside (position = leaf index + 1).
``recorded_at`` is set under the append lock: an entry is prepared with a hole of 27 bytes at a known offset, and the
append function fills the hole. The offset is computed while encoding, never searched for: a payload may hold any text.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

import msgspec

from domain.evidence.canonical_json import CanonicalError, canonical_json
from domain.evidence.digest import leaf_hash
from domain.ledger.errors import EntryTooLarge, FormatError
from domain.ledger.event import Catalogue, Event, EventClass
from domain.ledger.tags import normal_tags
from domain.ledger.time import INSTANT_LENGTH, instant_text

FORMAT: Final = 1
MAX_ENTRY_BYTES: Final = 65_535
MACHINE: Final = "00000000-0000-7000-8000-000000000000"
"""The person of what the service does by itself: opening duties by the clock, recording what is missed."""
_HOLE: Final = b"0" * INSTANT_LENGTH
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ._:/-]*")  # text that JSON writes as it is


class Actor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who acted: a person by pseudonym, under which appointment, for whom. Machines act as a person of their own."""

    person: str
    appointment: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What surrounds a command: the envelope of every event it records, and its idempotency.

    ``received_at`` is the arrival at our edge and decides lateness; ``occurred_at`` is what a person or device claims
    and decides nothing. ``key`` is a UUID, unique per actor; ``request`` are canonical bytes of what was asked, so
    that the same key with another request is found out (only a keyed MAC of it is stored).
    """

    actor: Actor
    received_at: datetime
    key: str
    request: bytes
    occurred_at: datetime | None = None
    business_date: date | None = None
    causation: str | None = None
    correlation: str | None = None
    rules: str | None = None


class Template(msgspec.Struct, frozen=True, gc=False):
    """An entry with its hole. ``offset`` is the first byte of the 27 that ``recorded_at`` fills."""

    id: str
    type: str
    event_class: str
    tags: tuple[str, ...]
    entry: bytes
    offset: int

    def at(self, recorded_at: datetime) -> bytes:
        """The final entry."""
        filled = instant_text(recorded_at).encode()
        return self.entry[: self.offset] + filled + self.entry[self.offset + INSTANT_LENGTH :]

    def leaf(self, recorded_at: datetime) -> bytes:
        """The 32-byte leaf hash of the final entry."""
        return leaf_hash(self.at(recorded_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as the ledger holds it: its position (1, 2, 3 … without a gap), its envelope and the fact itself."""

    position: int
    id: str
    event: Event
    tags: tuple[str, ...]
    received_at: datetime
    recorded_at: datetime
    actor: Actor
    command: str
    occurred_at: datetime | None = None
    business_date: date | None = None
    causation: str | None = None
    correlation: str | None = None
    rules: str | None = None


def template(event: Event, *, event_id: str, command: str, context: Context) -> Template:
    """The canonical bytes of an event in its envelope, with the hole for ``recorded_at``.

    Raises FormatError for a value without canonical form, EntryTooLarge beyond 65,535 bytes.
    """
    tags = normal_tags(event.tags())
    try:
        # The envelope is written member by member, in the order of its sorted keys: walking it as an object would
        # cost as much as the payload, for every event that there is.
        head = "".join(
            (
                '{"actor":',
                _actor(context.actor),
                "" if context.business_date is None else f',"business_date":"{context.business_date.isoformat()}"',
                _member("causation", context.causation),
                f',"class":"{event.event_class.value}"',
                _member("command", command),
                _member("correlation", context.correlation),
                _member("id", event_id),
                "" if context.occurred_at is None else f',"occurred_at":"{instant_text(context.occurred_at)}"',
                ',"payload":',
                canonical_json(msgspec.to_builtins(event, builtin_types=(datetime, date))).decode(),
                f',"received_at":"{instant_text(context.received_at)}","recorded_at":"',
            )
        ).encode()
        # Tags are checked above and type names are ours: nothing in them needs an escape.
        quoted = ",".join([f'"{tag}"' for tag in tags])
        tail = (
            f'"{_member("rules", context.rules)},"tags":[{quoted}]'
            f',"type":"{event.type_name}","version":{event.version}}}'
        ).encode()
    except CanonicalError as error:
        raise FormatError(error.path, error.rule) from error
    entry = head + _HOLE + tail
    if len(entry) > MAX_ENTRY_BYTES:
        raise EntryTooLarge("entry", f"at most {MAX_ENTRY_BYTES} bytes, got {len(entry)}")
    return Template(event_id, event.type_name, event.event_class.value, tags, entry, len(head))


def _member(name: str, text: str | None) -> str:
    return "" if text is None else f',"{name}":{_quoted(text)}'


def _quoted(text: str) -> str:
    return f'"{text}"' if _PLAIN.fullmatch(text) else canonical_json(text).decode()


@lru_cache(maxsize=1024)  # the same few people all day
def _actor(actor: Actor) -> str:
    return canonical_json(msgspec.to_builtins(actor)).decode()


class _Envelope(msgspec.Struct, rename={"event_class": "class"}, forbid_unknown_fields=True, kw_only=True):
    actor: Actor
    event_class: EventClass
    command: str
    id: str
    payload: msgspec.Raw
    received_at: datetime
    recorded_at: datetime
    tags: tuple[str, ...]
    type: str
    version: int
    business_date: date | None = None
    causation: str | None = None
    correlation: str | None = None
    occurred_at: datetime | None = None
    rules: str | None = None


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)


def recorded(position: int, entry: bytes, catalogue: Catalogue) -> Recorded:
    """The event of stored bytes. Raises FormatError when they are not an entry of format 1."""
    try:
        envelope = _ENVELOPE.decode(entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError("entry", f"position {position}: {error}") from error
    return Recorded(
        position=position,
        id=envelope.id,
        event=catalogue.decode(envelope.type, envelope.version, envelope.payload),
        tags=envelope.tags,
        received_at=envelope.received_at,
        recorded_at=envelope.recorded_at,
        actor=envelope.actor,
        command=envelope.command,
        occurred_at=envelope.occurred_at,
        business_date=envelope.business_date,
        causation=envelope.causation,
        correlation=envelope.correlation,
        rules=envelope.rules,
    )
