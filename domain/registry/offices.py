"""The offices of one person: every appointment, and every delegation to that person, folded from the log.

This answers who is asking. Whether a command is allowed is decided by ``authority.py``, within the boundary of the
command.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.ledger.event import Event
from domain.ledger.query import Query, QueryItem
from domain.registry.events import Appointed, DelegationGranted, DelegationRevoked, Relieved, Role
from domain.registry.reading import Post, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One appointment, or one delegation of another's. Half-open: held at ``valid_from``, no longer at ``valid_to``."""

    appointment: str
    role: Role
    organisation: str
    valid_from: datetime
    valid_to: datetime | None
    delegation: str | None = None
    holder: str | None = None
    """Under a delegation: whose appointment it is."""

    def held_at(self, at: datetime) -> bool:
        """Whether it is held at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class Offices:
    """Fold ``first_query`` and then ``second_query``: the end of a delegation does not name the delegate."""

    def __init__(self, person: str) -> None:
        self.person = person
        self._own: dict[str, Office] = {}
        self._delegated: dict[str, Office] = {}

    def first_query(self) -> Query:
        """What names the person: appointments, reliefs, delegations to the person."""
        types = frozenset({Appointed.type_name, Relieved.type_name, DelegationGranted.type_name})
        return Query((QueryItem(types, frozenset({f"person:{self.person}"})),))

    def second_query(self) -> Query | None:
        """What may have ended the delegations; None when there are none."""
        ended = frozenset({DelegationRevoked.type_name, Relieved.type_name})
        appointments = sorted({office.appointment for office in self._delegated.values()})
        items = tuple(QueryItem(ended, frozenset({f"appointment:{one}"})) for one in appointments)
        return Query(items) if items else None

    def fold(self, events: Iterable[Event]) -> None:
        """Take events in position order into account."""
        for event in events:
            match event:
                case Appointed() if event.person == self.person:
                    self._own[event.appointment] = Office(
                        appointment=event.appointment,
                        role=event.role,
                        organisation=event.organisation,
                        valid_from=event.valid_from,
                        valid_to=event.valid_to,
                    )
                case Relieved():
                    _end(self._own, event.appointment, event.relieved_at)
                    for delegation, office in self._delegated.items():
                        if office.appointment == event.appointment:
                            _end(self._delegated, delegation, event.relieved_at)
                case DelegationGranted() if event.delegate == self.person:
                    self._delegated[event.delegation] = Office(
                        appointment=event.appointment,
                        role=event.role,
                        organisation=event.organisation,
                        valid_from=event.valid_from,
                        valid_to=event.valid_to,
                        delegation=event.delegation,
                        holder=event.holder,
                    )
                case DelegationRevoked():
                    _end(self._delegated, event.delegation, event.revoked_at)
                case _:
                    pass

    def held_at(self, at: datetime) -> tuple[Office, ...]:
        """Every office held at an instant, own ones first."""
        return tuple(office for office in (*self._own.values(), *self._delegated.values()) if office.held_at(at))

    def reader_at(self, at: datetime) -> Reader:
        """What the person may read at an instant."""
        posts = (Post(office.role, office.organisation) for office in self.held_at(at))
        return Reader(self.person, tuple(dict.fromkeys(posts)))


def _end(offices: dict[str, Office], name: str, at: datetime) -> None:
    office = offices.get(name)
    if office is not None:
        offices[name] = replace(office, valid_to=at if office.valid_to is None else min(office.valid_to, at))
