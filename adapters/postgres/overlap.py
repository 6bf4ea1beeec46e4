"""What an append of a batch would meet in the same batch, before anything is sent."""

from adapters.preparation import Prepared
from domain.ledger.entry import Template


class Overlap:
    """The keys and events of the appends that a batch holds so far, by the append they belong to.

    The append function checks all conditions of a batch against what was stored before it. So two appends may share
    a batch only if the later one's condition cannot match the earlier one's events.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], Prepared] = {}
        self._by_tag: dict[str, list[tuple[Template, Prepared]]] = {}
        self._by_type: dict[str, Prepared] = {}
        self._first: Prepared | None = None

    def add(self, append: Prepared) -> None:
        """Remember an append that will be sent and may store its events."""
        self.add_key(append)
        for template in append.templates:
            self._first = self._first or append
            self._by_type.setdefault(template.type, append)
            for tag in template.tags:
                self._by_tag.setdefault(tag, []).append((template, append))

    def add_key(self, append: Prepared) -> None:
        """Remember an append that will be sent and is known to store nothing."""
        self._keys[append.actor, append.key] = append

    def blocker(self, append: Prepared) -> Prepared | None:
        """An earlier append of the batch that this one has to wait for."""
        if (same := self._keys.get((append.actor, append.key))) is not None:
            return same
        if append.query is None or self._first is None:
            return None
        if not append.query.items:
            return self._first
        for item, words in zip(append.query.items, append.items, strict=True):
            if words.tag:
                for template, owner in self._by_tag.get(words.tag, ()):
                    if item.matches(template.type, template.tags):
                        return owner
            else:
                for type_name in item.types:
                    if (typed := self._by_type.get(type_name)) is not None:
                        return typed
        return None
