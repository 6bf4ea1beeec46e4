"""Whose data an erasure is about: their offices, and the legal holds that reach them.

A hold over an organisation reaches everyone who ever held an office there, and everyone of whom a value was sealed with
an event about it: the list of a school's sick pupils is evidence about the school. The log does not say of whom a
commitment is; the vault does, and ``stands_with`` brings it: by subject the organisations that its values stand with.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.erasure.errors import NotAPerson, StillInOffice, UnderLegalHold
from domain.erasure.holds import Holds
from domain.ledger.command import Perspective
from domain.ledger.event import Event
from domain.ledger.slice import Selector, event
from domain.registry.events import Appointed, BureauFounded, DelegationGranted, OrganisationRegistered, Relieved
from domain.registry.interval import earliest


class Subjects(Perspective):
    """Some persons and organisations, asked about once the boundary says who they are. Fold ``holds`` beside it."""

    def __init__(self, stands_with: Mapping[str, Collection[str]] | None = None) -> None:
        self._stands_with = stands_with or {}
        self._offices: dict[str, tuple[str, str, datetime | None]] = {}
        self._organisations: set[str] = set()
        self.holds = Holds()

    def consistency_boundary(self) -> Sequence[Selector]:
        """Nothing until it is known whom it is about; see ``boundary_of``."""
        return []

    def boundary_of(self, subjects: Collection[str]) -> list[Selector]:
        """What protects these subjects, as far as is known by now; it grows with the offices that are found."""
        reached = sorted({place for each in subjects for place in self._reach(each)})
        return self.offices_of(subjects) + self.holds.over(reached)

    @staticmethod
    def offices_of(subjects: Collection[str]) -> list[Selector]:
        """What says which offices they hold, and which of them are organisations."""
        held: list[type[Event]] = [Appointed, Relieved, DelegationGranted]
        offices = [Selector(types=held, tags=[f"person:{each}"]) for each in sorted(subjects)]
        kinds: list[type[Event]] = [BureauFounded, OrganisationRegistered]
        return offices + [Selector(types=kinds, tags=[f"organisation:{each}"]) for each in sorted(subjects)]

    @event(Appointed)
    def _(self, appointment: str, person: str, organisation: str, valid_to: datetime | None) -> None:
        self._offices[appointment] = (person, organisation, valid_to)

    @event(Relieved)
    def _(self, appointment: str, relieved_at: datetime) -> None:
        if appointment in self._offices:
            person, organisation, ends_at = self._offices[appointment]
            self._offices[appointment] = (person, organisation, earliest(ends_at, relieved_at))

    @event(DelegationGranted)
    def _(self, delegation: str, delegate: str, organisation: str, valid_to: datetime) -> None:
        # To its agreed end, revoked or not: a revocation does not name the delegate, and delegations are short.
        self._offices[delegation] = (delegate, organisation, valid_to)

    @event(BureauFounded)
    def _(self, bureau: str) -> None:
        self._organisations.add(bureau)

    @event(OrganisationRegistered)
    def _(self, organisation: str) -> None:
        self._organisations.add(organisation)

    def _reach(self, subject: str) -> set[str]:
        """The subject and every organisation through which a hold reaches it."""
        offices = {organisation for person, organisation, _ in self._offices.values() if person == subject}
        return {subject, *offices, *self._stands_with.get(subject, ())}

    def require_person(self, person: str) -> None:
        """Raises NotAPerson for an organisation of the registry."""
        if person in self._organisations:
            raise NotAPerson(organisation=person)

    def require_out_of_office(self, persons: Collection[str], at: datetime) -> None:
        """Nobody of them holds an office at an instant or later. Raises StillInOffice."""
        holders = {person for person, _, ends_at in self._offices.values() if ends_at is None or at < ends_at}
        if holders.intersection(persons):
            raise StillInOffice(persons=sorted(holders.intersection(persons)))

    def require_no_hold(self, subjects: Collection[str], at: datetime) -> None:
        """No hold reaches any of them at an instant. Raises UnderLegalHold."""
        held = self.holds.held_at(at)
        protected = sorted(each for each in set(subjects) if held & self._reach(each))
        if protected:
            raise UnderLegalHold(subjects=protected)
