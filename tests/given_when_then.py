"""Given a history, when a command is handled, then these events follow, or it is refused.

A history outside the command's boundary fails the test: production would not have read it.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest

from domain.ledger.command import Command
from domain.ledger.errors import WenzeError
from domain.ledger.event import Event
from domain.ledger.query import Query, boundary_query


def boundary_of(command: Command, history: Sequence[Event]) -> Query:
    """What production would read for this command, once it knows what it further needs."""
    boundary = [*command.consistency_boundary()]
    while True:
        query, trial = boundary_query(boundary), deepcopy(command)
        for event in history:
            if query.matches(event.type_name, event.tags()):
                trial.fold(event)
        further = [each for each in trial.further_boundary() if each not in boundary]
        if not further:
            return query
        boundary += further


class Given:
    """A history of facts, in order."""

    def __init__(self, *history: Event) -> None:
        self.history = history

    def when(self, command: Command) -> "When":
        query = boundary_of(command, self.history)
        for event in self.history:
            if not query.matches(event.type_name, event.tags()):
                pytest.fail(f"{event.type_name} {event.tags()} lies outside the boundary of {command.name}: {query}")
            command.fold(event)
        return When(command)


class When:
    """A command over its folded history."""

    def __init__(self, command: Command) -> None:
        self.command = command

    def then(self, *expected: Event) -> None:
        self.command.execute()
        assert self.command.recorded_events() == expected

    def records(self) -> tuple[Event, ...]:
        """The decided events themselves, for assertions on single fields."""
        self.command.execute()
        return self.command.recorded_events()

    def refuses_with(self, error: type[WenzeError], **details: Any) -> None:
        with pytest.raises(error) as caught:
            self.command.execute()
        assert self.command.recorded_events() == ()
        for name, value in details.items():
            assert caught.value.details[name] == value


def given(*history: Event) -> Given:
    return Given(*history)
