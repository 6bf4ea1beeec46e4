"""Appoint a person to a role in an organisation."""

from datetime import datetime
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.time import business_date_of
from domain.registry.appointment import AppointmentState
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadyAppointed, AppointmentTaken, RoleUnfit
from domain.registry.events import SITE_KINDS, Appointed, OrganisationKind, Role
from domain.registry.interval import require_interval, require_recent
from domain.registry.organisation import OrganisationState
from domain.registry.person import OfficesOf, PersonState

_BUREAU: Final = frozenset({OrganisationKind.BUREAU, OrganisationKind.SECTION})
ROLE_KINDS: Final = {
    Role.REPORTER: SITE_KINDS,
    Role.CLASS_TEACHER: SITE_KINDS,
    Role.PRINCIPAL: SITE_KINDS,
    Role.DISTRICT_REVIEWER: frozenset({OrganisationKind.DISTRICT}),
    Role.SECTION_OFFICER: _BUREAU,
    Role.REGISTRAR: _BUREAU,
    Role.INSPECTOR: _BUREAU | {OrganisationKind.DISTRICT},
    Role.DISCIPLINE: _BUREAU,
    Role.CLOCK: frozenset({OrganisationKind.BUREAU}),
}
"""Where each role exists."""


class Appoint(Command):
    """A person holds a role in an organisation at ``valid_from`` and no longer at ``valid_to``; None is open.

    ``is_bounded`` is false only where the registry takes over offices that began before it (``import_appointments``).
    """

    name = "appoint"
    is_bounded: ClassVar[bool] = True

    def __init__(
        self,
        *,
        acting: Acting,
        appointment: str,
        person: str,
        role: Role,
        organisation: str,
        valid_from: datetime,
        valid_to: datetime | None = None,
    ) -> None:
        self.role = role
        self.valid_from = valid_from
        self.valid_to = valid_to
        self.authority = Authority(acting)
        self.appointment = AppointmentState(appointment)
        self.person = PersonState(person)
        self.offices = OfficesOf(person)
        self.organisation = OrganisationState(organisation)
        self.perspectives = (self.authority, self.appointment, self.person, self.offices, self.organisation)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; EmptyInterval, AppointmentTaken, PersonUnknown, OrganisationUnknown,
        NotYetOpened, AlreadyClosed, TooLongAgo, RoleUnfit, AlreadyAppointed.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_interval(self.valid_from, self.valid_to)
        if self.appointment.exists:
            raise AppointmentTaken(appointment=self.appointment.appointment)
        self.person.require_registered()
        begins_on = business_date_of(self.valid_from)
        self.organisation.require_open_on(begins_on)
        self.organisation.require_open_until(self.valid_to)
        if self.is_bounded:
            require_recent(begins_on, self.authority.acting_on)
        if self.organisation.kind not in ROLE_KINDS[self.role]:
            raise RoleUnfit(
                role=self.role.value, organisation=self.organisation.organisation, kind=str(self.organisation.kind)
            )
        held = self.offices.appointment_in(self.role, self.organisation.organisation, self.valid_from, self.valid_to)
        if held is not None:
            raise AlreadyAppointed(person=self.person.person, role=self.role.value, appointment=held)
        self.record(
            Appointed(
                appointment=self.appointment.appointment,
                person=self.person.person,
                role=self.role,
                organisation=self.organisation.organisation,
                valid_from=self.valid_from,
                valid_to=self.valid_to,
            )
        )
