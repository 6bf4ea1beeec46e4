"""Let a suspended site work again."""

from datetime import date

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.errors import NotSuspended
from domain.registry.events import SiteResumed
from domain.registry.interval import require_recent
from domain.registry.organisation import OrganisationState


class ResumeSite(Command):
    """The site owes again from ``resumed_on`` (included)."""

    name = "resume_site"

    def __init__(self, *, acting: Acting, organisation: str, resumed_on: date) -> None:
        self.resumed_on = resumed_on
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.perspectives = (self.authority, self.site)

    def execute(self) -> None:
        """Raises: refusals of authority; OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed, TooLongAgo,
        NotSuspended.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.site.require_site()
        self.site.require_open_on(self.resumed_on)
        require_recent(self.resumed_on, self.authority.acting_on)
        last = self.site.suspensions[-1] if self.site.suspensions else None
        if last is None or last.end is not None or self.resumed_on <= last.begin:
            raise NotSuspended(organisation=self.site.organisation, day=self.resumed_on.isoformat())
        self.record(SiteResumed(organisation=self.site.organisation, resumed_on=self.resumed_on))
