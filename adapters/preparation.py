"""From an append to what an event log stores: encoded entries, flat condition items, every limit checked.

All of this happens before an append is queued, so that nothing that can be known to be wrong reaches the database.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from domain.ledger.entry import Template, template
from domain.ledger.errors import Invalid
from domain.ledger.ports import Append, SealedPart
from domain.ledger.query import Query, QueryItem

# As many as the largest import has rows, since an import is one append (ADR 0014).
MAX_EVENTS: Final = 10_000
MAX_ITEMS: Final = 2_000
MAX_PARTS: Final = 2 * MAX_EVENTS
MAX_WORD: Final = 255
MAX_CIPHERTEXT: Final = 256 * 1024
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_POSITION: Final = 2**62
_UUID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Item(msgspec.Struct, frozen=True, gc=False):
    """A query item in words: ``tag`` is one of its tags, ``tags`` the others, ``types`` all its types, by spaces."""

    types: str
    tag: str
    tags: str


class Prepared(msgspec.Struct, frozen=True, eq=False, gc=False, kw_only=True):
    """An append that can be stored: ``size`` is about what it takes in memory and on the wire, in bytes."""

    actor: str
    key: str
    request: bytes
    received_at: datetime
    recorded_before: datetime | None
    templates: tuple[Template, ...]
    query: Query | None
    after: int
    items: tuple[Item, ...]
    sealed: tuple[SealedPart, ...]
    size: int


def item_words(item: QueryItem) -> Item:
    """A query item as flat words. Raises Invalid for a tag or type with white space, or a very long one.

    The longest tag goes first: it names one thing more often than a short one, and the index is entered through it.
    """
    for word in (*item.types, *item.tags):
        if not _is_word(word):
            raise Invalid("query", "a type or tag is printable text without white space", value=repr(word)[:64])
    if not item.types and not item.tags:
        raise Invalid("query", "an item names types or tags; the query without items matches everything")
    tags = sorted(item.tags, key=_longest_first) if len(item.tags) > 1 else [*item.tags]
    return Item(" ".join(sorted(item.types)), tags[0] if tags else "", " ".join(tags[1:]))


@lru_cache(maxsize=65_536)  # the same types in every query, the same tags in the few queries about one thing
def _is_word(word: str) -> bool:
    # "\x00" is no white space, but no PostgreSQL text either.
    return word.split() == [word] and len(word) <= MAX_WORD and word.isprintable()


def _longest_first(tag: str) -> tuple[int, str]:
    return -len(tag), tag


def query_items(query: Query) -> tuple[Item, ...]:
    """The items of a query in words; the query that matches everything is one item without words."""
    if not query.items:
        return (Item("", "", ""),)
    if len(query.items) > MAX_ITEMS:
        raise Invalid("query", f"at most {MAX_ITEMS} items")
    return tuple(map(item_words, query.items))


def prepare(append: Append) -> Prepared:
    """Encode and check an append. Raises Invalid (FormatError, EntryTooLarge) for what no history could allow."""
    context = append.context
    if len(append.events) > MAX_EVENTS:
        raise Invalid("events", f"at most {MAX_EVENTS} events, got {len(append.events)}")
    if len(append.ids) != len(append.events) or len(set(append.ids)) != len(append.ids):
        raise Invalid("ids", "one id of its own for every event")
    _require_uuid("key", context.key)
    for event_id in append.ids:
        _require_uuid("ids", event_id)
    actor = context.actor.person
    if not 0 < len(actor) <= MAX_WORD or not actor.isprintable():
        raise Invalid("actor", f"printable text of at most {MAX_WORD} characters")
    _require_instant("received_at", context.received_at)
    if append.recorded_before is not None:
        _require_instant("recorded_before", append.recorded_before)
    templates = tuple(
        [
            template(event, event_id=event_id, command=append.command, context=context)
            for event, event_id in zip(append.events, append.ids, strict=True)
        ]
    )
    query: Query | None = None
    after = 0
    items: tuple[Item, ...] = ()
    if append.condition is not None:
        query, after = append.condition.query, append.condition.after
        if not 0 <= after < MAX_POSITION:
            raise Invalid("condition", "after is a position")
        items = query_items(query)
    _check_parts(append.sealed, bool(templates))
    size = (
        512
        + sum([2 * len(each.entry) + 256 for each in templates])
        + sum([len(part.ciphertext) + 256 for part in append.sealed])
        + 128 * len(items)
    )
    if size > MAX_BYTES:
        raise Invalid("events", f"an append takes at most {MAX_BYTES} bytes")
    return Prepared(
        actor=actor,
        key=context.key,
        request=context.request,
        received_at=context.received_at,
        recorded_before=append.recorded_before,
        templates=templates,
        query=query,
        after=after,
        items=items,
        sealed=append.sealed,
        size=size,
    )


def _check_parts(parts: tuple[SealedPart, ...], has_events: bool) -> None:
    if not parts:
        return
    if len(parts) > MAX_PARTS:
        raise Invalid("sealed", f"at most {MAX_PARTS} parts")
    if not has_events:
        raise Invalid("sealed", "a part needs an event that commits to it")
    if len({part.commitment for part in parts}) != len(parts):
        raise Invalid("sealed", "a commitment belongs to one part")
    for part in parts:
        if len(part.commitment) != 64 or not set(part.commitment) <= set("0123456789abcdef"):
            raise Invalid("sealed", "a commitment is 64 hex digits")
        if not 0 < len(part.key_id) <= MAX_WORD or not part.key_id.isprintable():
            raise Invalid("sealed", "a key id is printable text")
        if len(part.ciphertext) > MAX_CIPHERTEXT:
            raise Invalid("sealed", f"at most {MAX_CIPHERTEXT} bytes a part")


def _require_uuid(field: str, text: str) -> None:
    # By its text alone: whatever else a UUID may be written as is refused, since ids are compared as text.
    if _UUID.fullmatch(text) is None:
        raise Invalid(field, "must be a lowercase UUID")


def _require_instant(field: str, instant: datetime) -> None:
    if instant.tzinfo is None or instant.year < 1000:
        raise Invalid(field, "an instant with a time zone")
