"""What else may happen to a city after a day of it: everything that moves a figure, by chance, through commands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from msgspec import structs

from api.demo.careers import careers_of, reporter_of
from api.demo.city import City, Site
from api.demo.contents import content
from api.demo.founding import registrar, registration, roster
from api.demo.groups import groups, task_forces
from api.demo.orders import Order, Personal, order
from api.demo.stories import SPOKEN_FOR, Story
from domain.ledger.command import Command
from domain.ledger.ports import Ids
from domain.ledger.time import business_date_of
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.authority import Acting
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.events import Level
from domain.registry.form_group import FormGroup
from domain.registry.form_task_force import FormTaskForce
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.release_group_member import ReleaseGroupMember
from domain.reporting.correct_report import CorrectReport
from domain.reporting.events import Nature
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import report_id
from domain.reporting.withdraw_report import WithdrawReport


class Changes:
    """Orders for a city whose first day was lived, one after another; drawn from one stream of chance."""

    def __init__(self, city: City, chance: Random, *, lived: date, at: datetime, origin: str, names: Ids) -> None:
        self.city = city
        self.chance = chance
        self.lived = lived
        self.at = at
        self.origin = origin
        self.names = names
        self.by = registrar(city, at)
        sites = [site for site in city.owing_on(lived) if site.code not in SPOKEN_FOR and site.code not in city.sharing]
        chance.shuffle(sites)
        self.sites: Iterator[Site] = iter(sites)
        """Each is taken once: no change hides another."""

    def orders(self) -> Iterator[Order]:
        """Everything, some of each."""
        today = business_date_of(self.at)
        for _ in range(self.chance.randint(1, 4)):
            yield from self._opened(today)
        for _ in range(self.chance.randint(1, 3)):
            closing, heir = next(self.sites), next(self.sites)
            yield self._registers(CloseSite, organisation=closing.id, closed_on=today, heir=heir.id)
            merging, into = next(self.sites), next(self.sites)
            yield self._registers(MergeSite, organisation=merging.id, merged_on=today, into=into.id)
        for _ in range(self.chance.randint(1, 3)):
            yield from self._moved(today)
            site = next(self.sites)
            yield self._registers(
                DeclareRoster,
                organisation=site.id,
                as_of=today,
                staff=site.roster.staff + self.chance.randint(1, 9),
                classes=site.roster.classes,
            )
        yield from self._bodies()
        for _ in range(self.chance.randint(2, 6)):
            yield from self._cases(next(self.sites))

    def _registers(self, command: type[Command], **arguments: object) -> Order:
        return order(command, self.by, self.names.new(), **arguments)

    def _opened(self, today: date) -> Iterator[Order]:
        like = next(self.sites)
        code = f"X{self.chance.randrange(10**6):06}"
        district = self.chance.randrange(len(self.city.districts))
        opened = replace(like, id=self.names.new(), code=code, name=f"合成-{code}", district=district, opened_on=today)
        yield registration(self.city, opened, self.by)
        yield roster(opened, self.by)

    def _moved(self, today: date) -> Iterator[Order]:
        if len(self.city.districts) > 1:
            site = next(self.sites)
            to = self.city.districts[(site.district + 1) % len(self.city.districts)]
            yield self._registers(MoveSite, organisation=site.id, to_parent=to.id, moved_on=today)

    def _bodies(self) -> Iterator[Order]:
        """Task forces and groups of every level, formed and dissolved; members who come and go."""
        chance, city = self.chance, self.city
        former = {Level.BUREAU: city.bureau, Level.DISTRICT: city.districts[0].id, Level.SCHOOL: next(self.sites).id}
        for level in Level:
            for _ in range(chance.randint(1, 3)):
                yield self._registers(
                    FormTaskForce,
                    task_force=self.names.new(),
                    level=level,
                    formed_by=former[level],
                    covers=(former[level],),
                    name="合成专班",
                    members=(),
                )
                yield self._registers(
                    FormGroup,
                    group=self.names.new(),
                    level=level,
                    formed_by=former[level],
                    covers=(former[level],),
                    purpose="other",
                    members=tuple(teacher.person for teacher in next(self.sites).teachers[:2]),
                )
        there = groups(city)
        bureau = [group for group in there if group.level is Level.BUREAU]
        below = [group for group in there if len(group.covers) == 1 and group.level is Level.SCHOOL]
        gone, joined, left = chance.sample(below, 3)
        for each in (chance.choice(bureau).id, gone.id, chance.choice(task_forces(city)).id):
            yield self._registers(DissolveGroup, group=each)
        officer = city.sections[0].officer.person  # in no group so far
        yield self._registers(AssignGroupMember, group=joined.id, person=officer)
        yield self._registers(AssignGroupMember, group=left.id, person=officer)
        yield self._registers(ReleaseGroupMember, group=left.id, person=officer)
        yield self._registers(ReleaseGroupMember, group=left.id, person=left.members[0])

    def _cases(self, site: Site) -> Iterator[Order]:
        """A correction with cases, which now and then is withdrawn."""
        post = reporter_of(site, self.lived, careers_of(self.city))
        acting = Acting(person=post.person, appointment=post.appointment, at=self.at)
        report = report_id(F1.form, self.lived, site.id)
        said = content(
            site,
            self.lived,
            filed_at=self.at - timedelta(hours=20),
            prepared_by=post.person,
            chance=self.chance,
            story=Story.ORDINARY,
        )
        counts = said.counts | {"suspected": self.chance.randint(1, 3), "confirmed": self.chance.randint(0, 2)}
        reason = Personal("合成更正", site.id, "reason")
        yield order(
            CorrectReport,
            acting,
            report,
            personal={"reason": reason},
            day=self.lived,
            origin=self.origin,
            report=report,
            content=structs.replace(said, nature=Nature.POSITIVE, zero_attestation=False, counts=counts),
        )
        if self.chance.random() < 0.4:
            yield order(WithdrawReport, acting, report, personal={"reason": reason}, day=self.lived, report=report)
