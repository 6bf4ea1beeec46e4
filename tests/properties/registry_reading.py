"""A reading of the registry in a plain way of its own: who held what, and who belonged where.

It folds nothing that the commands fold, and knows the events and their instants, nothing else.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from domain.ledger.event import Event
from domain.registry import events as facts
from domain.registry.authority import Acting
from domain.registry.events import OrganisationKind, Role

Held = tuple[Role, str]


class RegistryReading:
    """The history, each event with the instant at which it was decided."""

    def __init__(self, history: Sequence[Event], at: datetime) -> None:
        self.history: list[tuple[Event, datetime]] = [(event, at) for event in history]

    def of(self, *kinds: type[Event]) -> Iterator[Event]:
        return (event for event, _ in self.history if isinstance(event, kinds))

    def held_by(self, acting: Acting) -> Held | None:
        at = acting.at
        granted = [one for one in self.appointments() if one.appointment == acting.appointment]
        if not granted or not granted[0].valid_from <= at or self.ended(granted[0], at):
            return None
        held = (granted[0].role, granted[0].organisation)
        if acting.delegation is None:
            return held if granted[0].person == acting.person else None
        lent = any(
            (one.delegation, one.appointment) == (acting.delegation, acting.appointment)
            and (one.holder, one.delegate) == (granted[0].person, acting.person)
            and one.valid_from <= at < one.valid_to
            for one in self.of(facts.DelegationGranted)
            if isinstance(one, facts.DelegationGranted)
        )
        taken_back = any(
            isinstance(one, facts.DelegationRevoked) and one.delegation == acting.delegation and one.revoked_at <= at
            for one in self.of(facts.DelegationRevoked)
        )
        return held if lent and not taken_back else None

    def appointments(self) -> list[facts.Appointed]:
        return [one for one in self.of(facts.Appointed) if isinstance(one, facts.Appointed)]

    def end_of(self, one: facts.Appointed) -> datetime | None:
        ends = [
            relief.relieved_at
            for relief in self.of(facts.Relieved)
            if isinstance(relief, facts.Relieved) and relief.appointment == one.appointment
        ]
        return min(ends if one.valid_to is None else [*ends, one.valid_to], default=None)

    def ended(self, one: facts.Appointed, at: datetime) -> bool:
        end = self.end_of(one)
        return end is not None and end <= at

    def people(self) -> set[str]:
        return {one.person for one in self.of(facts.PersonRegistered) if isinstance(one, facts.PersonRegistered)}

    def kinds(self) -> dict[str, OrganisationKind]:
        kinds = {
            one.organisation: one.kind
            for one in self.of(facts.OrganisationRegistered)
            if isinstance(one, facts.OrganisationRegistered)
        }
        return kinds | {
            one.bureau: OrganisationKind.BUREAU
            for one in self.of(facts.BureauFounded)
            if isinstance(one, facts.BureauFounded)
        }

    def formed_by(self, group: str) -> str:
        for one in self.of(facts.GroupFormed, facts.TaskForceFormed):
            if isinstance(one, facts.GroupFormed) and one.group == group:
                return one.formed_by
            if isinstance(one, facts.TaskForceFormed) and one.task_force == group:
                return one.formed_by
        raise AssertionError(f"no group {group}")

    def ends(self) -> dict[str, tuple[date, datetime]]:
        """Of every organisation that ended: its first day without it, and when that was entered."""
        return {
            event.organisation: (end_day(event), at)
            for event, at in self.history
            if isinstance(event, facts.SiteClosed | facts.SiteMerged | facts.OrganisationAbolished)
        }

    def is_open(self, organisation: str, day: date) -> bool:
        opened = [
            one.opened_on
            for one in self.of(facts.OrganisationRegistered)
            if isinstance(one, facts.OrganisationRegistered) and one.organisation == organisation
        ]
        ended = self.ends().get(organisation)
        return (not opened or opened[0] <= day) and (ended is None or day < ended[0])

    def suspended(self, site: str, day: date) -> bool:
        suspended = False
        for one in self.of(facts.SiteSuspended, facts.SiteResumed):
            if isinstance(one, facts.SiteSuspended) and one.organisation == site and one.suspended_on <= day:
                suspended = True
            if isinstance(one, facts.SiteResumed) and one.organisation == site and one.resumed_on <= day:
                suspended = False
        return suspended

    def parents_on(self, day: date) -> dict[str, str]:
        """Where each organisation that is there on a day belongs, or will when it opens."""
        parents: dict[str, str] = {}
        for one in self.of(facts.OrganisationRegistered, facts.SiteMoved):
            if isinstance(one, facts.OrganisationRegistered):
                parents[one.organisation] = one.parent
            elif isinstance(one, facts.SiteMoved) and one.moved_on <= day:
                parents[one.organisation] = one.to_parent
        ends = self.ends()
        return {site: parent for site, parent in parents.items() if site not in ends or day < ends[site][0]}


def end_day(event: Event) -> date:
    match event:
        case facts.SiteClosed():
            return event.closed_on
        case facts.SiteMerged():
            return event.merged_on
        case facts.OrganisationAbolished():
            return event.abolished_on
        case _:
            raise AssertionError(type(event))
