"""Two event types for tests of the log itself, and short ways to append them."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

from domain.catalogue import CATALOGUE
from domain.ledger.entry import Actor, Context
from domain.ledger.event import Catalogue, Event, EventClass
from domain.ledger.ports import Append
from domain.ledger.query import Condition, Query, QueryItem

SECRET = b"a secret of the tests, 32 bytes."
PERSON = "018f0000-0000-7000-8000-0000000000aa"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Happened(Event, frozen=True, kw_only=True):
    """Something open happened."""

    type_name: ClassVar[str] = "Happened"
    what: str
    about: tuple[str, ...] = ()  # the only default of an event that is not None: these are not in the catalogue

    def tags(self) -> tuple[str, ...]:
        return self.about


class Whispered(Happened, frozen=True, kw_only=True):
    """Something sealed happened."""

    type_name: ClassVar[str] = "Whispered"
    event_class: ClassVar[EventClass] = EventClass.SEALED


HAPPENINGS = Catalogue((*CATALOGUE.types.values(), Happened, Whispered))


def item(*tags: str, types: tuple[str, ...] = ()) -> QueryItem:
    return QueryItem(frozenset(types), frozenset(tags))


def query(*items: QueryItem) -> Query:
    return Query(items)


def nothing_about(*tags: str, after: int = 0, types: tuple[str, ...] = ()) -> Condition:
    return Condition(query(item(*tags, types=types)), after)


def context(key: str | None = None, request: bytes = b"{}", person: str = PERSON) -> Context:
    return Context(actor=Actor(person=person), received_at=BEGINNING, key=key or str(uuid4()), request=request)


def appending(*events: Event, key: str | None = None, request: bytes = b"{}", **given: Any) -> Append:
    given.setdefault("ids", tuple(str(uuid4()) for _ in events))
    return Append(events=events, command="happen", context=context(key, request), **given)


def happened(what: str, *about: str) -> Happened:
    return Happened(what=what, about=about)
