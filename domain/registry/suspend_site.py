"""Suspend a site."""

from datetime import date

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadySuspended, NotInDayOrder, StandsAsHeir
from domain.registry.events import SiteSuspended
from domain.registry.interval import require_recent
from domain.registry.organisation import OrganisationState


class SuspendSite(Command):
    """The site owes nothing from ``suspended_on`` (included) until it resumes."""

    name = "suspend_site"

    def __init__(self, *, acting: Acting, organisation: str, suspended_on: date) -> None:
        self.suspended_on = suspended_on
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.perspectives = (self.authority, self.site)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed, TooLongAgo,
        StandsAsHeir, AlreadySuspended, NotInDayOrder.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.site.require_site()
        self.site.require_open_on(self.suspended_on)
        require_recent(self.suspended_on, self.authority.acting_on)
        if self.site.inherits_on is not None and self.suspended_on <= self.site.inherits_on:
            raise StandsAsHeir(
                organisation=self.site.organisation,
                day=self.suspended_on.isoformat(),
                inherits=self.site.inherits_on.isoformat(),
            )
        last = self.site.suspensions[-1] if self.site.suspensions else None
        if last is not None and last.end is None:
            raise AlreadySuspended(organisation=self.site.organisation, suspended_on=last.begin.isoformat())
        if last is not None and last.end is not None and self.suspended_on < last.end:
            raise NotInDayOrder(
                organisation=self.site.organisation, day=self.suspended_on.isoformat(), last=last.end.isoformat()
            )
        self.record(SiteSuspended(organisation=self.site.organisation, suspended_on=self.suspended_on))
