"""The state of one organisation on any day, folded from its registry events.

Days are days in Asia/Shanghai. An organisation is there from ``opened_on`` and no longer on ``closed_on`` (or
``merged_on``, ``abolished_on``); it is suspended from ``suspended_on`` and no longer on ``resumed_on``; it belongs to a
new district from ``moved_on``. Every end is final: nothing reopens an organisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.ledger.time import at_shanghai
from domain.registry.errors import AlreadyClosed, NotASite, NotYetOpened, OrganisationUnknown
from domain.registry.events import (
    SITE_KINDS,
    BureauFounded,
    ClassRoster,
    OrganisationAbolished,
    OrganisationKind,
    OrganisationRegistered,
    RosterDeclared,
    SiteClosed,
    SiteMerged,
    SiteMoved,
    SiteResumed,
    SiteSuspended,
    SmallSiteExempted,
    SmallSiteExemptionEnded,
)
from domain.registry.interval import runs_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who a site has, as declared for a day."""

    as_of: date
    staff: int
    classes: tuple[ClassRoster, ...]

    @property
    def students(self) -> int:
        """All classes together."""
        return sum(one.students for one in self.classes)


@dataclass(slots=True)
class Suspension:
    """From ``begin`` on, no longer on ``end``; None is still suspended."""

    begin: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """A small-site exemption: holds at ``begin`` and no longer at ``end``; None is open."""

    begin: datetime
    end: datetime | None


