"""Abolish a district or a section."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from domain.ledger.command import Command
from domain.ledger.event import Event
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.registry.errors import NeverAbolished, StillBelow
from domain.registry.events import (
    OrganisationAbolished,
    OrganisationKind,
    OrganisationRegistered,
    SiteClosed,
    SiteMerged,
    SiteMoved,
)
from domain.registry.interval import require_recent
from domain.registry.offices_in import OfficesIn
from domain.registry.organisation import OrganisationState
from domain.registry.registrars import Registrars
from domain.registry.succession import offices_end_at

ABOLISHED: Final = frozenset({OrganisationKind.DISTRICT, OrganisationKind.SECTION})
DAYS_TO_FINISH: Final = 7


class AbolishOrganisation(Command):
    """``abolished_on`` is the first day without it; the offices there end with it, at the earliest now.

    Its sites have moved or ended a week before: until then its reviewers sign what its last days left open. Who comes
    after signs nothing of an earlier day.
    """

    name = "abolish_organisation"

    def __init__(self, *, acting: Acting, organisation: str, abolished_on: date) -> None:
        self.abolished_on = abolished_on
        self.authority = Authority(acting)
        self.body = OrganisationState(organisation)
        self.offices = OfficesIn(organisation)
        self.registrars = Registrars()
        self.perspectives = (self.authority, self.body, self.offices, self.registrars)
        self.stays: dict[str, list[tuple[date, str]]] = {}
        """Every site that ever belonged to it: since when it belongs where."""
        self.ends: dict[str, date] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Beside the perspectives, what was ever put under it."""
        below = Selector(types=[OrganisationRegistered, SiteMoved], tags=[f"parent:{self.body.organisation}"])
        return [*super().consistency_boundary(), below]

    def further_boundary(self) -> Sequence[Selector]:
        """Where those went, and what ended the appointments of registrars."""
        types: list[type[Event]] = [OrganisationRegistered, SiteMoved, SiteClosed, SiteMerged]
        below = [Selector(types=types, tags=[f"organisation:{site}"]) for site in self.stays]
        return [*below, *self.registrars.reliefs()]

    @event(OrganisationRegistered)
    def _(self, organisation: str, parent: str, opened_on: date) -> None:
        self.stays[organisation] = [(opened_on, parent)]

    @event(SiteMoved)
    def _(self, organisation: str, to_parent: str, moved_on: date) -> None:
        self.stays.setdefault(organisation, []).append((moved_on, to_parent))

    @event(SiteClosed)
    def _(self, organisation: str, closed_on: date) -> None:
        self.ends[organisation] = closed_on

    @event(SiteMerged)
    def _(self, organisation: str, merged_on: date) -> None:
        self.ends[organisation] = merged_on

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; OrganisationUnknown, NeverAbolished, NotYetOpened, AlreadyClosed, TooLongAgo,
        StillBelow, LastRegistrar.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.body.require_registered()
        if self.body.kind not in ABOLISHED:
            raise NeverAbolished(organisation=self.body.organisation, kind=str(self.body.kind))
        self.body.require_never_closed(self.abolished_on)
        require_recent(self.abolished_on, self.authority.acting_on)
        below = sorted(site for site in self.stays if self._left(site) > self.abolished_on - timedelta(DAYS_TO_FINISH))
        if below:
            raise StillBelow(organisation=self.body.organisation, sites=below[:10])
        reliefs = tuple(self.offices.reliefs(offices_end_at(self.abolished_on, self.authority.acting.at)))
        leaving = {one.appointment: one.relieved_at for one in reliefs if one.appointment in self.registrars.endless}
        if leaving:
            self.registrars.require_another(leaving, min(leaving.values()))
        self.record(OrganisationAbolished(organisation=self.body.organisation, abolished_on=self.abolished_on))
        for relief in reliefs:
            self.record(relief)

    def _left(self, site: str) -> date:
        """The first day from which the site never belongs to it again."""
        ended_on = self.ends.get(site, date.max)
        until = [since for since, _ in self.stays[site][1:]] + [date.max]
        left = [
            min(end, ended_on)
            for (_, parent), end in zip(self.stays[site], until, strict=True)
            if parent == self.body.organisation
        ]
        return max(left, default=date.min)
