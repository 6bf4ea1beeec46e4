"""One appointment with its relief and its delegations, whoever acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.errors import AppointmentUnknown
from domain.registry.events import Appointed, DelegationGranted, DelegationRevoked, Relieved, Role
from domain.registry.interval import earliest


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentTerms:
    """What an appointment gives, and how long; ``ends_at`` knows of reliefs and is exclusive."""

    person: str
    role: Role
    organisation: str
    valid_from: datetime
    ends_at: datetime | None


class AppointmentState(Perspective):
    """One appointment id."""

    def __init__(self, appointment: str) -> None:
        self.appointment = appointment
        self.appointed: Appointed | None = None
        self.relieved_at: datetime | None = None
        self.delegations: dict[str, datetime] = {}
        """The end of every delegation, revocations included."""

    def consistency_boundary(self) -> Sequence[Selector]:
        """The appointment, its relief, its delegations."""
        return [Selector(types=type(self).projected_types, tags=[f"appointment:{self.appointment}"])]

    @event(Appointed)
    def _(
        self,
        appointment: str,
        person: str,
        role: Role,
        organisation: str,
        valid_from: datetime,
        valid_to: datetime | None,
        acting_for: str | None,
    ) -> None:
        if appointment == self.appointment:
            self.appointed = Appointed(
                appointment=appointment,
                person=person,
                role=role,
                organisation=organisation,
                valid_from=valid_from,
                valid_to=valid_to,
                acting_for=acting_for,
            )

    @event(Relieved)
    def _(self, appointment: str, relieved_at: datetime) -> None:
        if appointment == self.appointment:
            self.relieved_at = earliest(self.relieved_at, relieved_at)

    @event(DelegationGranted)
    def _(self, delegation: str, appointment: str, valid_to: datetime) -> None:
        if appointment == self.appointment:
            self.delegations[delegation] = valid_to

    @event(DelegationRevoked)
    def _(self, delegation: str, appointment: str, revoked_at: datetime) -> None:
        if appointment == self.appointment and delegation in self.delegations:
            self.delegations[delegation] = min(self.delegations[delegation], revoked_at)

    @property
    def exists(self) -> bool:
        """Whether anybody was appointed under this id."""
        return self.appointed is not None

    def terms(self) -> AppointmentTerms:
        """What the appointment gives. Raises AppointmentUnknown."""
        if self.appointed is None:
            raise AppointmentUnknown(appointment=self.appointment)
        return AppointmentTerms(
            person=self.appointed.person,
            role=self.appointed.role,
            organisation=self.appointed.organisation,
            valid_from=self.appointed.valid_from,
            ends_at=earliest(self.appointed.valid_to, self.relieved_at),
        )


class DelegationId(Perspective):
    """Whether a delegation id is in use, under whichever appointment."""

    def __init__(self, delegation: str) -> None:
        self.delegation = delegation
        self.is_taken = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """The grant under this id."""
        return [Selector(types=type(self).projected_types, tags=[f"delegation:{self.delegation}"])]

    @event(DelegationGranted)
    def _(self, delegation: str) -> None:
        if delegation == self.delegation:
            self.is_taken = True
