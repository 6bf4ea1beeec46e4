"""Deadlines on a real database: nobody is late through our own queue, and an absence is recorded once."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.views.duties_due import fetch_duties_due
from adapters.postgres.views.school_day import fetch_school_days
from api.duty_end import close_what_is_over
from api.ledger import Ledger, request_bytes
from api.main import open_wiring
from api.missed_clock import look_for_missed
from domain.ledger.entry import Actor, Context
from domain.ledger.event import Event
from domain.ledger.ports import Append, Receipt
from domain.ledger.query import Query, QueryItem
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting
from domain.registry.events import Appointed, OrganisationKind, OrganisationRegistered, Role
from domain.reporting.events import Content, DutyOpened, FieldKind, FormField, FormPublished, Nature
from domain.reporting.identifiers import parts_of, report_id
from domain.reporting.standing import DayStatus
from domain.reporting.submit_report import SubmitReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.api.conftest import settings_for

SCHOOLS = 403
RUSH = timedelta(seconds=5)
STALL = timedelta(seconds=10)
FORM = FormPublished(
    form="F1",
    form_version=1,
    title_zh="日报告表",
    title_en="Daily report",
    has_classes=False,
    fields=(
        FormField(name="fever", kind=FieldKind.COUNT, label_zh="发热", label_en="Fever", required=True, positive=True),
    ),
    rules=(),
)


class City:
    """Schools with a reporter each, all of which owe a report by ``due``."""

    def __init__(self, ledger: Ledger, due: datetime, schools: int = SCHOOLS) -> None:
        self.ledger = ledger
        self.due = due
        self.day: date = business_date_of(due)
        self.district, self.bureau = str(uuid4()), str(uuid4())
        self.reporters = {
            str(uuid4()): Acting(person=str(uuid4()), appointment=str(uuid4()), at=due) for _ in range(schools)
        }

    def report(self, school: str) -> str:
        return report_id("F1", self.day, school)

    def happened(self, school: str) -> tuple[Event, ...]:
        by = self.reporters[school]
        return (
            OrganisationRegistered(
                organisation=school,
                kind=OrganisationKind.PRIMARY,
                code=school[-12:],
                name="合成",
                parent=self.district,
                opened_on=date(2010, 9, 1),
                public=True,
            ),
            Appointed(
                appointment=by.appointment,
                person=by.person,
                role=Role.REPORTER,
                organisation=school,
                valid_from=self.due - timedelta(days=100),
            ),
            DutyOpened(
                report=self.report(school),
                form="F1",
                form_version=1,
                school=school,
                district=self.district,
                bureau=self.bureau,
                business_date=self.day,
                rules="r1",
                due_1=self.due,
                due_2=self.due + timedelta(hours=1),
                due_3=self.due + timedelta(hours=2),
                closes_at=self.due + timedelta(days=1),
            ),
        )

    async def founded(self) -> None:
        every = [FORM, *(event for school in self.reporters for event in self.happened(school))]
        for start in range(0, len(every), 300):
            part = tuple(every[start : start + 300])
            context = Context(
                actor=Actor(person=str(uuid4())), received_at=self.ledger.clock.now(), key=str(uuid4()), request=b"{}"
            )
            ids = tuple(self.ledger.ids.new() for _ in part)
            await self.ledger.log.append(Append(events=part, ids=ids, command="found", context=context))

    async def files(self, school: str) -> Receipt:
        """The school's reporter files now: the edge's clock says when."""
        at, by = self.ledger.clock.now(), self.reporters[school]
        acting = Acting(person=by.person, appointment=by.appointment, at=at)
        said = Content(
            nature=Nature.ZERO,
            zero_attestation=True,
            counts={"fever": 0},
            flags={},
            choices={},
            classes=(),
            missing_classes=(),
            prepared_by=by.person,
        )
        report = self.report(school)
        return await self.ledger.carry_out(
            lambda: SubmitReport(acting=acting, origin=self.ledger.origin, report=report, content=said),
            actor=Actor(person=by.person, appointment=by.appointment),
            key=str(uuid4()),
            request=request_bytes(SubmitReport.name, {"report": report}),
            received_at=at,
        )

    async def withdraws(self, school: str) -> Receipt:
        """The school's reporter withdraws now what was filed."""
        at, by, report = self.ledger.clock.now(), self.reporters[school], self.report(school)
        acting = Acting(person=by.person, appointment=by.appointment, at=at)
        return await self.ledger.carry_out(
            lambda: WithdrawReport(acting=acting, report=report, reason="ab" * 32),
            actor=Actor(person=by.person, appointment=by.appointment),
            key=str(uuid4()),
            request=request_bytes(WithdrawReport.name, {"report": report}),
            received_at=at,
        )


async def until(ledger: Ledger, instant: datetime) -> None:
    await asyncio.sleep(max((instant - ledger.clock.now()).total_seconds(), 0))


