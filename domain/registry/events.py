"""Events of the registry: organisations, people, appointments, calendars. All with validity in time.

Organisation tags (``organisation:``) stand only on registry events, so that a boundary over one organisation stays
small; what a school reports is tagged ``school:``. Names of organisations are public; names of people are sealed.
Instants are half-open: an interval holds at ``valid_from`` and no longer at ``valid_to``.
"""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from domain.ledger.event import Commitment, Event, EventClass
from domain.registry.kinds import SCHOOL_KINDS, SITE_KINDS, CalendarName, GroupPurpose, Level, OrganisationKind, Role

__all__ = ["SCHOOL_KINDS", "SITE_KINDS", "CalendarName", "GroupPurpose", "Level", "OrganisationKind", "Role"]
"""The closed sets that the events speak in are imported from here too, with the events."""


class ClassRoster(msgspec.Struct, frozen=True, kw_only=True):
    """One class of a site: grade 0 is kindergarten, 1–9 compulsory, 10–12 senior and vocational."""

    class_id: str
    grade: int
    students: int


class BureauFounded(Event, frozen=True, kw_only=True):
    """The bureau was entered, and its first registrar appointed; once per log, before anything else."""

    type_name: ClassVar[str] = "BureauFounded"
    bureau: str
    name: str

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.bureau}", "registry:bureau")


class OrganisationRegistered(Event, frozen=True, kw_only=True):
    """An organisation was entered, valid from a day. ``code`` is the registrar's own unique number for it."""

    type_name: ClassVar[str] = "OrganisationRegistered"
    organisation: str
    kind: OrganisationKind
    code: str
    name: str
    parent: str
    opened_on: date
    public: bool

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}", f"code:{self.code}", f"parent:{self.parent}")


class RosterDeclared(Event, frozen=True, kw_only=True):
    """A site declared its staff and its classes as of a day; the newest as of a day counts."""

    type_name: ClassVar[str] = "RosterDeclared"
    organisation: str
    as_of: date
    staff: int
    classes: tuple[ClassRoster, ...]

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}",)


class SiteSuspended(Event, frozen=True, kw_only=True):
    """A site suspended its work; it owes nothing from ``suspended_on`` until it resumes."""

    type_name: ClassVar[str] = "SiteSuspended"
    organisation: str
    suspended_on: date

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}",)


class SiteResumed(Event, frozen=True, kw_only=True):
    """A suspended site works again from a day on."""

    type_name: ClassVar[str] = "SiteResumed"
    organisation: str
    resumed_on: date

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}",)


class SiteClosed(Event, frozen=True, kw_only=True):
    """A site closed; ``closed_on`` is the first day without it. ``heir`` answers its open duties and returns."""

    type_name: ClassVar[str] = "SiteClosed"
    organisation: str
    closed_on: date
    heir: str

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}", f"organisation:{self.heir}")


class OrganisationAbolished(Event, frozen=True, kw_only=True):
    """A district or section was abolished; ``abolished_on`` is the first day without it."""

    type_name: ClassVar[str] = "OrganisationAbolished"
    organisation: str
    abolished_on: date

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}",)


class SiteMerged(Event, frozen=True, kw_only=True):
    """A site became part of another from a day on; the other inherits its open duties and returns."""

    type_name: ClassVar[str] = "SiteMerged"
    organisation: str
    into: str
    merged_on: date

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}", f"organisation:{self.into}")


class SiteMoved(Event, frozen=True, kw_only=True):
    """A site belongs to another district from a day on."""

    type_name: ClassVar[str] = "SiteMoved"
    organisation: str
    from_parent: str
    to_parent: str
    moved_on: date

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}", f"parent:{self.to_parent}")


class SmallSiteExempted(Event, frozen=True, kw_only=True):
    """At this site the reporter may also sign level 1, because it has too few staff for two persons."""

    type_name: ClassVar[str] = "SmallSiteExempted"
    organisation: str
    valid_from: datetime
    valid_to: datetime | None = None
    reason: Commitment

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}",)


class SmallSiteExemptionEnded(Event, frozen=True, kw_only=True):
    """The small-site exemption that ran at ``ended_at`` ended there; a later end in it no longer counts."""

    type_name: ClassVar[str] = "SmallSiteExemptionEnded"
    organisation: str
    ended_at: datetime

    def tags(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation}",)


class TaskForceFormed(Event, frozen=True, kw_only=True):
    """A task force (工作专班) was formed for a line of work; it covers the listed organisations."""

    type_name: ClassVar[str] = "TaskForceFormed"
    task_force: str
    level: Level
    formed_by: str
    covers: tuple[str, ...]
    name: str

    def tags(self) -> tuple[str, ...]:
        return (f"taskforce:{self.task_force}", f"organisation:{self.formed_by}")


class GroupFormed(Event, frozen=True, kw_only=True):
    """A special group (专项小组) was formed; it covers the listed organisations, perhaps several."""

    type_name: ClassVar[str] = "GroupFormed"
    group: str
    level: Level
    formed_by: str
    covers: tuple[str, ...]
    purpose: GroupPurpose

    def tags(self) -> tuple[str, ...]:
        return (f"group:{self.group}",)


