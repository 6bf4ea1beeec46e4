"""A second reading of the registry, in a plain way of its own: who held what, who belongs where, what must be true.

It folds nothing that the commands fold. ``Judge`` hears of every event with who acted and when, and knows nothing else.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

from domain.ledger.event import Event
from domain.ledger.events import TokenIssued
from domain.ledger.time import SHANGHAI, at_shanghai
from domain.registry import events as facts
from domain.registry.authority import Acting
from domain.registry.events import Level, OrganisationKind, Role

BY_THE_REGISTRAR = (
    facts.OrganisationRegistered,
    facts.SiteClosed,
    facts.SiteMerged,
    facts.SiteMoved,
    facts.SiteSuspended,
    facts.SiteResumed,
    facts.OrganisationAbolished,
    facts.SmallSiteExempted,
    facts.SmallSiteExemptionEnded,
    facts.PersonRegistered,
    facts.Appointed,
    facts.Relieved,
    facts.TaskForceFormed,
    facts.GroupFormed,
    facts.GroupDissolved,
    facts.CalendarPublished,
    facts.CalendarChanged,
)
LEADERS = {Role.PRINCIPAL, Role.DISTRICT_REVIEWER, Role.SECTION_OFFICER}
SCHOOLS = {"kindergarten", "primary", "junior", "senior", "vocational"}
LEVEL_OF = {
    OrganisationKind.BUREAU: Level.BUREAU,
    OrganisationKind.SECTION: Level.BUREAU,
    OrganisationKind.DISTRICT: Level.DISTRICT,
}
Held = tuple[Role, str]


class Judge:
    """The history with the instant of each event; ``time`` is when it was decided."""

    def __init__(self, history: Sequence[Event], at: datetime) -> None:
        self.history: list[tuple[Event, datetime]] = [(event, at) for event in history]

    def take(self, event: Event, acting: Acting) -> None:
        """Judge an event that was accepted, then let it have happened."""
        held = self.held_by(acting)
        self._allowed(event, acting, held)
        self._not_long_ago(event, acting.at)
        self._fits(event, acting.at)
        self.history.append((event, acting.at))

    def of(self, *kinds: type[Event]) -> Iterator[Event]:
        return (event for event, _ in self.history if isinstance(event, kinds))

    # Who acts.

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

    def _allowed(self, event: Event, acting: Acting, held: Held | None) -> None:
        match event:
            case TokenIssued():
                assert event.person in self.people()
            case facts.DelegationGranted():
                assert held == (event.role, event.organisation)
                assert acting.delegation is None
            case facts.DelegationRevoked():
                assert held is not None
                assert held[0] is Role.REGISTRAR or acting.appointment == event.appointment
            case facts.RosterDeclared():
                assert held in ((Role.PRINCIPAL, event.organisation),) or (held or ("",))[0] is Role.REGISTRAR
            case facts.GroupMemberAssigned() | facts.GroupMemberReleased():
                assert held is not None
                leads = held[0] in LEADERS and held[1] == self.formed_by(event.group)
                assert held[0] is Role.REGISTRAR or leads
            case _:
                assert isinstance(event, BY_THE_REGISTRAR), f"nobody says who may: {type(event).__name__}"
                assert held is not None
                assert held[0] is Role.REGISTRAR

    # When it takes effect.

    def _not_long_ago(self, event: Event, at: datetime) -> None:
        ends: datetime | None = None
        begins: date | datetime | None = None
        match event:
            case facts.Relieved():
                ends = event.relieved_at
            case facts.DelegationRevoked():
                ends = event.revoked_at
            case facts.SmallSiteExemptionEnded():
                ends = event.ended_at
            case facts.Appointed() | facts.DelegationGranted() | facts.SmallSiteExempted():
                begins = event.valid_from
            case facts.RosterDeclared():
                begins = event.as_of
            case facts.SiteMoved():
                begins = event.moved_on
            case facts.SiteSuspended():
                begins = event.suspended_on
            case facts.SiteResumed():
                begins = event.resumed_on
            case facts.SiteClosed() | facts.SiteMerged() | facts.OrganisationAbolished():
                begins = end_day(event)
            case _:
                pass
        assert ends is None or ends >= at
        day = begins.astimezone(SHANGHAI).date() if isinstance(begins, datetime) else begins
        assert day is None or (at.astimezone(SHANGHAI).date() - day).days <= 31

    # Whether it fits what is there.

    def _fits(self, event: Event, at: datetime) -> None:
        match event:
            case facts.SiteClosed() | facts.SiteMerged():
                heir = event.heir if isinstance(event, facts.SiteClosed) else event.into
                kinds = self.kinds()
                assert kinds[heir].value in SCHOOLS or kinds[event.organisation] is OrganisationKind.TRAINING
                assert heir not in self.ends()
                assert not self.suspended(heir, end_day(event))
            case facts.SiteSuspended():
                inherits = [
                    end_day(one)
                    for one in self.of(facts.SiteClosed, facts.SiteMerged)
                    if event.organisation in (getattr(one, "heir", None), getattr(one, "into", None))
                ]
                assert all(day < event.suspended_on for day in inherits)
            case facts.OrganisationAbolished():
                assert self.kinds()[event.organisation] in (OrganisationKind.DISTRICT, OrganisationKind.SECTION)
                for days in range(-7, 60):
                    assert event.organisation not in self.parents_on(event.abolished_on + timedelta(days)).values()
            case facts.TaskForceFormed() | facts.GroupFormed():
                today = at.astimezone(SHANGHAI).date()
                assert LEVEL_OF.get(self.kinds()[event.formed_by], Level.SCHOOL) is event.level
                assert event.covers
                assert len(set(event.covers)) == len(event.covers)
                assert all(self.is_open(each, today) for each in (*event.covers, event.formed_by))
            case facts.RosterDeclared():
                assert self.is_open(event.organisation, event.as_of)
                assert len({one.class_id for one in event.classes}) == len(event.classes)
            case facts.CalendarPublished() | facts.CalendarChanged():
                self._fits_calendar(event, at)
            case _:
                pass

    def _fits_calendar(self, event: facts.CalendarPublished | facts.CalendarChanged, at: datetime) -> None:
        earlier = [
            one
            for one in self.of(facts.CalendarPublished, facts.CalendarChanged)
            if isinstance(one, facts.CalendarPublished | facts.CalendarChanged) and one.calendar is event.calendar
        ]
        days = [*event.work_days, *event.rest_days]
        assert event.known_at <= at
        assert all(one.known_at <= event.known_at for one in earlier)
        assert len(days) == len(set(days))
        assert not days or event.calendar is facts.CalendarName.WORKING
        spans = [(one.first_day, one.last_day) for one in earlier if isinstance(one, facts.CalendarPublished)]
        if isinstance(event, facts.CalendarPublished):
            assert event.first_day <= event.last_day
            assert all(event.last_day < first or last < event.first_day for first, last in spans)
            spans = [(event.first_day, event.last_day)]
        else:
            assert days
        assert all(any(first <= day <= last for first, last in spans) for day in days)

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

    # What must always hold.

    def somebody_can_always_act_in_the_registry(self, now: datetime) -> None:
        assert any(
            one.role is Role.REGISTRAR and one.valid_from <= now and self.end_of(one) is None
            for one in self.appointments()
        )

    def no_office_outlasts_its_organisation(self) -> None:
        ends = self.ends()
        for one in self.appointments():
            if one.organisation in ends:
                day, entered_at = ends[one.organisation]
                end = self.end_of(one)
                assert end is not None
                assert end <= max(at_shanghai(day, "00:00"), entered_at, one.valid_from)

    def one_exemption_at_a_time(self) -> None:
        exemptions: dict[str, list[tuple[datetime, datetime | None]]] = {}
        for one in self.of(facts.SmallSiteExempted, facts.SmallSiteExemptionEnded):
            if isinstance(one, facts.SmallSiteExempted):
                exemptions.setdefault(one.organisation, []).append((one.valid_from, one.valid_to))
            elif isinstance(one, facts.SmallSiteExemptionEnded):
                at, all_of_it = one.ended_at, exemptions[one.organisation]
                running = [each for each in all_of_it if each[0] <= at and (each[1] is None or at < each[1])]
                assert len(running) == 1
                all_of_it[all_of_it.index(running[0])] = (running[0][0], at)
        for each in exemptions.values():
            for (begin, end), (other, other_end) in combinations(each, 2):
                latest = max(begin, other)
                assert (end is not None and end <= latest) or (other_end is not None and other_end <= latest)

    def every_open_site_is_in_a_district_that_is_there(self, days: Sequence[date]) -> None:
        kinds = self.kinds()
        for day in days:
            for site, parent in self.parents_on(day).items():
                if self.is_open(site, day):
                    assert kinds[parent] in (OrganisationKind.DISTRICT, OrganisationKind.BUREAU)
                    assert self.is_open(parent, day)

    def members_join_and_leave_in_turn_and_never_after_the_end(self) -> None:
        members: dict[str, set[str]] = {}
        over: set[str] = set()
        people = self.people()
        for one in self.of(facts.GroupMemberAssigned, facts.GroupMemberReleased, facts.GroupDissolved):
            if isinstance(one, facts.GroupMemberAssigned):
                assert one.group not in over
                assert one.person in people
                assert one.person not in members.setdefault(one.group, set())
                members[one.group].add(one.person)
            elif isinstance(one, facts.GroupMemberReleased):
                assert one.group not in over
                members[one.group].remove(one.person)
            elif isinstance(one, facts.GroupDissolved):
                assert one.group not in over
                over.add(one.group)


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
