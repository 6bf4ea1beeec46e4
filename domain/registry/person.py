"""One person of the registry, and who carries a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.errors import PersonUnknown
from domain.registry.events import Appointed, PersonRegistered, Relieved, Role
from domain.registry.interval import earliest, overlap


class PersonState(Perspective):
    """Whether a person is registered."""

    def __init__(self, person: str) -> None:
        self.person = person
        self.code: str | None = None

    def consistency_boundary(self) -> Sequence[Selector]:
        """The person's registration; not the person's acts."""
        return [Selector(types=type(self).projected_types, tags=[f"person:{self.person}"])]

    @event(PersonRegistered)
    def _(self, person: str, code: str) -> None:
        if person == self.person:
            self.code = code

    def require_registered(self) -> None:
        """Raises: PersonUnknown."""
        if self.code is None:
            raise PersonUnknown(person=self.person)


class PersonCode(Perspective):
    """Who carries a person code."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.carrier: str | None = None

    def consistency_boundary(self) -> Sequence[Selector]:
        """The registration under this code, whoever was registered."""
        return [Selector(types=type(self).projected_types, tags=[f"personcode:{self.code}"])]

    @event(PersonRegistered)
    def _(self, person: str, code: str) -> None:
        if code == self.code:
            self.carrier = person


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOffice:
    """One appointment of a person."""

    role: Role
    organisation: str
    valid_from: datetime
    valid_to: datetime | None


class OfficesOf(Perspective):
    """The appointments of one person, so that nobody is appointed twice to the same."""

    def __init__(self, person: str) -> None:
        self.person = person
        self.offices: dict[str, HeldOffice] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Appointments and reliefs of this person."""
        return [Selector(types=type(self).projected_types, tags=[f"person:{self.person}"])]

    @event(Appointed)
    def _(
        self,
        appointment: str,
        person: str,
        role: Role,
        organisation: str,
        valid_from: datetime,
        valid_to: datetime | None,
    ) -> None:
        if person == self.person:
            self.offices[appointment] = HeldOffice(
                role=role, organisation=organisation, valid_from=valid_from, valid_to=valid_to
            )

    @event(Relieved)
    def _(self, appointment: str, relieved_at: datetime) -> None:
        held = self.offices.get(appointment)
        if held is not None:
            self.offices[appointment] = HeldOffice(
                role=held.role,
                organisation=held.organisation,
                valid_from=held.valid_from,
                valid_to=earliest(held.valid_to, relieved_at),
            )

    def appointment_in(
        self, role: Role, organisation: str, valid_from: datetime, valid_to: datetime | None
    ) -> str | None:
        """The appointment that gives this role there in a part of the interval, if there is one."""
        for appointment, held in self.offices.items():
            if (held.role, held.organisation) == (role, organisation) and overlap(
                valid_from, valid_to, held.valid_from, held.valid_to
            ):
                return appointment
        return None
