"""Let a person stand in for another's appointment (代理)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.ledger.slice import Selector, event
from domain.ledger.time import business_date_of
from domain.registry.appointment import AppointmentState
from domain.registry.authority import Acting, Authority
from domain.registry.errors import ActingForOneself, AlreadyAppointed, AppointmentTaken, OutsideAppointment
from domain.registry.events import Appointed, OrganisationAbolished, SiteClosed, SiteMerged
from domain.registry.interval import require_interval, require_recent
from domain.registry.organisation import require_not_beyond
from domain.registry.person import OfficesOf, PersonState


class AppointActing(Command):
    """A person gets the role and organisation of ``acting_for``, from ``valid_from`` and no longer at ``valid_to``.

    An appointment of its own, always with an end. It may begin after the other was relieved (a vacancy is stood in
    for), never before the other began, and never outlast the organisation. The other keeps its powers: an act names
    under which of the two it was done. ``is_bounded`` is as with ``Appoint``.
    """

    name = "appoint_acting"
    is_bounded: ClassVar[bool] = True

    def __init__(
        self,
        *,
        acting: Acting,
        appointment: str,
        person: str,
        acting_for: str,
        valid_from: datetime,
        valid_to: datetime,
    ) -> None:
        self.valid_from = valid_from
        self.valid_to = valid_to
        self.authority = Authority(acting)
        self.appointment = AppointmentState(appointment)
        self.acting_for = AppointmentState(acting_for)
        self.person = PersonState(person)
        self.offices = OfficesOf(person)
        self.perspectives = (self.authority, self.appointment, self.acting_for, self.person, self.offices)
        self.closed: dict[str, date] = {}

    def further_boundary(self) -> Sequence[Selector]:
        """The end of the organisation, once the other's appointment says which one it is."""
        if not self.acting_for.exists:
            return ()
        ends: list[type[Event]] = [SiteClosed, SiteMerged, OrganisationAbolished]
        return [Selector(types=ends, tags=[f"organisation:{self.acting_for.terms().organisation}"])]

    @event(SiteClosed)
    def _(self, organisation: str, closed_on: date) -> None:
        self.closed[organisation] = closed_on

    @event(OrganisationAbolished)
    def _(self, organisation: str, abolished_on: date) -> None:
        self.closed[organisation] = abolished_on

    @event(SiteMerged)
    def _(self, organisation: str, merged_on: date) -> None:
        self.closed[organisation] = merged_on

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; EmptyInterval, AppointmentTaken, AppointmentUnknown, PersonUnknown,
        ActingForOneself, OutsideAppointment, AlreadyClosed, TooLongAgo, AlreadyAppointed.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_interval(self.valid_from, self.valid_to)
        if self.appointment.exists:
            raise AppointmentTaken(appointment=self.appointment.appointment)
        terms = self.acting_for.terms()
        self.person.require_registered()
        if terms.person == self.person.person:
            raise ActingForOneself(person=self.person.person, appointment=self.acting_for.appointment)
        if self.valid_from < terms.valid_from:
            raise OutsideAppointment(appointment=self.acting_for.appointment)
        require_not_beyond(terms.organisation, self.closed.get(terms.organisation), self.valid_to)
        if self.is_bounded:
            require_recent(business_date_of(self.valid_from), self.authority.acting_on)
        held = self.offices.appointment_in(terms.role, terms.organisation, self.valid_from, self.valid_to)
        if held is not None:
            raise AlreadyAppointed(person=self.person.person, role=terms.role.value, appointment=held)
        self.record(
            Appointed(
                appointment=self.appointment.appointment,
                person=self.person.person,
                role=terms.role,
                organisation=terms.organisation,
                valid_from=self.valid_from,
                valid_to=self.valid_to,
                acting_for=self.acting_for.appointment,
            )
        )
