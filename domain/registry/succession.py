"""Who inherits what a closed or merged site leaves open: its duties, its returns.

An heir is a site that is there on the day. A site that is to inherit may not close before it has inherited: so a chain
of heirs always ends in a site that is open, and never comes back to its beginning.
"""

from datetime import date

from domain.registry.errors import HeirUnfit, NotInDayOrder, StandsAsHeir
from domain.registry.organisation import OrganisationState


def require_succession(site: OrganisationState, heir: OrganisationState, day: date) -> None:
    """The site may end on this day and leave its duties to the heir.

    Raises: OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed, NotInDayOrder, StandsAsHeir, HeirUnfit.
    """
    site.require_site()
    site.require_never_closed(day)
    if site.last_change is not None and day < site.last_change:
        raise NotInDayOrder(organisation=site.organisation, day=day.isoformat(), last=site.last_change.isoformat())
    if site.inherits_on is not None and day <= site.inherits_on:
        raise StandsAsHeir(organisation=site.organisation, day=day.isoformat(), inherits=site.inherits_on.isoformat())
    heir.require_registered()
    if heir.organisation == site.organisation or not heir.is_site or not heir.open_on(day):
        raise HeirUnfit(organisation=site.organisation, heir=heir.organisation, day=day.isoformat())