class OrganisationState(Perspective):
    """One organisation with its validity in time."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        self.kind: OrganisationKind | None = None
        self.code: str | None = None
        self.name: str | None = None
        self.public = True
        self.opened_on: date | None = None
        self.closed_on: date | None = None
        self.heir: str | None = None
        """Who answers the open duties and returns of a closed or merged site."""
        self.inherits_on: date | None = None
        """The latest day on which it becomes another site's heir."""
        self.parents: list[tuple[date, str]] = []
        self.suspensions: list[Suspension] = []
        self.rosters: list[Roster] = []
        self.exemptions: list[Exemption] = []

    def consistency_boundary(self) -> Sequence[Selector]:
        """Registry events about this organisation. Appointments in it are not among them."""
        return [Selector(types=type(self).projected_types, tags=[f"organisation:{self.organisation}"])]

    @event(BureauFounded)
    def _(self, bureau: str, name: str) -> None:
        if bureau == self.organisation:
            self.kind, self.name = OrganisationKind.BUREAU, name

    @event(OrganisationRegistered)
    def _(
        self,
        organisation: str,
        kind: OrganisationKind,
        code: str,
        name: str,
        parent: str,
        opened_on: date,
        public: bool,
    ) -> None:
        if organisation == self.organisation:
            self.kind, self.code, self.name, self.public, self.opened_on = kind, code, name, public, opened_on
            self.parents = [(opened_on, parent)]

    @event(RosterDeclared)
    def _(self, organisation: str, as_of: date, staff: int, classes: tuple[ClassRoster, ...]) -> None:
        if organisation == self.organisation:
            self.rosters.append(Roster(as_of=as_of, staff=staff, classes=classes))

    @event(SiteSuspended)
    def _(self, organisation: str, suspended_on: date) -> None:
        if organisation == self.organisation:
            self.suspensions.append(Suspension(suspended_on))

    @event(SiteResumed)
    def _(self, organisation: str, resumed_on: date) -> None:
        if organisation == self.organisation and self.suspensions:
            self.suspensions[-1].end = resumed_on

    @event(SiteClosed)
    def _(self, organisation: str, closed_on: date, heir: str) -> None:
        self._end(organisation, closed_on, heir)

    @event(SiteMerged)
    def _(self, organisation: str, into: str, merged_on: date) -> None:
        self._end(organisation, merged_on, into)

    @event(OrganisationAbolished)
    def _(self, organisation: str, abolished_on: date) -> None:
        if organisation == self.organisation:
            self.closed_on = abolished_on

    @event(SiteMoved)
    def _(self, organisation: str, to_parent: str, moved_on: date) -> None:
        if organisation == self.organisation:
            self.parents.append((moved_on, to_parent))

    @event(SmallSiteExempted)
    def _(self, organisation: str, valid_from: datetime, valid_to: datetime | None) -> None:
        if organisation == self.organisation:
            self.exemptions.append(Exemption(valid_from, valid_to))

    @event(SmallSiteExemptionEnded)
    def _(self, organisation: str, ended_at: datetime) -> None:
        if organisation == self.organisation:
            self.exemptions = [
                Exemption(one.begin, ended_at) if runs_at(one.begin, one.end, ended_at) else one
                for one in self.exemptions
            ]

    def _end(self, organisation: str, day: date, heir: str) -> None:
        # The heir carries the same event by its tag; it does not close, but must be there on that day.
        if organisation == self.organisation:
            self.closed_on, self.heir = day, heir
        elif heir == self.organisation:
            self.inherits_on = day if self.inherits_on is None else max(self.inherits_on, day)

    @property
    def last_change(self) -> date | None:
        """The latest day of a move, a suspension or a resumption; what comes later may not lie before it."""
        days = [since for since, _ in self.parents[1:]]
        days += [one.begin if one.end is None else one.end for one in self.suspensions]
        return max(days, default=None)

    @property
    def is_registered(self) -> bool:
        """Whether the organisation was ever entered."""
        return self.kind is not None

    @property
    def is_site(self) -> bool:
        """Whether it is a school, kindergarten or training institution."""
        return self.kind in SITE_KINDS

    def open_on(self, day: date) -> bool:
        """Registered, opened and not closed or merged on this day; a suspended site is open."""
        begun = self.is_registered and (self.opened_on is None or self.opened_on <= day)
        return begun and (self.closed_on is None or day < self.closed_on)

    def suspended_on(self, day: date) -> bool:
        """Whether a suspension runs on this day."""
        return any(one.begin <= day and (one.end is None or day < one.end) for one in self.suspensions)

    def owes_on(self, day: date) -> bool:
        """Whether it can owe a report for this day: a site, open and not suspended."""
        return self.is_site and self.open_on(day) and not self.suspended_on(day)

    def parent_on(self, day: date) -> str | None:
        """The district (or bureau) it belongs to on this day; None before it opened, and for the bureau itself."""
        return next((parent for since, parent in reversed(self.parents) if since <= day), None)

    def roster_on(self, day: date) -> Roster | None:
        """The newest roster as of this day; of two for the same day, the one declared last."""
        declared = [one for one in self.rosters if one.as_of <= day]
        return max(reversed(declared), key=lambda one: one.as_of, default=None)

    def small_site_exempt_at(self, instant: datetime) -> bool:
        """Whether the reporter may also sign level 1 at this instant."""
        return any(runs_at(one.begin, one.end, instant) for one in self.exemptions)

    def small_site_exempt_until(self, instant: datetime) -> datetime | None:
        """When the exemption that holds at this instant ends (exclusive), with those that adjoin it; None is open."""
        end: datetime | None = instant
        for one in sorted(self.exemptions, key=lambda each: each.begin):
            if end is not None and runs_at(one.begin, one.end, end):
                end = one.end
        return end

    def require_open_on(self, day: date) -> None:
        """Raises: OrganisationUnknown, NotYetOpened, AlreadyClosed."""
        self.require_registered()
        if self.opened_on is not None and day < self.opened_on:
            raise NotYetOpened(
                organisation=self.organisation, opened_on=self.opened_on.isoformat(), day=day.isoformat()
            )
        if self.closed_on is not None and day >= self.closed_on:
            raise AlreadyClosed(
                organisation=self.organisation, closed_on=self.closed_on.isoformat(), day=day.isoformat()
            )

    def require_open_until(self, end: datetime | None) -> None:
        """No end is recorded before this one (exclusive; None is open): offices end with the organisation.

        Raises: AlreadyClosed.
        """
        require_not_beyond(self.organisation, self.closed_on, end)

    def require_never_closed(self, day: date) -> None:
        """Open on this day, and no end recorded for any later one. Raises as ``require_open_on``."""
        self.require_open_on(day)
        if self.closed_on is not None:
            raise AlreadyClosed(
                organisation=self.organisation, closed_on=self.closed_on.isoformat(), day=day.isoformat()
            )

    def require_registered(self) -> None:
        """Raises: OrganisationUnknown."""
        if not self.is_registered:
            raise OrganisationUnknown(organisation=self.organisation)

    def require_site(self) -> None:
        """Raises: OrganisationUnknown, NotASite."""
        self.require_registered()
        if not self.is_site:
            raise NotASite(organisation=self.organisation, kind=str(self.kind))


def require_not_beyond(organisation: str, closed_on: date | None, end: datetime | None) -> None:
    """What ends at this instant (None is open) does not outlast the organisation. Raises AlreadyClosed."""
    if closed_on is not None and (end is None or end > at_shanghai(closed_on, "00:00")):
        raise AlreadyClosed(organisation=organisation, closed_on=closed_on.isoformat())


class OrganisationCode(Perspective):
    """Which organisation carries a code."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.carrier: str | None = None

    def consistency_boundary(self) -> Sequence[Selector]:
        """The registration under this code, whichever organisation it was."""
        return [Selector(types=type(self).projected_types, tags=[f"code:{self.code}"])]

    @event(OrganisationRegistered)
    def _(self, organisation: str, code: str) -> None:
        if code == self.code:
            self.carrier = organisation
