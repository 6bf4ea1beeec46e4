"""A rehearsal: commands over a copy of the history, before anything is stored.

What is carried out here counts for what is rehearsed next, so that rows of a file are decided on the registry and on
the rows before them by the rules of single commands. Nothing leaves the rehearsal.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.ledger.query import boundary_query
from domain.ledger.slice import Selector
from domain.registry.events import Appointed, BureauFounded, OrganisationRegistered, PersonRegistered, Relieved, Role
from domain.registry.interval import earliest, runs_at


class Rehearsal:
    """The registry's history with an index by tag, and its codes."""

    def __init__(self, history: Iterable[Event] = ()) -> None:
        self.bureau: str | None = None
        self.organisations: dict[str, str] = {}
        """Organisation ids by code."""
        self.people: dict[str, str] = {}
        """Person ids by code."""
        self.appointments: dict[str, Appointed] = {}
        self.ends: dict[str, Relieved] = {}
        self._history: list[Event] = []
        self._by_tag: defaultdict[str, list[int]] = defaultdict(list)
        for event in history:
            self.take(event)

    def take(self, event: Event) -> None:
        """Let an event have happened."""
        for tag in event.tags():
            self._by_tag[tag].append(len(self._history))
        self._history.append(event)
        if isinstance(event, BureauFounded):
            self.bureau = event.bureau
        elif isinstance(event, OrganisationRegistered):
            self.organisations[event.code] = event.organisation
        elif isinstance(event, PersonRegistered):
            self.people[event.code] = event.person
        elif isinstance(event, Appointed):
            self.appointments[event.appointment] = event
        elif isinstance(event, Relieved):
            held = self.ends.get(event.appointment)
            if held is None or event.relieved_at < held.relieved_at:
                self.ends[event.appointment] = event

    def carry_out(self, command: Command) -> tuple[Event, ...]:
        """What the command records here. Raises its refusal; then nothing has changed."""
        boundary = [*command.consistency_boundary()]
        if type(command).further_boundary is not Command.further_boundary:
            while True:
                trial = deepcopy(command)
                self._fold(trial, boundary)
                further = [each for each in trial.further_boundary() if each not in boundary]
                if not further:
                    break
                boundary += further
        self._fold(command, boundary)
        command.execute()
        events = command.recorded_events()
        for event in events:
            self.take(event)
        return events

    def _fold(self, command: Command, boundary: Sequence[Selector]) -> None:
        places: set[int] = set()
        for item in boundary_query(boundary).items:
            rarest = min((self._by_tag.get(tag, []) for tag in item.tags), key=len, default=range(len(self._history)))
            places.update(
                place for place in rarest if item.matches(self._history[place].type_name, self._history[place].tags())
            )
        for place in sorted(places):
            command.fold(self._history[place])

    def holder_of(self, person: str, role: Role, organisation: str) -> str | None:
        """The newest appointment of a person to a role there, if there is one; acting ones are left out."""
        return next(
            (
                appointment
                for appointment, one in reversed(self.appointments.items())
                if (one.person, one.role, one.organisation, one.acting_for) == (person, role, organisation, None)
            ),
            None,
        )

    def holding_at(self, role: Role, at: datetime) -> list[Appointed]:
        """Every appointment to a role that holds at an instant."""
        return [
            one
            for one in self.appointments.values()
            if one.role is role and runs_at(one.valid_from, self._end_of(one), at)
        ]

    def _end_of(self, one: Appointed) -> datetime | None:
        relief = self.ends.get(one.appointment)
        return earliest(one.valid_to, relief.relieved_at if relief else None)
