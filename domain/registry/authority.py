"""Authority: who may act, decided from the registry's events at the instant of the act.

Rules:

1. An appointment holds at ``valid_from`` and no longer at ``valid_to``; relief ends it at ``relieved_at`` (exclusive),
   whatever later end the appointment names.
2. An acting appointment (代理) is an appointment of its own: it holds in its own interval and for its own person only.
3. A delegate acts under the holder's appointment while the delegation runs (half-open, ended early by revocation) and
   while the appointment itself holds: who is relieved cannot be represented.
4. The role and the organisation are those of the appointment, whoever acts under it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.ledger.command import Perspective
from domain.ledger.entry import Actor
from domain.ledger.slice import Selector, event
from domain.ledger.time import business_date_of, instant_text
from domain.registry.errors import NotAppointed, NotDelegated, WrongOrganisation, WrongRole
from domain.registry.events import Appointed, DelegationGranted, DelegationRevoked, Relieved, Role
from domain.registry.interval import earliest, runs_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts, under which appointment, at which instant (the arrival of the request at our edge).

    ``delegation`` names the delegation of this appointment under which a person other than its holder acts.
    """

    person: str
    appointment: str
    at: datetime
    delegation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delegation:
    holder: str
    delegate: str
    valid_from: datetime
    valid_to: datetime


class Authority(Perspective):
    """What one person may do under one appointment at one instant. ``require`` refuses; the rest describes."""

    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        self.holder: str | None = None
        self._role: Role | None = None
        self._organisation: str | None = None
        self._valid_from: datetime | None = None
        self._valid_to: datetime | None = None
        self._relieved_at: datetime | None = None
        self._delegation: _Delegation | None = None
        self._revoked_at: datetime | None = None

    def consistency_boundary(self) -> Sequence[Selector]:
        """The appointment, its relief and its delegations: no other person's affairs."""
        return [Selector(types=type(self).projected_types, tags=[f"appointment:{self.acting.appointment}"])]

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
        if appointment == self.acting.appointment:
            self.holder, self._role, self._organisation = person, role, organisation
            self._valid_from, self._valid_to = valid_from, valid_to

    @event(Relieved)
    def _(self, appointment: str, relieved_at: datetime) -> None:
        if appointment == self.acting.appointment:
            self._relieved_at = earliest(self._relieved_at, relieved_at)

    @event(DelegationGranted)
    def _(
        self,
        delegation: str,
        appointment: str,
        holder: str,
        delegate: str,
        valid_from: datetime,
        valid_to: datetime,
    ) -> None:
        # Both ids: a delegation of another appointment, folded for another perspective, must not count here.
        if delegation == self.acting.delegation and appointment == self.acting.appointment:
            self._delegation = _Delegation(holder=holder, delegate=delegate, valid_from=valid_from, valid_to=valid_to)

    @event(DelegationRevoked)
    def _(self, delegation: str, appointment: str, revoked_at: datetime) -> None:
        if delegation == self.acting.delegation and appointment == self.acting.appointment:
            self._revoked_at = earliest(self._revoked_at, revoked_at)

    @property
    def role(self) -> Role:
        """The appointment's role. Raises NotAppointed when there is no such appointment."""
        if self._role is None:
            raise self._not_appointed()
        return self._role

    @property
    def organisation(self) -> str:
        """The appointment's organisation. Raises NotAppointed when there is no such appointment."""
        if self._organisation is None:
            raise self._not_appointed()
        return self._organisation

    @property
    def valid_until(self) -> datetime | None:
        """The earliest recorded end of this authority (exclusive), for ``Command.recorded_before``; None is open."""
        end = earliest(self._valid_to, self._relieved_at)
        if self.acting.delegation is not None and self._delegation is not None:
            end = earliest(earliest(end, self._delegation.valid_to), self._revoked_at)
        return end

    @property
    def acting_on(self) -> date:
        """The day in Asia/Shanghai on which the act takes place."""
        return business_date_of(self.acting.at)

    @property
    def actor(self) -> Actor:
        """The envelope's actor: on behalf of the holder when a delegate acts."""
        return Actor(
            person=self.acting.person,
            appointment=self.acting.appointment,
            on_behalf_of=self.holder if self.acting.delegation is not None else None,
        )

    def require(self, role: Role | frozenset[Role], organisation: str | None = None) -> None:
        """Let the act go on only with one of these roles, in this organisation if one is named.

        Raises: NotAppointed, NotDelegated, WrongRole, WrongOrganisation, in this order.
        """
        self.require_held()
        roles = frozenset({role}) if isinstance(role, Role) else role
        if self.role not in roles:
            raise WrongRole(
                appointment=self.acting.appointment, role=self.role.value, needed=sorted(one.value for one in roles)
            )
        if organisation is not None and self.organisation != organisation:
            raise WrongOrganisation(
                appointment=self.acting.appointment, organisation=self.organisation, needed=organisation
            )

    def require_registrar(self) -> None:
        """The registrar, of whichever office. Raises as ``require``."""
        self.require(Role.REGISTRAR)

    def require_registrar_or(self, roles: frozenset[Role], organisation: str) -> None:
        """The registrar, or one of these roles in this very organisation. Raises as ``require``."""
        self.require(roles | {Role.REGISTRAR})
        if self.role is not Role.REGISTRAR:
            self.require(roles, organisation)

    def require_held(self) -> None:
        """Whatever the role: the person holds the appointment, or a delegation of it, at the instant of the act."""
        at = self.acting.at
        if self._valid_from is None or not runs_at(self._valid_from, earliest(self._valid_to, self._relieved_at), at):
            raise self._not_appointed()
        if self.acting.delegation is None:
            if self.acting.person != self.holder:
                raise self._not_appointed()
            return
        granted = self._delegation
        if (
            granted is None
            or granted.delegate != self.acting.person
            or granted.holder != self.holder
            or not runs_at(granted.valid_from, earliest(granted.valid_to, self._revoked_at), at)
        ):
            raise NotDelegated(
                person=self.acting.person,
                appointment=self.acting.appointment,
                delegation=self.acting.delegation,
                at=instant_text(at),
            )

    def _not_appointed(self) -> NotAppointed:
        return NotAppointed(
            person=self.acting.person, appointment=self.acting.appointment, at=instant_text(self.acting.at)
        )
