"""End an appointment."""

from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.time import instant_text
from domain.registry.appointment import AppointmentState
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadyRelieved, RelievedBeforeAppointed, RelievedInThePast
from domain.registry.events import Relieved


class Relieve(Command):
    """The appointment no longer holds at ``relieved_at``.

    Never in the past: what was done under the appointment was done with authority. A recorded end can be brought
    forward, never put off.
    """

    name = "relieve"

    def __init__(self, *, acting: Acting, appointment: str, relieved_at: datetime) -> None:
        self.relieved_at = relieved_at
        self.authority = Authority(acting)
        self.appointment = AppointmentState(appointment)
        self.perspectives = (self.authority, self.appointment)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; AppointmentUnknown, RelievedInThePast, RelievedBeforeAppointed, AlreadyRelieved.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        terms = self.appointment.terms()
        if self.relieved_at < self.authority.acting.at:
            raise RelievedInThePast(relieved_at=instant_text(self.relieved_at))
        if self.relieved_at < terms.valid_from:
            raise RelievedBeforeAppointed(
                appointment=self.appointment.appointment, valid_from=instant_text(terms.valid_from)
            )
        if terms.ends_at is not None and self.relieved_at >= terms.ends_at:
            raise AlreadyRelieved(appointment=self.appointment.appointment, ends_at=instant_text(terms.ends_at))
        self.record(
            Relieved(
                appointment=self.appointment.appointment,
                person=terms.person,
                organisation=terms.organisation,
                relieved_at=self.relieved_at,
            )
        )
