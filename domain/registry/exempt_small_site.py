"""Exempt a small site from the rule that who reports does not sign."""

from datetime import datetime

from domain.ledger.command import Command
from domain.ledger.event import Commitment
from domain.ledger.time import business_date_of, instant_text
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadyExempt
from domain.registry.events import SmallSiteExempted
from domain.registry.interval import overlap, require_interval, require_recent
from domain.registry.organisation import OrganisationState


class ExemptSmallSite(Command):
    """For an interval (half-open) the reporter of a site with too few staff may also sign level 1."""

    name = "exempt_small_site"

    def __init__(
        self,
        *,
        acting: Acting,
        organisation: str,
        valid_from: datetime,
        valid_to: datetime | None = None,
        reason: Commitment,
    ) -> None:
        self.valid_from = valid_from
        self.valid_to = valid_to
        self.reason = reason
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.perspectives = (self.authority, self.site)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; EmptyInterval, OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed,
        TooLongAgo, AlreadyExempt.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_interval(self.valid_from, self.valid_to)
        self.site.require_site()
        self.site.require_open_on(business_date_of(self.valid_from))
        require_recent(business_date_of(self.valid_from), self.authority.acting_on)
        for one in self.site.exemptions:
            if overlap(self.valid_from, self.valid_to, one.begin, one.end):
                raise AlreadyExempt(organisation=self.site.organisation, valid_from=instant_text(one.begin))
        self.record(
            SmallSiteExempted(
                organisation=self.site.organisation,
                valid_from=self.valid_from,
                valid_to=self.valid_to,
                reason=self.reason,
            )
        )
