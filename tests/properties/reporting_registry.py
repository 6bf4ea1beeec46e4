"""What changes in the registry while reports are made: offices end, are lent and stood in for; sites rest and close."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import hypothesis.strategies as st
from hypothesis.stateful import rule

from domain.ledger.command import Command
from domain.ledger.time import business_date_of
from domain.registry.appoint_acting import AppointActing
from domain.registry.close_site import CloseSite
from domain.registry.end_small_site_exemption import EndSmallSiteExemption
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.move_site import MoveSite
from domain.registry.relieve import Relieve
from domain.registry.resume_site import ResumeSite
from domain.registry.revoke_delegation import RevokeDelegation
from domain.registry.suspend_site import SuspendSite
from domain.reporting.close_duty import CloseDuty
from domain.reporting.inherit_duty import InheritDuty
from tests.domain.reporting.story import (
    DAY,
    FAR,
    FAR_PRINCIPAL,
    FAR_REPORTER,
    NORTH,
    OFFICE_OF,
    OFFICER,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORT,
    REVIEWER,
    SCHOOL,
    SMALL,
    SMALL_PRINCIPAL,
    SMALL_REPORT,
    SOUTH,
)
from tests.properties.duty_deeds import DutiesChange
from tests.properties.reporting_city import DELEGATIONS, HELD, LENT, OF_PERSON, STAND_INS, Attempt
from tests.properties.reporting_deeds import KINDS, ROLLUP_KINDS, Deed, ReportsAreMade, deeds

Named = TypeVar("Named")
SITES = (SCHOOL, SMALL, FAR)
APPOINTMENTS = tuple(sorted({each.appointment for each in HELD} - {OFFICE_OF[REGISTRAR]}))
SITE_CHANGES = ("close", "suspend", "resume", "move", "exempt", "end_exemption")
OFFICE_CHANGES = ("relieve", "revoke", "lend", "stand_in")


@dataclass(frozen=True)
class Change:
    """One change of the registry; each takes of ``which``, ``site``, ``days`` and ``hours`` what it needs."""

    kind: str
    which: int
    site: str
    other: str
    days: int
    hours: int


def changes(kinds: tuple[str, ...]) -> st.SearchStrategy[Change]:
    return st.builds(
        Change,
        kind=st.sampled_from(kinds),
        which=st.integers(0, len(APPOINTMENTS) - 1),
        site=st.sampled_from(SITES),
        other=st.sampled_from((*SITES, NORTH, SOUTH)),
        days=st.integers(-1, 2),
        hours=st.sampled_from((0, 0, 1, 6, 30)),
    )


class RegistryChanges(DutiesChange, ReportsAreMade):
    """The registrar does what a registrar does, in the midst of the day."""

    @rule(change=changes(OFFICE_CHANGES + SITE_CHANGES))
    def the_registry_changes(self, change: Change) -> None:
        self._try(self._changes(change))

    @rule(
        deed=deeds(KINDS + ROLLUP_KINDS, fitting=True),
        change=changes(OFFICE_CHANGES + SITE_CHANGES),
        first=st.booleans(),
        ready=st.booleans(),
    )
    def somebody_acts_while_the_registry_changes(self, deed: Deed, change: Change, first: bool, ready: bool) -> None:
        self._prepares(deed, ready=ready)
        both = [self._decides(deed), self._changes(change)]
        self._try(*(both if first else reversed(both)))

    @rule(
        deed=deeds(KINDS + ROLLUP_KINDS, fitting=True),
        after=st.sampled_from((0, 1, 6)),
        waits=st.sampled_from((0, 2, 7)),
    )
    def an_office_ends_while_an_act_lies_in_the_queue(self, deed: Deed, after: int, waits: int) -> None:
        """Or what was lent is taken back."""
        self._prepares(deed, ready=True)
        at = self.clock.instant
        ends = at + timedelta(hours=after)
        acting, under, lent = OF_PERSON[REGISTRAR].acting(at), deed.office.appointment, deed.office.delegation
        if lent is None:
            ending = Attempt(acting, lambda: Relieve(acting=acting, appointment=under, relieved_at=ends))
        else:
            ending = Attempt(
                acting,
                lambda: RevokeDelegation(acting=acting, delegation=lent, appointment=under, revoked_at=ends),
            )
        self._try(ending)
        self.racing.waits = timedelta(hours=waits)
        self._try(self._decides(deed))

    @rule(hours=st.sampled_from((0, 1, 6)), waits=st.integers(0, 7), signs=st.booleans())
    def the_exemption_ends_while_one_person_does_it_all(self, hours: int, waits: int, signs: bool) -> None:
        office = OF_PERSON[SMALL_PRINCIPAL]
        if signs:
            self._try(self._decides(Deed("submit", office, 1, 1)))
        self._try(self._changes(Change("end_exemption", 0, SMALL, SMALL, 0, hours)))
        self.racing.waits = timedelta(hours=waits)
        self._try(self._decides(Deed("sign" if signs else "submit", office, 1, 1)))

    @rule(days=st.integers(-1, 0), back=st.booleans(), hours=st.sampled_from((0, 1, 24)))
    def a_site_rests_and_comes_back(self, days: int, back: bool, hours: int) -> None:
        """Its duty is lifted; when it comes back for the day, it owes again."""
        self._try(self._changes(Change("suspend", 0, SCHOOL, SCHOOL, days, 0)))
        self._closes(REPORT)
        self.clock.instant += timedelta(hours=hours)
        if back:
            self._try(self._changes(Change("resume", 0, SCHOOL, SCHOOL, days + 1, 0)))
            self._try(self._opened_again(REPORT))

    @rule(site=st.sampled_from((SCHOOL, SMALL)), upto=st.integers(0, 3), hours=st.sampled_from((0, 24, 24)))
    def a_site_closes_and_its_heir_answers(self, site: str, upto: int, hours: int) -> None:
        report = REPORT if site == SCHOOL else SMALL_REPORT
        subject = 0 if site == SCHOOL else 1
        day = max(DAY + timedelta(days=1), business_date_of(self.clock.instant))
        self._try(self._changes(Change("close", 0, site, FAR, (day - DAY).days, 0)))
        self.clock.instant += timedelta(hours=hours)
        at = self.clock.instant
        self._try(Attempt(None, lambda: InheritDuty(acting=None, at=at, report=report, closed=site, heir=FAR)))
        people = ((FAR_REPORTER, "submit", 1), (FAR_PRINCIPAL, "sign", 1), (REVIEWER, "sign", 2))
        for person, kind, level in people[:upto]:
            self._try(self._decides(Deed(kind, OF_PERSON[person], subject, level)))

    @rule(between=st.none() | st.sampled_from((SMALL, SCHOOL)))
    def the_day_is_rolled_up(self, between: str | None) -> None:
        """Perhaps a duty is opened between the district's roll-up and the bureau's."""
        for kind in ("build", "sign_rollup"):
            self._try(self._decides(Deed(kind, OF_PERSON[REVIEWER], 0, 2)))
        if between is not None:
            self._try(self._opens(NORTH, (between,)))
        for kind in ("build", "sign_rollup"):
            self._try(self._decides(Deed(kind, OF_PERSON[OFFICER], 2, 3)))

    def _closes(self, report: str) -> None:
        at = self.clock.instant
        self._try(Attempt(None, lambda: CloseDuty(acting=None, at=at, report=report, reason=None)))

    def _changes(self, change: Change) -> Attempt:
        """By the registrar; what is the holder's own, by the holder."""
        at = self.clock.instant
        acting = OF_PERSON[REGISTRAR].acting(at)
        then, day = at + timedelta(hours=change.hours), DAY + timedelta(days=change.days)
        appointment = APPOINTMENTS[change.which]
        stand_in, (stands_in, stood_in_for) = _pick(STAND_INS, change.which)
        lent, (holder, delegate) = _pick(LENT, change.which)
        granted = _pick({name: OFFICE_OF[of] for name, (of, _, _, _) in DELEGATIONS.items()}, change.which)
        site, other = change.site, change.other
        if change.kind == "lend":
            acting = OF_PERSON[holder].acting(at)
        elif change.kind == "revoke" and change.days > 0:
            acting = OF_PERSON[PRINCIPAL].acting(at)
        makes: dict[str, Callable[[], Command]] = {
            "relieve": lambda: Relieve(acting=acting, appointment=appointment, relieved_at=then),
            "revoke": lambda: RevokeDelegation(
                acting=acting, delegation=granted[0], appointment=granted[1], revoked_at=then
            ),
            "lend": lambda: GrantDelegation(
                acting=acting,
                delegation=lent,
                appointment=OFFICE_OF[holder],
                delegate=delegate,
                valid_from=at,
                valid_to=then + timedelta(hours=12),
            ),
            "stand_in": lambda: AppointActing(
                acting=acting,
                appointment=stand_in,
                person=stands_in,
                acting_for=OFFICE_OF[stood_in_for],
                valid_from=at,
                valid_to=then + timedelta(hours=12),
            ),
            "close": lambda: CloseSite(acting=acting, organisation=site, closed_on=day, heir=other),
            "suspend": lambda: SuspendSite(acting=acting, organisation=site, suspended_on=day),
            "resume": lambda: ResumeSite(acting=acting, organisation=site, resumed_on=day),
            "move": lambda: MoveSite(acting=acting, organisation=site, to_parent=other, moved_on=day),
            "exempt": lambda: ExemptSmallSite(acting=acting, organisation=site, valid_from=then, reason=REASON),
            "end_exemption": lambda: EndSmallSiteExemption(acting=acting, organisation=site, ended_at=then),
        }
        return Attempt(acting, makes[change.kind])


def _pick(named: dict[str, Named], which: int) -> tuple[str, Named]:
    return tuple(named.items())[which % len(named)]
