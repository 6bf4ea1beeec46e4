"""Histories of whole small cities, made of events directly: what views are tested against without any command."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random

from domain.ledger.event import Event
from domain.ledger.events import LogOpened, ServiceInterrupted
from domain.ledger.time import at_shanghai
from domain.registry import events as registry
from domain.registry.events import ClassRoster, Level, OrganisationKind, Role
from domain.reporting import events as reporting
from domain.reporting.identifiers import report_id, rollup_id
from tests.recorded_history import History, ListedLog
from tests.reporting_facts import (
    COMMITMENT,
    FIRST_DAY,
    ReportOfDay,
    Site,
    built,
    content,
    corrected,
    digest,
    duty,
    missed,
    reminder,
    returned,
    seal,
    served,
    signed,
    submitted,
)

__all__ = [
    "COMMITMENT",
    "FIRST_DAY",
    "CityBuilder",
    "History",
    "ListedLog",
    "ReportOfDay",
    "Site",
    "built",
    "content",
    "corrected",
    "digest",
    "duty",
    "missed",
    "reminder",
    "returned",
    "seal",
    "served",
    "signed",
    "submitted",
]
"""The facts are imported from here too, with the histories that are made of them."""

SITES = [
    OrganisationKind.KINDERGARTEN,
    OrganisationKind.PRIMARY,
    OrganisationKind.JUNIOR,
    OrganisationKind.SENIOR,
    OrganisationKind.VOCATIONAL,
    OrganisationKind.TRAINING,
]


class CityBuilder:
    """A city with everything that can happen to it, decided by one seed."""

    def __init__(self, seed: int, *, schools: int = 6, districts: int = 2, days: int = 3, calm: bool = False) -> None:
        """``calm``: as most days are. Otherwise everything happens far too often, which is what tests want."""
        self.random = Random(seed)
        self.calm = calm
        self.history = History()
        self.days = [FIRST_DAY + timedelta(n) for n in range(days)]
        self.districts = [f"district-{n}" for n in range(1, districts + 1)]
        self.sites = [
            Site(f"school-{n:03}", self.districts[n % districts], self.random.choice(SITES))
            for n in range(1, schools + 1)
        ]
        self.closed: dict[str, date] = {}
        self._now = at_shanghai(FIRST_DAY - timedelta(3), "09:00")

    def build(self) -> History:
        self._found()
        for day in self.days:
            self._live(day)
        return self.history

    def _tell(self, event: Event) -> None:
        self._now += timedelta(seconds=self.random.randint(1, 40))
        self.history.happen(event, self._now)

    def _found(self) -> None:
        random = self.random
        opened = FIRST_DAY - timedelta(2)
        self._tell(LogOpened(origin="wenze.test/history", format=1, clock="simulated"))
        self._tell(registry.BureauFounded(bureau="bureau", name="教育局"))
        self._organisation("section-1", OrganisationKind.SECTION, "bureau", opened)
        for district in self.districts:
            self._organisation(district, OrganisationKind.DISTRICT, "bureau", opened)
        for site in self.sites:
            self._organisation(site.school, site.kind, site.district, opened)
            for _ in range(random.randint(0, 2)):
                classes = tuple(
                    ClassRoster(class_id=f"c{n}", grade=n % 13, students=random.randint(10, 50))
                    for n in range(random.randint(1, 4))
                )
                as_of = opened + timedelta(random.randint(0, 4))
                declared = registry.RosterDeclared(
                    organisation=site.school, as_of=as_of, staff=random.randint(3, 80), classes=classes
                )
                self._tell(declared)
        self._found_groups()
        self._appoint()
        rules = reporting.RulesAdopted(
            rules="rules-1",
            form="F1",
            form_version=1,
            effective_from=FIRST_DAY,
            deadlines=("15:00", "16:00", "17:00"),
            closes="12:00",
            closes_after_days=1,
            calendar=registry.CalendarName.DAILY,
            owed_by=tuple(sorted(registry.SCHOOL_KINDS)),
        )
        self._tell(rules)

    def _organisation(self, name: str, kind: OrganisationKind, parent: str, opened: date) -> None:
        registered = registry.OrganisationRegistered(
            organisation=name, kind=kind, code=f"code-{name}", name=name, parent=parent, opened_on=opened, public=True
        )
        self._tell(registered)

    def _found_groups(self) -> None:
        random = self.random
        for n in range(random.randint(1, 6)):
            level = random.choice(list(Level))
            self._tell(
                registry.TaskForceFormed(
                    task_force=f"tf-{n}", level=level, formed_by="bureau", covers=("bureau",), name="工作专班"
                )
            )
            if n == 3:
                self._tell(registry.GroupDissolved(group=f"tf-{n}"))
        for n in range(random.randint(2, 9)):
            group = f"group-{n}"
            formed = registry.GroupFormed(
                group=group, level=random.choice(list(Level)), formed_by="bureau", covers=(), purpose="dissuasion"
            )
            self._tell(formed)
            members = [f"person-{random.randint(1, 30)}" for _ in range(random.randint(0, 6))]
            for person in members:
                self._tell(registry.GroupMemberAssigned(group=group, person=person))
                if random.random() < 0.2:
                    self._tell(registry.GroupMemberReleased(group=group, person=person))
            if random.random() < 0.15:
                self._tell(registry.GroupDissolved(group=group))

    def _appoint(self) -> None:
        random = self.random
        begin = at_shanghai(FIRST_DAY, "00:00")
        for site in self.sites:
            name = f"appointment-{site.school}"
            holder, delegate = f"principal-{site.school}", f"deputy-{site.school}"
            appointed = registry.Appointed(
                appointment=name,
                person=holder,
                role=Role.PRINCIPAL,
                organisation=site.school,
                valid_from=begin,
                valid_to=begin + timedelta(random.randint(2, 90)) if random.random() < 0.5 else None,
            )
            self._tell(appointed)
            if random.random() < 0.4:
                granted = registry.DelegationGranted(
                    delegation=f"delegation-{site.school}",
                    appointment=name,
                    organisation=site.school,
                    role=Role.PRINCIPAL,
                    holder=holder,
                    delegate=delegate,
                    valid_from=begin,
                    valid_to=begin + timedelta(random.randint(1, 20)),
                )
                self._tell(granted)
            if random.random() < 0.3:
                relieved = registry.Relieved(
                    appointment=name,
                    person=holder,
                    organisation=site.school,
                    relieved_at=begin + timedelta(random.randint(1, 5)),
                )
                self._tell(relieved)

    def _live(self, day: date) -> None:
        random = self.random
        self._now = max(self._now, at_shanghai(day, "00:00"))
        if random.random() < 0.3:
            self._change_sites(day)
        open_sites = [site for site in self.sites if site.school not in self.closed or day < self.closed[site.school]]
        timeline: list[tuple[datetime, Callable[[], Event | None], timedelta]] = []
        standing = {site.school: ReportOfDay() for site in open_sites}
        for site in open_sites:
            self._tell(duty(site, day))
            timeline += self._school_day(site, day, standing[site.school])
        for district in self.districts:
            below = {site.school: standing[site.school] for site in open_sites if site.district == district}
            timeline += self._rollups(rollup_id("F1", day, district), 2, district, day, below)
        timeline += self._rollups(rollup_id("F1", day, "bureau"), 3, "bureau", day, standing)
        if random.random() < (0.03 if self.calm else 0.4):
            timeline.append((at_shanghai(day, "20:00"), lambda: self._outage(day, open_sites), timedelta()))
        if random.random() < (0.03 if self.calm else 0.4):
            began = at_shanghai(day, "14:30") + timedelta(minutes=random.randint(0, 40))
            window = ServiceInterrupted(began_at=began, ended_at=began + timedelta(minutes=random.randint(1, 20)))
            timeline.append((window.ended_at, lambda: window, timedelta()))
        for received, happen, stalled in sorted(timeline, key=lambda each: each[0]):
            event = happen()
            if event is not None:
                self._now = max(self._now, received)
                self.history.happen(event, received, stalled=stalled)

    def _change_sites(self, day: date) -> None:
        site = self.random.choice(self.sites)
        if site.school in self.closed:
            return
        what = self.random.random()
        if what < 0.2:
            self.closed[site.school] = day
            self._tell(registry.SiteClosed(organisation=site.school, closed_on=day, heir=self.sites[0].school))
        elif what < 0.4:
            self.closed[site.school] = day
            self._tell(registry.SiteMerged(organisation=site.school, merged_on=day, into=self.sites[0].school))
        else:
            moved = registry.SiteMoved(
                organisation=site.school, from_parent=site.district, to_parent=self.districts[0], moved_on=day
            )
            self._tell(moved)

    def _outage(self, day: date, sites: Sequence[Site]) -> Event:
        scope = None if self.random.random() < 0.5 else tuple(site.school for site in sites[::2])
        return reporting.OutageDeclared(
            outage=f"outage-{day}",
            began_at=at_shanghai(day, "14:00"),
            ended_at=at_shanghai(day, "15:30"),
            grace_until=at_shanghai(day, "18:00"),
            reason=COMMITMENT,
            person="officer",
            schools=scope,
        )

    def _school_day(
        self, site: Site, day: date, standing: ReportOfDay
    ) -> list[tuple[datetime, Callable[[], Event | None], timedelta]]:
        random = self.random
        report = report_id("f1", day, site.school)
        at = at_shanghai(day, "12:30") + timedelta(minutes=random.randint(0, 180))
        steps: list[tuple[datetime, Callable[[], Event | None], timedelta]] = []

        def later(event: Event, change: Callable[[], None] = lambda: None) -> None:
            nonlocal at
            at += timedelta(minutes=random.randint(1, 50), microseconds=random.randint(0, 999_999))
            stalled = timedelta(seconds=0 if self.calm else random.choice([0, 0, 0, 5, 61, 300]))

            def happen() -> Event:
                change()
                return event

            steps.append((at, happen, stalled))

        if random.random() < (0.01 if self.calm else 0.2):
            at = max(at, at_shanghai(day, "15:00"))
            later(missed(report, site.district, 1, at_shanghai(day, "15:00")))
            later(reminder(report, site.district))
            if random.random() < 0.5:
                later(served(report, site.district))
            if random.random() < 0.3:
                excused = reporting.DutyExcused(
                    report=report, district=site.district, level=1, person="r", appointment="a", reason=COMMITMENT
                )
                later(excused, lambda: setattr(standing, "excused", True))
            if random.random() < 0.4:
                return steps
        revision = 1
        later(
            submitted(report, site.district, random.choice([0] * 9 + [2])), lambda: _filed(standing, digest(report, 1))
        )
        while random.random() < (0.999 if self.calm else 0.9):
            current, again = digest(report, revision), False
            step = random.random() * (0.74 if self.calm else 1)
            if step < 0.75:
                later(signed(report, site.district, revision, 1))
                if random.random() < (0.99 if self.calm else 0.85):
                    later(signed(report, site.district, revision, 2), lambda: setattr(standing, "signed_2", True))
                else:
                    later(returned(report, site.district, revision))
                if random.random() < (0.99 if self.calm else 0.7):
                    break
            elif step < 0.83:
                withdrawn = reporting.ReportWithdrawn(
                    report=report,
                    district=site.district,
                    revision=revision,
                    digest=current,
                    person="reporter",
                    reason=COMMITMENT,
                )
                later(withdrawn, lambda: _unanswered(standing))
                again = True
            revision += 1
            now = digest(report, revision)
            filing = submitted if again else corrected
            later(filing(report, site.district, revision=revision), lambda now=now: _filed(standing, now))
        return steps

    def _rollups(
        self, name: str, level: int, organisation: str, day: date, below: dict[str, ReportOfDay]
    ) -> list[tuple[datetime, Callable[[], Event | None], timedelta]]:
        steps: list[tuple[datetime, Callable[[], Event | None], timedelta]] = []
        at = at_shanghai(day, "16:10" if level == 2 else "17:00")
        for revision in (1, 2):
            at += timedelta(minutes=self.random.randint(1, 15) + (180 if revision == 2 else 0))
            if self.random.random() < (0.15 if revision == 1 else 0.6):
                break
            steps.append((at, lambda r=revision: built(name, level, organisation, day, r, below), timedelta()))
            signing = reporting.RollupSigned(
                rollup=name,
                parent=rollup_id("F1", day, "bureau"),
                revision=revision,
                level=level,
                digest=digest(name, revision),
                person=f"signer-{organisation}",
                appointment="a",
                **seal(name, revision),
            )
            if self.random.random() < 0.9:
                steps.append((at + timedelta(minutes=5), lambda signing=signing: signing, timedelta()))
        return steps


def _unanswered(standing: ReportOfDay) -> None:
    standing.digest, standing.excused = None, False


def _filed(standing: ReportOfDay, current: str) -> None:
    standing.digest, standing.signed_2 = current, False
