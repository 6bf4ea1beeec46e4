"""The day's duties open by themselves, on a real database: once, for whoever owes, and for days that were skipped."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.postgres.migrate import migrate
from adapters.postgres.rebuild import rebuild
from adapters.postgres.views.school_day import SchoolDayRow, fetch_school_days
from api import duty_clock
from api.duty_clock import open_what_is_owed
from api.duty_end import lift_what_is_not_owed
from api.ledger import request_bytes
from api.main import open_wiring
from api.missed_clock import keep_looking
from api.wiring import Wiring
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.event import Event
from domain.ledger.ports import Append
from domain.ledger.query import Query, QueryItem
from domain.ledger.replay import head_of
from domain.ledger.time import at_shanghai, business_date_of
from domain.registry import events as registry
from domain.registry.events import CalendarName, OrganisationKind
from domain.reporting.adopt_rules import SCHOOLS
from domain.reporting.events import RulesAdopted
from domain.reporting.forms.f2 import F2
from domain.reporting.identifiers import report_id
from domain.reporting.open_duties import REACH, OpenDuties
from tests.api.conftest import settings_for

DAY = timedelta(days=1)
LONG_AGO = date(2010, 9, 1)
OPENED = Query((QueryItem(frozenset({"DutyOpened"})),))


class City:
    """A bureau with two districts, of two schools and of one. Its views are always projected."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.today = business_date_of(wiring.ledger.clock.now())
        self.bureau, self.north, self.south = (str(uuid4()) for _ in range(3))
        self.one, self.two, self.three = (str(uuid4()) for _ in range(3))

    async def happens(self, *events: Event) -> None:
        ledger = self.wiring.ledger
        context = Context(
            actor=Actor(person=str(uuid4())), received_at=ledger.clock.now(), key=str(uuid4()), request=b"{}"
        )
        ids = tuple(ledger.ids.new() for _ in events)
        await ledger.log.append(Append(events=events, ids=ids, command="happen", context=context))
        await self.wiring.projector.catch_up()

    async def founded(self) -> None:
        await self.happens(
            registry.BureauFounded(bureau=self.bureau, name="合成"),
            self.registered(self.north, OrganisationKind.DISTRICT, self.bureau),
            self.registered(self.south, OrganisationKind.DISTRICT, self.bureau),
            self.registered(self.one, OrganisationKind.PRIMARY, self.north),
            self.registered(self.two, OrganisationKind.KINDERGARTEN, self.north),
            self.registered(self.three, OrganisationKind.JUNIOR, self.south),
        )

    def registered(
        self, organisation: str, kind: OrganisationKind, parent: str, opened_on: date = LONG_AGO
    ) -> registry.OrganisationRegistered:
        return registry.OrganisationRegistered(
            organisation=organisation, kind=kind, code=organisation[-12:], name="合成", parent=parent,
            opened_on=opened_on, public=True,
        )  # fmt: skip

    def rules(self, effective_from: date, form: str = "F1") -> RulesAdopted:
        return RulesAdopted(
            rules=f"{form}-{effective_from}", form=form, form_version=1, effective_from=effective_from,
            deadlines=("15:00", "16:00", "17:00"), closes="12:00", closes_after_days=1,
            calendar=CalendarName.DAILY, owed_by=SCHOOLS,
        )  # fmt: skip

    async def opened_by_hand(self, day: date, district: str, *schools: str) -> None:
        """What the service or a person did on that day."""
        at = at_shanghai(day, "00:00")
        await self.wiring.ledger.carry_out(
            lambda: OpenDuties(acting=None, at=at, business_date=day, form="F1", district=district, schools=schools),
            actor=Actor(person=MACHINE),
            key=str(uuid4()),
            request=request_bytes(OpenDuties.name, {}),
        )
        await self.wiring.projector.catch_up()

    async def look(self) -> int:
        return await open_what_is_owed(self.wiring.ledger, self.wiring.pool)

    async def head(self) -> int:
        return await head_of(self.wiring.ledger.log)

    async def rows(self) -> list[SchoolDayRow]:
        await self.wiring.projector.catch_up()
        async with self.wiring.pool.acquire() as connection:
            return await fetch_school_days(connection, self.today - 30 * DAY, self.today + DAY)

    async def reports(self) -> set[str]:
        """What was opened, by the log itself; nothing twice."""
        reading = await self.wiring.ledger.log.read(OPENED)
        names = [str(getattr(each.event, "report", "")) for each in reading.events]
        assert len(names) == len(set(names))
        return set(names)

    def owed(self, day: date, *schools: str) -> set[str]:
        return {report_id("F1", day, school) for school in schools}


@pytest.fixture
async def city(dsn: str, tmp_path: Path) -> AsyncIterator[City]:
    async with open_wiring(settings_for(dsn, tmp_path)) as wiring:
        projecting = asyncio.create_task(wiring.projector.run())
        founded = City(wiring)
        await founded.founded()
        yield founded
        projecting.cancel()
        await asyncio.wait((projecting,))


