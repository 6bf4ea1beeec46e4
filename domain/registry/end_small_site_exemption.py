"""End a small-site exemption."""

from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.time import instant_text
from domain.registry.authority import Acting, Authority
from domain.registry.errors import EndsInThePast, NotExempt
from domain.registry.events import SmallSiteExemptionEnded
from domain.registry.organisation import OrganisationState


class EndSmallSiteExemption(Command):
    """The exemption that runs at ``ended_at`` no longer holds from then on; another may follow.

    Never in the past: what one person filed and signed under it was allowed. One that has not begun is ended at its
    begin.
    """

    name = "end_small_site_exemption"

    def __init__(self, *, acting: Acting, organisation: str, ended_at: datetime) -> None:
        self.ended_at = ended_at
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.perspectives = (self.authority, self.site)

    def execute(self) -> None:
        """Raises: refusals of authority; OrganisationUnknown, EndsInThePast, NotExempt."""
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.site.require_registered()
        if self.ended_at < self.authority.acting.at:
            raise EndsInThePast(ends_at=instant_text(self.ended_at))
        if not self.site.small_site_exempt_at(self.ended_at):
            raise NotExempt(organisation=self.site.organisation, at=instant_text(self.ended_at))
        self.record(SmallSiteExemptionEnded(organisation=self.site.organisation, ended_at=self.ended_at))
