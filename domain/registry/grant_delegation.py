"""Let another person act under one's own appointment."""

from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.time import business_date_of
from domain.registry.appointment import AppointmentState, DelegationId
from domain.registry.authority import Acting, Authority
from domain.registry.errors import ActingForOneself, DelegationTaken, NotTheHolder, OutsideAppointment
from domain.registry.events import DelegationGranted
from domain.registry.interval import require_interval, require_recent
from domain.registry.person import PersonState


class GrantDelegation(Command):
    """The holder, in person, lets ``delegate`` act at ``valid_from`` and no longer at ``valid_to``.

    A delegate cannot delegate further, and nobody delegates beyond the end of the own appointment.
    """

    name = "grant_delegation"

    def __init__(
        self,
        *,
        acting: Acting,
        delegation: str,
        appointment: str,
        delegate: str,
        valid_from: datetime,
        valid_to: datetime,
    ) -> None:
        self.valid_from = valid_from
        self.valid_to = valid_to
        self.authority = Authority(acting)
        self.appointment = AppointmentState(appointment)
        self.delegation = DelegationId(delegation)
        self.delegate = PersonState(delegate)
        self.perspectives = (self.authority, self.appointment, self.delegation, self.delegate)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: NotTheHolder, NotAppointed, EmptyInterval, OutsideAppointment, DelegationTaken, TooLongAgo,
        PersonUnknown, ActingForOneself.
        """
        acting = self.authority.acting
        if acting.delegation is not None or acting.appointment != self.appointment.appointment:
            raise NotTheHolder(appointment=self.appointment.appointment, person=acting.person)
        self.authority.require_held()
        self.recorded_before = self.authority.valid_until
        require_interval(self.valid_from, self.valid_to)
        terms = self.appointment.terms()
        if self.valid_from < terms.valid_from or (terms.ends_at is not None and self.valid_to > terms.ends_at):
            raise OutsideAppointment(appointment=self.appointment.appointment)
        if self.delegation.is_taken:
            raise DelegationTaken(delegation=self.delegation.delegation)
        require_recent(business_date_of(self.valid_from), self.authority.acting_on)
        self.delegate.require_registered()
        if self.delegate.person == terms.person:
            raise ActingForOneself(person=terms.person, appointment=self.appointment.appointment)
        self.record(
            DelegationGranted(
                delegation=self.delegation.delegation,
                appointment=self.appointment.appointment,
                organisation=terms.organisation,
                role=terms.role,
                holder=terms.person,
                delegate=self.delegate.person,
                valid_from=self.valid_from,
                valid_to=self.valid_to,
            )
        )