async def test_a_day_opens_by_itself_once_however_many_clocks_look(city: City) -> None:
    assert await city.look() == 0, "there are no rules"
    await city.happens(city.rules(city.today - 3 * DAY), city.rules(city.today, F2.form))
    assert sum(await asyncio.gather(*(city.look() for _ in range(4)))) == 3
    rows = await city.rows()
    assert {(each.school, each.district, each.bureau, each.business_date) for each in rows} == {
        (city.one, city.north, city.bureau, city.today),
        (city.two, city.north, city.bureau, city.today),
        (city.three, city.south, city.bureau, city.today),
    }
    assert await city.reports() == {each.report for each in rows}


async def test_nothing_is_asked_and_nothing_appended_when_nothing_changed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.happens(city.rules(city.today))
    assert await city.look() == 3
    await city.rows()
    head = await city.head()

    async def asks(*_: object) -> int:
        raise AssertionError("the views say that there is nothing to open")

    monkeypatch.setattr(duty_clock, "_record", asks)
    assert [await city.look() for _ in range(3)] == [0, 0, 0]
    assert await city.head() == head


async def test_a_look_through_views_that_have_not_heard_of_it_opens_nothing_twice(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(*_: object) -> None:
        pass

    await city.happens(city.rules(city.today))
    assert await city.look() == 3
    async with city.wiring.pool.acquire() as connection:
        await connection.execute("UPDATE views.view SET version = 0 WHERE name = 'school_day'")  # and nobody projects
        await connection.execute("DELETE FROM views.school_day")
    monkeypatch.setattr(duty_clock, "caught_up", at_once)
    head = await city.head()
    assert await city.look() == 0
    late = city.registered(str(uuid4()), OrganisationKind.PRIMARY, city.north)
    await city.happens(late)
    assert await city.look() == 1
    assert await city.head() == head + 2
    assert len(await city.reports()) == 4


async def test_a_school_that_opens_later_in_the_day_and_one_that_moved_are_found_at_the_next_look(city: City) -> None:
    await city.happens(
        city.rules(city.today), registry.SiteSuspended(organisation=city.three, suspended_on=city.today - DAY)
    )
    assert await city.look() == 2
    new = str(uuid4())
    await city.happens(
        city.registered(new, OrganisationKind.PRIMARY, city.south, opened_on=city.today),
        registry.SiteResumed(organisation=city.three, resumed_on=city.today),
        registry.SiteMoved(organisation=city.three, from_parent=city.south, to_parent=city.north, moved_on=city.today),
    )
    assert await city.look() == 2
    places = {each.school: each.district for each in await city.rows()}
    assert (places[new], places[city.three]) == (city.south, city.north)
    assert await city.look() == 0


async def test_who_has_closed_or_is_suspended_or_has_not_opened_or_is_no_school_owes_nothing(city: City) -> None:
    await city.happens(
        city.rules(city.today),
        registry.SiteClosed(organisation=city.one, closed_on=city.today, heir=city.two),
        registry.SiteSuspended(organisation=city.three, suspended_on=city.today),
        city.registered(str(uuid4()), OrganisationKind.PRIMARY, city.north, opened_on=city.today + DAY),
        city.registered(str(uuid4()), OrganisationKind.TRAINING, city.north),
    )
    assert await city.look() == 1
    assert await city.reports() == city.owed(city.today, city.two)


async def test_days_skipped_while_the_service_was_down_are_opened_with_what_was_left_of_the_last(city: City) -> None:
    last = city.today - 3 * DAY
    await city.happens(city.rules(city.today - 30 * DAY))
    await city.opened_by_hand(last, city.north, city.one)
    await city.happens(registry.SiteClosed(organisation=city.two, closed_on=city.today - DAY, heir=city.one))
    # The south never had a duty: it skipped nothing.
    assert await city.look() == 6
    assert await city.reports() == {
        *city.owed(last, city.one, city.two),
        *city.owed(last + DAY, city.one, city.two),
        *city.owed(last + 2 * DAY, city.one),
        *city.owed(city.today, city.one, city.three),
    }
    await city.rows()
    assert await city.look() == 0


async def test_what_one_district_opened_by_hand_hides_no_gap_of_another(city: City) -> None:
    await city.happens(city.rules(city.today - 30 * DAY))
    await city.opened_by_hand(city.today - 2 * DAY, city.south, city.three)
    await city.opened_by_hand(city.today - 2 * DAY, city.north, city.one, city.two)
    await city.opened_by_hand(city.today, city.north, city.one)
    await city.opened_by_hand(city.today + DAY, city.south, city.three)
    assert await city.look() == 3
    assert city.owed(city.today - DAY, city.three) <= await city.reports()
    assert not city.owed(city.today - DAY, city.one) & await city.reports()


async def test_at_most_the_last_seven_days_are_opened_and_none_before_its_rules(city: City) -> None:
    await city.happens(city.rules(city.today - 30 * DAY))
    await city.opened_by_hand(city.today - 20 * DAY, city.north, city.one, city.two)
    await city.opened_by_hand(city.today - DAY, city.south, city.three)
    assert await city.look() == 2 * (REACH + 1) + 1
    days = Counter(each.business_date for each in await city.rows())
    assert set(days) == {city.today - 20 * DAY, *(city.today - back * DAY for back in range(REACH + 1))}


async def test_a_district_of_many_schools_is_opened_by_several_commands(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_clock, "TOGETHER", 2)
    schools = [str(uuid4()) for _ in range(5)]
    await city.happens(
        city.rules(city.today), *(city.registered(each, OrganisationKind.SENIOR, city.south) for each in schools)
    )
    assert await city.look() == 8
    assert await city.reports() == city.owed(city.today, city.one, city.two, city.three, *schools)


async def test_what_a_skipped_day_left_is_opened_with_time_to_answer_and_accuses_nobody(city: City) -> None:
    await city.happens(city.rules(city.today - 30 * DAY))
    gone = city.today - 4 * DAY
    await city.opened_by_hand(gone, city.north, city.one)
    looking = asyncio.create_task(keep_looking(city.wiring.ledger, city.wiring.pool, every_s=3600, simulated=False))
    closed = Query((QueryItem(frozenset({"DutyClosed"}), frozenset({f"report:{report_id('F1', gone, city.one)}"})),))
    async with asyncio.timeout(30):
        await anext(aiter(city.wiring.ledger.log.follow(0, query=closed)))
    looking.cancel()
    await asyncio.wait((looking,))
    rows = {(each.business_date, each.school): each for each in await city.rows()}
    assert rows[gone, city.one].missed_1
    late = rows[gone, city.two]
    assert not late.missed_1
    assert late.due_1 > city.wiring.ledger.clock.now()


async def test_a_duty_of_a_site_that_is_suspended_in_the_morning_is_lifted_and_opened_again_when_it_resumes(
    city: City,
) -> None:
    ledger, pool = city.wiring.ledger, city.wiring.pool
    await city.happens(city.rules(city.today))
    assert await city.look() == 3
    await city.rows()
    assert await lift_what_is_not_owed(ledger, pool) == 0
    for _ in range(2):
        await city.happens(registry.SiteSuspended(organisation=city.three, suspended_on=city.today))
        assert await lift_what_is_not_owed(ledger, pool) == 1
        assert {each.school for each in await city.rows()} == {city.one, city.two}
        assert (await lift_what_is_not_owed(ledger, pool), await city.look()) == (0, 0)
        await city.happens(registry.SiteResumed(organisation=city.three, resumed_on=city.today))
        assert await city.look() == 1
        assert {each.school for each in await city.rows()} == {city.one, city.two, city.three}


async def test_the_views_of_a_day_with_a_lifted_duty_are_the_same_when_rebuilt(city: City) -> None:
    await city.happens(city.rules(city.today))
    await city.look()
    await city.rows()
    await city.happens(registry.SiteClosed(organisation=city.three, closed_on=city.today, heir=city.one))
    assert await lift_what_is_not_owed(city.wiring.ledger, city.wiring.pool) == 1
    assert len(await city.rows()) == 2
    assert (await rebuild(city.wiring.projector)).equal


async def test_on_a_simulated_log_nothing_is_opened_or_closed(bare_dsn: str, tmp_path: Path) -> None:
    await migrate(bare_dsn, origin="wenze.test/log", clock="simulated", opened_at=datetime(2020, 2, 3, 4, tzinfo=UTC))
    async with open_wiring(settings_for(bare_dsn, tmp_path)) as wiring:
        projecting = asyncio.create_task(wiring.projector.run())
        city = City(wiring)
        await city.founded()
        await city.happens(city.rules(city.today - 30 * DAY))
        await city.opened_by_hand(city.today - 4 * DAY, city.north, city.one)
        looking = asyncio.create_task(
            keep_looking(wiring.ledger, wiring.pool, every_s=0.05, simulated=wiring.simulated)
        )
        missed = Query((QueryItem(frozenset({"DutyMissed"})),))
        async with asyncio.timeout(30):
            await anext(aiter(wiring.ledger.log.follow(0, query=missed)))
        await asyncio.sleep(0.5)
        assert not looking.done()
        assert await city.reports() == city.owed(city.today - 4 * DAY, city.one)
        assert not [each.report for each in await city.rows() if each.closes_at > wiring.ledger.clock.now()]
        assert not (await wiring.ledger.log.read(Query((QueryItem(frozenset({"DutyClosed"})),)))).events
        for task in (looking, projecting):
            task.cancel()
        await asyncio.wait((looking, projecting))
