"""What is tried with organisations, rosters, exemptions and calendars."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.registry.abolish_organisation import AbolishOrganisation
from domain.registry.change_calendar import ChangeCalendar
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.end_small_site_exemption import EndSmallSiteExemption
from domain.registry.events import (
    CalendarName,
    ClassRoster,
    OrganisationKind,
)
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.publish_calendar import PublishCalendar
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.resume_site import ResumeSite
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import SEALED, SECTION, TODAY
from tests.properties.registry_town import BODIES, DISTRICTS, WORKING_DAYS, Town, code, day, district, site, wait


class OrganisationsChange(Town):
    """Sites open, end, move and rest; bodies are abolished; calendars are published."""

    @rule(each=st.sampled_from(BODIES[6:]) | site, code=code, parent=district, opened_on=day)
    def register_a_site(self, each: str, code: str, parent: str, opened_on: date) -> None:
        self.attempt(
            RegisterOrganisation(
                acting=self.acting,
                organisation=each,
                kind=OrganisationKind.PRIMARY,
                code=code,
                name="小学",
                parent=parent,
                opened_on=opened_on,
                public=True,
            )
        )

    @rule(site=site, heir=site, on=day, merge=st.booleans())
    def end_a_site(self, site: str, heir: str, on: date, merge: bool) -> None:
        if merge:
            self.attempt(MergeSite(acting=self.acting, organisation=site, merged_on=on, into=heir))
        else:
            self.attempt(CloseSite(acting=self.acting, organisation=site, closed_on=on, heir=heir))

    @rule(site=site, on=day, resume=st.booleans())
    def suspend_or_resume(self, site: str, on: date, resume: bool) -> None:
        if resume:
            self.attempt(ResumeSite(acting=self.acting, organisation=site, resumed_on=on))
        else:
            self.attempt(SuspendSite(acting=self.acting, organisation=site, suspended_on=on))

    @rule(site=site, to=district, on=day)
    def move(self, site: str, to: str, on: date) -> None:
        self.attempt(MoveSite(acting=self.acting, organisation=site, to_parent=to, moved_on=on))

    @rule(body=st.sampled_from([SECTION, *DISTRICTS, *BODIES]), on=day)
    def abolish(self, body: str, on: date) -> None:
        self.attempt(AbolishOrganisation(acting=self.acting, organisation=body, abolished_on=on))

    @rule(on=st.integers(-8, 0).map(lambda days: TODAY + timedelta(days)), at=st.sampled_from(DISTRICTS))
    def a_district_is_emptied(self, on: date, at: str) -> None:
        for each in BODIES[3:6]:
            self.attempt(MoveSite(acting=self.acting, organisation=each, to_parent=at, moved_on=on))

    @rule(site=site, on=day, classes=st.lists(st.sampled_from(("1a", "1b")), max_size=2))
    def declare_a_roster(self, site: str, on: date, classes: list[str]) -> None:
        rows = tuple(ClassRoster(class_id=each, grade=1, students=30) for each in classes)
        self.attempt(DeclareRoster(acting=self.acting, organisation=site, as_of=on, staff=3, classes=rows))

    @rule(site=site, begin=wait, runs=st.none() | wait)
    def exempt(self, site: str, begin: timedelta, runs: timedelta | None) -> None:
        valid_from = self.now + begin
        self.attempt(
            ExemptSmallSite(
                acting=self.acting,
                organisation=site,
                valid_from=valid_from,
                valid_to=None if runs is None else valid_from + runs,
                reason=SEALED,
            )
        )

    @rule(site=site, after=wait)
    def end_an_exemption(self, site: str, after: timedelta) -> None:
        self.attempt(EndSmallSiteExemption(acting=self.acting, organisation=site, ended_at=self.now + after))

    @rule(
        name=st.sampled_from(CalendarName),
        first=st.integers(-2, 5),
        length=st.integers(-1, 6),
        work=WORKING_DAYS,
        rest=WORKING_DAYS,
        known=wait,
    )
    def publish_a_calendar(
        self,
        name: CalendarName,
        first: int,
        length: int,
        work: tuple[date, ...],
        rest: tuple[date, ...],
        known: timedelta,
    ) -> None:
        first_day = TODAY + timedelta(first)
        self.attempt(
            PublishCalendar(
                acting=self.acting,
                calendar=name,
                first_day=first_day,
                last_day=first_day + timedelta(length),
                work_days=work,
                rest_days=rest,
                known_at=self.now + known,
                source="通知",
            )
        )

    @rule(name=st.sampled_from(CalendarName), work=WORKING_DAYS, rest=WORKING_DAYS, known=wait)
    def change_a_calendar(
        self, name: CalendarName, work: tuple[date, ...], rest: tuple[date, ...], known: timedelta
    ) -> None:
        self.attempt(
            ChangeCalendar(
                acting=self.acting,
                calendar=name,
                work_days=work,
                rest_days=rest,
                known_at=self.now + known,
                source="通知",
            )
        )
