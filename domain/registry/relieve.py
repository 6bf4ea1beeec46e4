"""End an appointment."""

from collections.abc import Sequence
from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.slice import Selector
from domain.ledger.time import instant_text
from domain.registry.appointment import AppointmentState
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadyRelieved, EndsInThePast, RelievedBeforeAppointed
from domain.registry.events import Relieved, Role
from domain.registry.registrars import Registrars


class Relieve(Command):
    """The appointment no longer holds at ``relieved_at``.

    Never in the past: what was done under the appointment was done with authority. A recorded end can be brought
    forward, never put off. The last registrar stays until another is there.
    """

    name = "relieve"

    def __init__(self, *, acting: Acting, appointment: str, relieved_at: datetime) -> None:
        self.relieved_at = relieved_at
        self.authority = Authority(acting)
        self.appointment = AppointmentState(appointment)
        self.registrars = Registrars()
        self.perspectives = (self.authority, self.appointment, self.registrars)

    def further_boundary(self) -> Sequence[Selector]:
        """Who else is registrar, if a registrar is relieved."""
        return self.registrars.reliefs() if self._is_registrar() else ()

    def _is_registrar(self) -> bool:
        return self.appointment.exists and self.appointment.terms().role is Role.REGISTRAR

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; AppointmentUnknown, EndsInThePast, RelievedBeforeAppointed, AlreadyRelieved,
        LastRegistrar.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        terms = self.appointment.terms()
        if self.relieved_at < self.authority.acting.at:
            raise EndsInThePast(ends_at=instant_text(self.relieved_at))
        if self.relieved_at < terms.valid_from:
            raise RelievedBeforeAppointed(
                appointment=self.appointment.appointment, valid_from=instant_text(terms.valid_from)
            )
        if terms.ends_at is not None and self.relieved_at >= terms.ends_at:
            raise AlreadyRelieved(appointment=self.appointment.appointment, ends_at=instant_text(terms.ends_at))
        if self._is_registrar():
            self.registrars.require_another({self.appointment.appointment}, self.relieved_at)
        self.record(
            Relieved(
                appointment=self.appointment.appointment,
                person=terms.person,
                organisation=terms.organisation,
                relieved_at=self.relieved_at,
            )
        )
