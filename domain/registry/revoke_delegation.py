"""End a delegation early."""

from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.time import instant_text
from domain.registry.appointment import AppointmentState
from domain.registry.authority import Acting, Authority
from domain.registry.errors import DelegationOver, DelegationUnknown, EndsInThePast, NotTheHolder
from domain.registry.events import DelegationRevoked


class RevokeDelegation(Command):
    """The holder, in person, or the registrar ends a delegation at ``revoked_at``; never in the past."""

    name = "revoke_delegation"

    def __init__(self, *, acting: Acting, delegation: str, appointment: str, revoked_at: datetime) -> None:
        self.delegation = delegation
        self.revoked_at = revoked_at
        self.authority = Authority(acting)
        self.appointment = AppointmentState(appointment)
        self.perspectives = (self.authority, self.appointment)

    def execute(self) -> None:
        """Raises: refusals of authority; NotTheHolder, DelegationUnknown, EndsInThePast, DelegationOver."""
        acting = self.authority.acting
        if acting.appointment == self.appointment.appointment:
            if acting.delegation is not None:
                raise NotTheHolder(appointment=acting.appointment, person=acting.person)
            self.authority.require_held()
        else:
            self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        end = self.appointment.delegations.get(self.delegation)
        if end is None:
            raise DelegationUnknown(delegation=self.delegation, appointment=self.appointment.appointment)
        if self.revoked_at < acting.at:
            raise EndsInThePast(ends_at=instant_text(self.revoked_at))
        if self.revoked_at >= end:
            raise DelegationOver(delegation=self.delegation, ends_at=instant_text(end))
        self.record(
            DelegationRevoked(
                delegation=self.delegation,
                appointment=self.appointment.appointment,
                revoked_at=self.revoked_at,
            )
        )
