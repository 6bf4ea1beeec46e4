"""Which officer answers for a person's keys (ADR 0019).

The registrar for everybody; a principal, a reviewer and a section's officer for who holds an office in their own
organisation, or will; a district's reviewer also for those of the schools that belong to the district.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.authority import Authority
from domain.registry.errors import WrongOrganisation
from domain.registry.events import OrganisationRegistered, Role, SiteMoved
from domain.registry.person import OfficesOf

DISTRICT_OFFICERS: Final = frozenset({Role.DISTRICT_REVIEWER, Role.SECTION_OFFICER, Role.REGISTRAR})
"""Whose word revokes a key and enrols another for who had one."""
OFFICERS: Final = DISTRICT_OFFICERS | {Role.PRINCIPAL}
"""Whose word enrols a first key."""
ANYWHERE: Final = frozenset({Role.REGISTRAR, Role.DISCIPLINE})


class Vouching(Perspective):
    """Whether who acts answers for a person."""

    def __init__(self, authority: Authority, offices: OfficesOf) -> None:
        self._authority = authority
        self._offices = offices
        self._parents: dict[str, list[tuple[date, str]]] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Nothing until it is known where the person holds an office."""
        return ()

    def further_boundary(self) -> Sequence[Selector]:
        """To which district the organisations belong in which the person holds an office."""
        return [
            Selector(types=type(self).projected_types, tags=[f"organisation:{each}"]) for each in sorted(self._places())
        ]

    @event(OrganisationRegistered)
    def _(self, organisation: str, parent: str, opened_on: date) -> None:
        self._parents[organisation] = [(opened_on, parent)]

    @event(SiteMoved)
    def _(self, organisation: str, to_parent: str, moved_on: date) -> None:
        self._parents.setdefault(organisation, []).append((moved_on, to_parent))

    def require(self, roles: frozenset[Role]) -> None:
        """Raises: the refusals of ``Authority.require``, WrongOrganisation."""
        authority = self._authority
        authority.require(roles)
        if authority.role in ANYWHERE or authority.organisation in self._places():
            return
        if authority.role is Role.DISTRICT_REVIEWER and authority.organisation in map(self._parent, self._places()):
            return
        raise WrongOrganisation(
            appointment=authority.acting.appointment,
            organisation=authority.organisation,
            needed=sorted(self._places()),
        )

    def _places(self) -> set[str]:
        """Where the person holds an office that has not ended; one that begins later is prepared for."""
        at = self._authority.acting.at
        return {
            each.organisation for each in self._offices.offices.values() if each.valid_to is None or each.valid_to > at
        }

    def _parent(self, organisation: str) -> str | None:
        on = self._authority.acting_on
        known = self._parents.get(organisation, [])
        return next((parent for since, parent in reversed(known) if since <= on), None)
