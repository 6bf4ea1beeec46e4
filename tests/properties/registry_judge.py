"""A second reading of the registry, in a plain way of its own: who held what, who belongs where, what must be true.

It folds nothing that the commands fold. ``Judge`` hears of every event with who acted and when, and knows nothing else.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

from domain.ledger.event import Event
from domain.ledger.events import TokenIssued
from domain.ledger.time import SHANGHAI, at_shanghai
from domain.registry import events as facts
from domain.registry.authority import Acting
from domain.registry.events import Level, OrganisationKind, Role
from tests.properties.registry_reading import Held, RegistryReading, end_day

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


class Judge(RegistryReading):
    """Hears of every event that was accepted, with who acted."""

    def take(self, event: Event, acting: Acting) -> None:
        """Judge an event that was accepted, then let it have happened."""
        held = self.held_by(acting)
        self._allowed(event, acting, held)
        self._not_long_ago(event, acting.at)
        self._fits(event, acting.at)
        self.history.append((event, acting.at))

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
