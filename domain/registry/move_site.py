"""Move a site to another district."""

from datetime import date

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.errors import NotInDayOrder, SameDistrict, WrongParent
from domain.registry.events import OrganisationKind, SiteMoved
from domain.registry.interval import require_recent
from domain.registry.organisation import OrganisationState


class MoveSite(Command):
    """From ``moved_on`` (included) the site belongs to another district; where it comes from is known, not said."""

    name = "move_site"

    def __init__(self, *, acting: Acting, organisation: str, to_parent: str, moved_on: date) -> None:
        self.moved_on = moved_on
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.district = OrganisationState(to_parent)
        self.perspectives = (self.authority, self.site, self.district)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: refusals of authority; OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed, TooLongAgo,
        WrongParent, NotInDayOrder, SameDistrict.
        """
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.site.require_site()
        self.site.require_open_on(self.moved_on)
        require_recent(self.moved_on, self.authority.acting_on)
        self.district.require_never_closed(self.moved_on)
        if self.district.kind is not OrganisationKind.DISTRICT:
            raise WrongParent(
                kind=str(self.site.kind), parent=self.district.organisation, parent_kind=str(self.district.kind)
            )
        last, from_parent = self.site.parents[-1]
        if self.moved_on <= last:
            raise NotInDayOrder(
                organisation=self.site.organisation, day=self.moved_on.isoformat(), last=last.isoformat()
            )
        if from_parent == self.district.organisation:
            raise SameDistrict(organisation=self.site.organisation, district=from_parent)
        self.record(
            SiteMoved(
                organisation=self.site.organisation,
                from_parent=from_parent,
                to_parent=self.district.organisation,
                moved_on=self.moved_on,
            )
        )