class GroupDissolved(Event, frozen=True, kw_only=True):
    """A group or task force ended its work."""

    type_name: ClassVar[str] = "GroupDissolved"
    group: str

    def tags(self) -> tuple[str, ...]:
        return (f"group:{self.group}", f"taskforce:{self.group}")


class GroupMemberAssigned(Event, frozen=True, kw_only=True):
    """A person joined a group."""

    type_name: ClassVar[str] = "GroupMemberAssigned"
    group: str
    person: str

    def tags(self) -> tuple[str, ...]:
        return (f"group:{self.group}", f"person:{self.person}")


class GroupMemberReleased(Event, frozen=True, kw_only=True):
    """A person left a group."""

    type_name: ClassVar[str] = "GroupMemberReleased"
    group: str
    person: str

    def tags(self) -> tuple[str, ...]:
        return (f"group:{self.group}", f"person:{self.person}")


class PersonRegistered(Event, frozen=True, kw_only=True):
    """A person was entered under a pseudonym; the name and the telephone number lie in the vault."""

    type_name: ClassVar[str] = "PersonRegistered"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    person: str
    code: str
    name: Commitment
    phone: Commitment | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"person:{self.person}", f"personcode:{self.code}")


class Appointed(Event, frozen=True, kw_only=True):
    """A person was appointed to a role in an organisation, for an interval that may be open."""

    type_name: ClassVar[str] = "Appointed"
    appointment: str
    person: str
    role: Role
    organisation: str
    valid_from: datetime
    valid_to: datetime | None = None
    acting_for: str | None = None
    """The appointment that this one stands in for (代理), if it is an acting one."""

    def tags(self) -> tuple[str, ...]:
        # So that the registrars, of whichever office, can be asked for: the registry is never left without one.
        registrar = ("registry:registrar",) if self.role is Role.REGISTRAR else ()
        named = (f"appointment:{self.appointment}", f"person:{self.person}", f"organisation:{self.organisation}")
        return named + registrar


class Relieved(Event, frozen=True, kw_only=True):
    """An appointment ended at an instant; a later end in the appointment itself no longer counts."""

    type_name: ClassVar[str] = "Relieved"
    appointment: str
    person: str
    organisation: str
    relieved_at: datetime

    def tags(self) -> tuple[str, ...]:
        return (f"appointment:{self.appointment}", f"person:{self.person}", f"organisation:{self.organisation}")


class DelegationGranted(Event, frozen=True, kw_only=True):
    """The holder of an appointment let another person act under it for an interval."""

    type_name: ClassVar[str] = "DelegationGranted"
    delegation: str
    appointment: str
    organisation: str
    role: Role
    holder: str
    delegate: str
    valid_from: datetime
    valid_to: datetime

    def tags(self) -> tuple[str, ...]:
        return (
            f"delegation:{self.delegation}",
            f"appointment:{self.appointment}",
            f"person:{self.holder}",
            f"person:{self.delegate}",
        )


class DelegationRevoked(Event, frozen=True, kw_only=True):
    """A delegation ended early."""

    type_name: ClassVar[str] = "DelegationRevoked"
    delegation: str
    appointment: str
    revoked_at: datetime

    def tags(self) -> tuple[str, ...]:
        return (f"delegation:{self.delegation}", f"appointment:{self.appointment}")


class CalendarPublished(Event, frozen=True, kw_only=True):
    """A calendar was published for a span of days. ``exceptions`` are the days that differ from its plain rule.

    Plain rules: daily – every day counts; working – Monday to Friday work; legal – every day counts, months clip.
    ``known_at`` is the instant from which anyone could know it.
    """

    type_name: ClassVar[str] = "CalendarPublished"
    calendar: CalendarName
    first_day: date
    last_day: date
    work_days: tuple[date, ...]
    rest_days: tuple[date, ...]
    known_at: datetime
    source: str

    def tags(self) -> tuple[str, ...]:
        return (f"calendar:{self.calendar.value}",)


class CalendarChanged(Event, frozen=True, kw_only=True):
    """Single days of a calendar were changed after publication, known from an instant on."""

    type_name: ClassVar[str] = "CalendarChanged"
    calendar: CalendarName
    work_days: tuple[date, ...]
    rest_days: tuple[date, ...]
    known_at: datetime
    source: str

    def tags(self) -> tuple[str, ...]:
        return (f"calendar:{self.calendar.value}",)


EVENTS: tuple[type[Event], ...] = (
    BureauFounded,
    OrganisationRegistered,
    RosterDeclared,
    SiteSuspended,
    SiteResumed,
    SiteClosed,
    SiteMerged,
    SiteMoved,
    OrganisationAbolished,
    SmallSiteExempted,
    SmallSiteExemptionEnded,
    TaskForceFormed,
    GroupFormed,
    GroupDissolved,
    GroupMemberAssigned,
    GroupMemberReleased,
    PersonRegistered,
    Appointed,
    Relieved,
    DelegationGranted,
    DelegationRevoked,
    CalendarPublished,
    CalendarChanged,
)
