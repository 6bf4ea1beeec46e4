"""Who inherits what a closed or merged site leaves open: its duties, its returns.

An heir is a site that is there and at work on the day, with no end recorded: a school, if it is to answer for a school.
A site that is to inherit may neither close nor be suspended before it has inherited: so a chain of heirs always ends in
a site that is open, and never comes back to its beginning. The offices of the site end with it: whoever held one has no
part in what the heir answers for. They never end in the past, whenever the site did.
"""

from datetime import date, datetime

from domain.ledger.time import at_shanghai
from domain.registry.errors import HeirUnfit, NotInDayOrder, StandsAsHeir
from domain.registry.events import SCHOOL_KINDS
from domain.registry.interval import require_recent
from domain.registry.organisation import OrganisationState


def require_succession(site: OrganisationState, heir: OrganisationState, day: date, acting_on: date) -> None:
    """The site may end on this day and leave its duties to the heir.

    Raises: OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed, TooLongAgo, NotInDayOrder, StandsAsHeir,
    HeirUnfit.
    """
    site.require_site()
    site.require_never_closed(day)
    require_recent(day, acting_on)
    if site.last_change is not None and day < site.last_change:
        raise NotInDayOrder(organisation=site.organisation, day=day.isoformat(), last=site.last_change.isoformat())
    if site.inherits_on is not None and day <= site.inherits_on:
        raise StandsAsHeir(organisation=site.organisation, day=day.isoformat(), inherits=site.inherits_on.isoformat())
    heir.require_registered()
    if (
        heir.organisation == site.organisation
        or not _can_answer_for(site, heir)
        or not heir.open_on(day)
        or heir.closed_on is not None
        or heir.suspended_on(day)
    ):
        raise HeirUnfit(organisation=site.organisation, heir=heir.organisation, day=day.isoformat())


def _can_answer_for(site: OrganisationState, heir: OrganisationState) -> bool:
    return heir.kind in SCHOOL_KINDS if site.kind in SCHOOL_KINDS else heir.is_site


def offices_end_at(day: date, acting_at: datetime) -> datetime:
    """When the offices of an organisation end that is no longer there on a day: then, but not before the act."""
    return max(at_shanghai(day, "00:00"), acting_at)