@pytest.mark.slow
async def test_403_filings_in_the_last_five_seconds_are_in_time_while_the_database_stalls_for_ten(
    dsn: str, tmp_path: Path
) -> None:
    async with open_wiring(settings_for(dsn, tmp_path)) as wiring:
        ledger = wiring.ledger
        city = City(ledger, ledger.clock.now() + timedelta(seconds=15))
        await city.founded()
        await wiring.projector.catch_up()
        rush = city.due - RUSH
        assert ledger.clock.now() < rush, "the city was founded in time"
        await until(ledger, rush)
        other = await asyncpg.connect(dsn)
        try:
            async with other.transaction():
                await other.execute("SELECT 1 FROM ledger.head FOR UPDATE")
                filings = []
                for number, school in enumerate(city.reporters):
                    await until(ledger, rush + number * (RUSH - timedelta(milliseconds=300)) / SCHOOLS)
                    filings.append(asyncio.create_task(city.files(school)))
                assert ledger.clock.now() <= city.due, "all have filed by the deadline"
                await until(ledger, city.due + timedelta(seconds=1))
                looking = asyncio.create_task(look_for_missed(ledger, wiring.pool))
                await until(ledger, rush + STALL)
                assert not any(each.done() for each in filings), "the database stands still"
        finally:
            await other.close()
        receipts = await asyncio.gather(*filings)
        missed = await looking
        await wiring.projector.catch_up()
        async with wiring.pool.acquire() as connection:
            rows = await fetch_school_days(connection, city.day, city.day, limit=SCHOOLS + 1)
    assert missed == 0
    assert all(each.received_at <= city.due < each.recorded_at for each in receipts)
    assert Counter(each.status for each in rows) == {DayStatus.SERVICE_DELAY: SCHOOLS}
    assert not any(each.missed_1 for each in rows)
    delays = [each.recorded_at - each.received_at for each in rows if each.recorded_at and each.received_at]
    assert len(delays) == SCHOOLS
    assert min(delays) >= STALL - RUSH


async def test_an_absence_is_recorded_once_however_many_clocks_look(dsn: str, tmp_path: Path) -> None:
    async with open_wiring(settings_for(dsn, tmp_path)) as wiring:
        ledger = wiring.ledger
        city = City(ledger, ledger.clock.now() + timedelta(seconds=3), schools=5)
        await city.founded()
        projecting = asyncio.create_task(wiring.projector.run())  # a clock waits for the view
        filed, withdrawn_early, withdrawn_late, *silent = city.reporters
        for school in (filed, withdrawn_early, withdrawn_late):
            assert (await city.files(school)).received_at < city.due
        await city.withdraws(withdrawn_early)
        assert await look_for_missed(ledger, wiring.pool) == 0
        await until(ledger, city.due + timedelta(milliseconds=1))
        await city.withdraws(withdrawn_late)
        assert sum(await asyncio.gather(*(look_for_missed(ledger, wiring.pool) for _ in range(3)))) == 3
        assert await look_for_missed(ledger, wiring.pool) == 0
        async with wiring.pool.acquire() as connection:
            rows = await fetch_school_days(connection, city.day, city.day)
            at_the_end = await fetch_duties_due(connection, ledger.clock.now() + timedelta(days=9))
        projecting.cancel()
        await asyncio.wait((projecting,))
    assert {each.school for each in rows if each.missed_1} == {withdrawn_early, *silent}
    (closes_at,) = {each.closes_at for each in rows}
    assert [(parts_of(each.report)[2], each.deadline) for each in at_the_end] == [(withdrawn_late, closes_at)]


async def test_a_duty_is_closed_once_after_its_end_and_what_comes_later_is_still_accepted(
    dsn: str, tmp_path: Path
) -> None:
    async with open_wiring(settings_for(dsn, tmp_path)) as wiring:
        ledger = wiring.ledger
        ends = ledger.clock.now() + timedelta(seconds=2)
        city = City(ledger, ends - timedelta(days=1), schools=3)
        await city.founded()
        await wiring.projector.catch_up()
        assert ledger.clock.now() < ends, "the city was founded in time"
        assert await close_what_is_over(ledger, wiring.pool) == 0
        await until(ledger, ends + timedelta(milliseconds=1))
        assert sum(await asyncio.gather(*(close_what_is_over(ledger, wiring.pool) for _ in range(3)))) == 3
        await wiring.projector.catch_up()
        assert await close_what_is_over(ledger, wiring.pool) == 0
        late = next(iter(city.reporters))
        await city.files(late)
        await wiring.projector.catch_up()
        async with wiring.pool.acquire() as connection:
            rows = await fetch_school_days(connection, city.day, city.day)
        closed = await ledger.log.read(Query((QueryItem(frozenset({"DutyClosed"})),)))
    assert {each.event.report for each in closed.events} == {city.report(school) for school in city.reporters}
    assert [each.status for each in rows if each.school == late] == [DayStatus.LATE]
