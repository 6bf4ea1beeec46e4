"""Who may do what in reporting, read off the registry's events as an inspector reads it off paper.

An act counts under an office that was held when it was asked for, and still when it was recorded.
"""

from datetime import date, datetime

from domain.ledger.entry import MACHINE, Actor, Recorded
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry import events as registry
from domain.registry.authority import Acting
from domain.registry.events import OrganisationKind, Role
from domain.reporting import events as facts
from domain.reporting.events import DutyOpened
from tests.domain.reporting.story import LONG_AGO
from tests.properties.registry_reading import Held, RegistryReading

OF_THE_BUREAU = {Role.SECTION_OFFICER, Role.REGISTRAR}
AT_LEVEL = {1: {Role.REPORTER, Role.PRINCIPAL}, 2: {Role.DISTRICT_REVIEWER}}


class Powers(RegistryReading):
    """``require`` asserts that whoever acted was allowed to; the rest says who was who."""

    def __init__(self) -> None:
        super().__init__([], LONG_AGO)

    def require(self, recorded: Recorded, duty: DutyOpened | None, answering: str | None) -> None:
        """``duty`` is what the event is about, if it is about one; ``answering`` the school, or its heir."""
        event, office = recorded.event, self._office(recorded)
        match event:
            case facts.DutyMissed() | facts.DutyClosed():
                assert office is None, "only the clock records an absence or an end"
            case facts.DutyOpened() | facts.DutyLifted() | facts.DutyInherited():
                assert office is None or office[0] in OF_THE_BUREAU, "duties are the bureau's"
            case facts.FormPublished() | facts.RulesAdopted():
                assert office is not None, "no machine makes rules"
                assert office[0] in OF_THE_BUREAU, "forms and rules are the bureau's"
            case facts.OutageDeclared():
                assert office is not None, "no machine declares an outage"
                assert office[0] is Role.SECTION_OFFICER, "an outage is declared by the section"
            case (
                facts.ReportDrafted()
                | facts.ReportSubmitted()
                | facts.ReportCorrected()
                | facts.ReportWithdrawn()
                | facts.ZeroAttested()
            ):
                assert duty is not None
                exempt = answering == duty.school and self.exempt_through(duty.school, recorded)
                files = {(Role.REPORTER, answering)} | ({(Role.PRINCIPAL, answering)} if exempt else set())
                assert office in files, "only who answers for the school files"
            case facts.ReportSigned() | facts.ReportReturned() | facts.SignatureRefused():
                assert self._stands_at(office, event.level, duty, answering), f"not of level {event.level} here"
            case facts.DutyExcused():
                assert self._stands_at(office, event.level + 1, duty, answering), "the level above excuses"
            case facts.ReminderSent():
                above = (event.level + 1, 3)
                assert office is None or any(self._stands_at(office, level, duty, answering) for level in above)
            case facts.ReminderServed():
                self._served(event, recorded, office, duty)
            case facts.RollupBuilt() | facts.RollupSigned() | facts.RollupReturned():
                place = (event.parent if event.level == 3 else event.rollup).split(".")[2]
                assert (
                    self._of_section(office, place)
                    if event.level == 3
                    else office
                    == (
                        Role.DISTRICT_REVIEWER,
                        place,
                    )
                ), "a roll-up is its own organisation's, and sent back by the bureau"
            case _:
                raise AssertionError(f"nobody says who may: {event.type_name}")

    def held_since(self, person: str, level: int, places: set[str], day: date, until: datetime) -> bool:
        """Whether somebody held an office of a level, in one of these places, from the begin of a day to an instant."""
        begin = at_shanghai(day, "00:00")
        for one in self.appointments():
            if (one.person, one.role in AT_LEVEL[level], one.organisation in places) == (person, True, True):
                end = self.end_of(one)
                if one.valid_from <= until and (end is None or max(begin, one.valid_from) < end):
                    return True
        return False

    def holds_any(self, person: str, roles: set[Role], place: str, at: datetime) -> bool:
        return any(
            (one.person, one.organisation) == (person, place)
            and one.role in roles
            and one.valid_from <= at
            and not self.ended(one, at)
            for one in self.appointments()
        )

    def exempt_through(self, site: str, recorded: Recorded) -> bool:
        """Whether the exemption held when it was asked for, and still when it was recorded."""
        return all(self._exempt_at(site, at) for at in (recorded.received_at, recorded.recorded_at))

    def owes_on(self, school: str, day: date) -> bool:
        return self.is_open(school, day) and not self.suspended(school, day)

    def _exempt_at(self, site: str, at: datetime) -> bool:
        spans: list[tuple[datetime, datetime | None]] = []
        for event, _ in self.history:
            match event:
                case registry.SmallSiteExempted(organisation=where) if where == site:
                    spans.append((event.valid_from, event.valid_to))
                case registry.SmallSiteExemptionEnded(organisation=where) if where == site:
                    ended = event.ended_at
                    spans = [(begin, ended if _within(ended, begin, end) else end) for begin, end in spans]
                case _:
                    pass
        return any(_within(at, begin, end) for begin, end in spans)

    def _office(self, recorded: Recorded) -> Held | None:
        actor, event = recorded.actor, recorded.event
        if actor.person == MACHINE:
            assert getattr(event, "person", None) is None, "a machine is nobody"
            return None
        _names(event, actor)
        return self.office_held(recorded)

    def office_held(self, recorded: Recorded) -> Held:
        """The office under which a person acted, when it was asked for and when it was recorded."""
        actor, delegation = recorded.actor, getattr(recorded.event, "delegation", None)
        held = {self._held(actor, at, delegation) for at in (recorded.received_at, recorded.recorded_at)}
        assert len(held) == 1, f"the office ended before this was recorded: {held}"
        (office,) = held
        assert office is not None, "who acts holds the office, or somebody who does lent it"
        return office

    def _held(self, actor: Actor, at: datetime, delegation: str | None) -> Held | None:
        assert actor.appointment is not None, "a person acts under an appointment"
        lent: list[str | None] = [None]
        if actor.on_behalf_of is not None:
            lent = [
                one.delegation
                for one in self.of(registry.DelegationGranted)
                if isinstance(one, registry.DelegationGranted) and one.holder == actor.on_behalf_of
                if delegation in (None, one.delegation)
            ]
        held = [
            self.held_by(Acting(person=actor.person, appointment=actor.appointment, at=at, delegation=each))
            for each in lent
        ]
        return next((each for each in held if each is not None), None)

    def _stands_at(self, office: Held | None, level: int, duty: DutyOpened | None, answering: str | None) -> bool:
        assert duty is not None
        if level == 3:
            return self._of_section(office, duty.bureau)
        return office == ((Role.PRINCIPAL, answering) if level == 1 else (Role.DISTRICT_REVIEWER, duty.district))

    def _of_section(self, office: Held | None, bureau: str) -> bool:
        """A section never moves: it is the bureau's or it is not."""
        if office is None or office[0] is not Role.SECTION_OFFICER:
            return False
        parents = {
            one.organisation: one.parent
            for one in self.of(registry.OrganisationRegistered)
            if isinstance(one, registry.OrganisationRegistered) and one.kind is OrganisationKind.SECTION
        }
        return parents.get(office[1]) == bureau

    def _served(
        self, event: facts.ReminderServed, recorded: Recorded, office: Held | None, duty: DutyOpened | None
    ) -> None:
        assert duty is not None
        assert office is not None, "what a machine delivers serves nothing"
        if event.how == "opened":
            assert recorded.actor.person == event.served_to, "only the addressee opens it"
        else:
            assert office == (Role.DISTRICT_REVIEWER, duty.district) or office[0] is Role.SECTION_OFFICER
            assert event.number is not None, "a call names the number"


def _within(at: datetime, begin: datetime, end: datetime | None) -> bool:
    return begin <= at and (end is None or at < end)


def _names(event: Event, actor: Actor) -> None:
    """An event that names who acted names whom the envelope names."""
    content = getattr(event, "content", None)
    if content is not None:
        assert content.prepared_by == actor.person, "prepared by who filed it"
    for name in ("person", "appointment", "on_behalf_of"):
        if hasattr(event, name):
            assert getattr(event, name) == getattr(actor, name), f"another {name} than who acted"
    if hasattr(event, "delegation"):
        assert (event.delegation is None) == (actor.on_behalf_of is None), "a delegate names the delegation"
