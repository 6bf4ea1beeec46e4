"""Close a site."""

from datetime import date

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import SiteClosed
from domain.registry.organisation import OrganisationState
from domain.registry.succession import require_succession


class CloseSite(Command):
    """``closed_on`` is the first day without the site; ``heir`` answers its open duties and returns."""

    name = "close_site"

    def __init__(self, *, acting: Acting, organisation: str, closed_on: date, heir: str) -> None:
        self.closed_on = closed_on
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.heir = OrganisationState(heir)
        self.perspectives = (self.authority, self.site, self.heir)

    def execute(self) -> None:
        """Raises: refusals of authority; what ``require_succession`` raises."""
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_succession(self.site, self.heir, self.closed_on)
        self.record(
            SiteClosed(organisation=self.site.organisation, closed_on=self.closed_on, heir=self.heir.organisation)
        )
