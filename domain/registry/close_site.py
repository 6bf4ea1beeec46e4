"""Close a site."""

from datetime import date

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import SiteClosed
from domain.registry.offices_in import OfficesIn
from domain.registry.organisation import OrganisationState
from domain.registry.succession import offices_end_at, require_succession


class CloseSite(Command):
    """``closed_on`` is the first day without the site; ``heir`` answers its open duties and returns.

    The offices there end with it, at the earliest now.
    """

    name = "close_site"

    def __init__(self, *, acting: Acting, organisation: str, closed_on: date, heir: str) -> None:
        self.closed_on = closed_on
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.heir = OrganisationState(heir)
        self.offices = OfficesIn(organisation)
        self.perspectives = (self.authority, self.site, self.heir, self.offices)

    def execute(self) -> None:
        """Raises: refusals of authority; what ``require_succession`` raises."""
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_succession(self.site, self.heir, self.closed_on, self.authority.acting_on)
        self.record(
            SiteClosed(organisation=self.site.organisation, closed_on=self.closed_on, heir=self.heir.organisation)
        )
        for relief in self.offices.reliefs(offices_end_at(self.closed_on, self.authority.acting.at)):
            self.record(relief)
