"""Queries over the log and append conditions, exact as in the DCB specification.

A query is an OR of items; an item is any of its types AND all of its tags; no items at all match everything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.ledger.errors import Invalid
from domain.ledger.slice import Selector


@dataclass(frozen=True, slots=True)
class QueryItem:
    """Any of ``types`` (none given: every type) AND all of ``tags``. Duplicates are harmless."""

    types: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def matches(self, type_name: str, tags: Iterable[str]) -> bool:
        """Whether one event is selected by this item."""
        return (not self.types or type_name in self.types) and self.tags.issubset(tags)


@dataclass(frozen=True, slots=True)
class Query:
    """Matches an event that any item matches; without items, every event."""

    items: tuple[QueryItem, ...] = ()

    def matches(self, type_name: str, tags: Sequence[str]) -> bool:
        """Whether one event is selected."""
        return not self.items or any(item.matches(type_name, tags) for item in self.items)


EVERYTHING = Query()


@dataclass(frozen=True, slots=True)
class Condition:
    """Fail the append if an event after position ``after`` matches ``query``."""

    query: Query
    after: int = 0


def boundary_query(selectors: Selector | Sequence[Selector]) -> Query:
    """The query of a consistency boundary.

    Raises Invalid for an empty boundary or selector: it would match the whole log, a global lock in disguise.
    """
    if isinstance(selectors, Selector):
        selectors = [selectors]
    items = []
    for selector in selectors:
        types = frozenset(str(getattr(decision, "type_name")) for decision in selector.types)  # noqa: B009
        if not types and not selector.tags:
            raise Invalid("boundary", "a selector needs types or tags")
        items.append(QueryItem(types, frozenset(selector.tags)))
    if not items:
        raise Invalid("boundary", "a boundary needs a selector")
    return Query(tuple(dict.fromkeys(items)))
