"""Importing sites, people and appointments: all or nothing, row by row, and safe to repeat."""

import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest
import xlsxwriter

from adapters.files.tables import read_table
from adapters.ids import SeededIds
from adapters.memory import InMemoryEventLog
from adapters.memory_vault import InMemoryVault
from adapters.preparation import MAX_EVENTS
from api.importing import ImportReport, Outcome, import_table, registry_history
from api.ledger import Ledger, request_bytes
from api.row_errors import row_error
from domain.catalogue import CATALOGUE
from domain.ledger.entry import Actor, Context
from domain.ledger.errors import OutcomeUnknown
from domain.ledger.event import Event
from domain.ledger.ports import Append, Receipt
from domain.ledger.time import at_shanghai
from domain.registry.authority import Acting
from domain.registry.events import Appointed, OrganisationKind, OrganisationRegistered, PersonRegistered, Relieved, Role
from domain.registry.found_bureau import FoundBureau
from domain.registry.import_appointments import APPOINTMENTS
from domain.registry.import_people import PEOPLE
from domain.registry.import_rows import MAX_ROWS, day_of
from domain.registry.import_sites import SITES
from domain.registry.importing import Import
from domain.registry.register_organisation import RegisterOrganisation
from tests.domain.registry.town import AS_REGISTRAR, AT, BUREAU, REGISTRAR, REGISTRAR_OFFICE, SEALED, uuid

KEY = "00000000-0000-4000-8000-000000000001"


class Fixed:
    at = AT

    def now(self) -> datetime:
        return self.at


class Failing(InMemoryEventLog):
    """``dies`` says what becomes of the next append that holds events, and ``meanwhile`` what happens just before."""

    dies: Literal["never", "before", "after"] = "never"
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def append(self, append: Append) -> Receipt:
        if not append.events:
            return await super().append(append)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        dies, self.dies = self.dies, "never"
        if dies == "before":
            raise OutcomeUnknown("the database is gone")
        receipt = await super().append(append)
        if dies == "after":
            raise OutcomeUnknown("the answer is gone")
        return receipt


class City:
    def __init__(self) -> None:
        self.clock = clock = Fixed()
        self.log = Failing(CATALOGUE, clock)
        self.vault = InMemoryVault()
        self.ledger = Ledger(log=self.log, clock=clock, ids=SeededIds(1, clock), vault=self.vault, origin="test/log")

    async def founded(self) -> "City":
        await self.ledger.carry_out(
            lambda: FoundBureau(
                bureau=BUREAU,
                name="教育局",
                registrar_person=REGISTRAR,
                registrar_code="P101",
                registrar_name=SEALED,
                appointment=REGISTRAR_OFFICE,
                at=AT,
            ),
            actor=Actor(person=REGISTRAR),
            key=KEY,
            request=b"{}",
        )
        return self

    async def import_(self, importing: Import, content: str | bytes, acting: Acting = AS_REGISTRAR) -> ImportReport:
        file = read_table(content.encode() if isinstance(content, str) else content)
        return await import_table(self.ledger, file, importing, acting, await registry_history(self.ledger))

    async def events(self, kind: type[Event]) -> list[Any]:
        return [one.event for one in (await self.log.read()).events if isinstance(one.event, kind)]


@pytest.fixture
async def city() -> City:
    return await City().founded()


SITE_ROWS = """编号,名称,类型,上级,开办日期,公办
P01,第一小学,小学,D1,2010-09-01,是
K01,第一幼儿园,幼儿园,D1,2012/9/1,民办
D1,学区-01,学区,,2010年9月1日,公办
"""
PEOPLE_ROWS = "人员编号,姓名,电话\nT1,张三,13800000000\nT2,李四,\n"
APPOINTMENT_ROWS = """人员编号,角色,单位编号,任职开始,任职结束,代理
T1,校长,P01,2020-01-01,2020-08-31,
T2,信息报送专人,P01,2020-01-01 08:30,,
T2,校长,P01,2020-03-01,2020-03-05,T1
"""


def found(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in report.errors]


async def test_sites_people_and_appointments_come_in(city: City) -> None:
    sites = await city.import_(SITES, SITE_ROWS)
    assert (sites.outcome, sites.is_complete, sites.rows) == (Outcome.STORED, True, 3)
    people = await city.import_(PEOPLE, PEOPLE_ROWS.encode("gb18030"))
    assert (people.outcome, people.rows) == (Outcome.STORED, 2)
    appointments = await city.import_(APPOINTMENTS, APPOINTMENT_ROWS)
    assert (appointments.outcome, appointments.rows) == (Outcome.STORED, 3)
    assert (appointments.first_position, appointments.last_position) == (
        len(city.log.entries) - 2,
        len(city.log.entries),
    )

    by_code = {one.code: one for one in await city.events(OrganisationRegistered)}
    assert by_code["P01"].parent == by_code["D1"].organisation
    assert by_code["D1"].parent == BUREAU
    assert (by_code["K01"].kind, by_code["K01"].public) == (OrganisationKind.KINDERGARTEN, False)
    assert by_code["K01"].opened_on == date(2012, 9, 1)
    principal, reporter, acting = (await city.events(Appointed))[1:]
    assert (principal.valid_from, principal.valid_to) == (
        at_shanghai(date(2020, 1, 1), "00:00"),
        at_shanghai(date(2020, 8, 31), "24:00"),
    )
    assert reporter.valid_from == at_shanghai(date(2020, 1, 1), "08:30")
    assert (acting.acting_for, acting.role) == (principal.appointment, Role.PRINCIPAL)


async def test_names_and_numbers_are_sealed_and_never_in_the_log(city: City) -> None:
    await city.import_(PEOPLE, PEOPLE_ROWS)
    stored = b"".join(city.log.entries).decode()
    assert "张三" not in stored
    assert "13800000000" not in stored
    first = (await city.events(PersonRegistered))[1]
    assert await city.vault.open(first.name) == "张三"
    assert await city.vault.open(first.phone) == "13800000000"


async def test_the_same_file_twice_stores_nothing_more(city: City) -> None:
    await city.import_(SITES, SITE_ROWS)
    await city.import_(PEOPLE, PEOPLE_ROWS)
    await city.import_(APPOINTMENTS, APPOINTMENT_ROWS)
    before = list(city.log.entries)
    for importing, rows in ((SITES, SITE_ROWS), (PEOPLE, PEOPLE_ROWS), (APPOINTMENTS, APPOINTMENT_ROWS)):
        again = await city.import_(importing, rows)
        assert (again.outcome, again.is_complete) == (Outcome.ALREADY, True)
    assert city.log.entries == before


async def test_one_wrong_row_keeps_all_rows_out(city: City) -> None:
    before = len(city.log.entries)
    report = await city.import_(SITES, SITE_ROWS + "P01,又一小学,小学,D1,2010-09-01,是\nP03,,大学,D9,昨天,也许\n")
    assert found(report) == [
        (5, "code", "repeated_in_file"),
        (6, "name", "cell_empty"),
        (6, "kind", "cell_not_one_of"),
        (6, "opened_on", "cell_not_a_date"),
        (6, "public", "cell_not_one_of"),
        (6, "parent", "code_unknown"),
    ]
    assert report.errors[0].details == {"first_row": 2}
    assert (report.outcome, report.rows, len(city.log.entries)) == (Outcome.REFUSED, 5, before)


async def test_rows_are_checked_against_the_registry_by_its_own_rules(city: City) -> None:
    await city.import_(SITES, SITE_ROWS)
    report = await city.import_(SITES, SITE_ROWS.replace("第一小学", "另一小学"))
    assert found(report) == [(2, "code", "organisation_code_taken")] + [
        (row, "code", "organisation_code_taken") for row in (3, 4)
    ]
    await city.import_(PEOPLE, PEOPLE_ROWS)
    rows = APPOINTMENT_ROWS.splitlines()[0]
    report = await city.import_(
        APPOINTMENTS,
        "\n".join(
            (
                rows,
                "T1,学区审核员,P01,2020-01-01,,",
                "T1,校长,P01,2020-02-01,2020-01-31,",
                "T9,校长,X9,2020-01-01,,",
                "T1,登记员,教育局,2020-01-01,,",
                "T2,校长,P01,2020-03-01,,T1",
                "T1,班主任,P01,2009-01-01,,",
                "T1,机器,P01,2020-01-01,,",
            )
        ),
    )
    assert found(report) == [
        (2, "role", "role_unfit"),
        (3, "valid_to", "empty_interval"),
        (4, "person", "code_unknown"),
        (4, "organisation", "code_unknown"),
        (6, "acting_for", "holds_no_such_office"),
        (6, "valid_to", "cell_empty"),
        (7, "valid_from", "not_yet_opened"),
        (8, "role", "cell_not_one_of"),
    ]


async def test_only_a_registrar_imports(city: City) -> None:
    nobody = Acting(person=uuid(999), appointment=REGISTRAR_OFFICE, at=AT)
    report = await city.import_(PEOPLE, PEOPLE_ROWS, nobody)
    assert found(report) == [(2, "", "not_appointed"), (3, "", "not_appointed")]


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        ("编号\nP1\n", [(1, "name", "column_missing")]),
        ("编号,姓名,备注\nP1,张,x\n", [(1, "备注", "column_unknown")]),
        ("编号,姓名,工号\nP1,张,P2\n", [(1, "code", "column_twice")]),
        ("编号,姓名\n", [(1, "", "table_empty")]),
        (",,\n,\n", [(1, "", "table_empty")]),
        ("编号,姓名\nP1,张,李\n", [(2, "", "cell_without_header")]),
        ("编号,姓名\nP 1,张\n", [(2, "code", "invalid")]),
        ('编号,姓名\nP1,"张\n三"\n', [(3, "name", "invalid")]),
    ],
)
async def test_wrong_tables_say_what_is_wrong(city: City, content: str, errors: list[Any]) -> None:
    assert found(await city.import_(PEOPLE, content)) == errors


async def test_text_that_looks_like_a_formula_is_text(city: City) -> None:
    await city.import_(PEOPLE, "code,name\nP1,=HYPERLINK(1)\n")
    assert await city.vault.open((await city.events(PersonRegistered))[1].name) == "=HYPERLINK(1)"


async def test_xlsx_with_dates_as_numbers_and_codes_as_numbers(city: City) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for column, header in enumerate(("code", "name", "kind", "parent", "opened_on", "public")):
            sheet.write_string(0, column, header)
        for number, row in enumerate(
            [(1001, "学区", "district", "", 40422, 1), (1002, "小学", "PRIMARY", 1001, "20100901", True)]
        ):
            for column, value in enumerate(row):
                sheet.write(number + 1, column, value)
    report = await city.import_(SITES, file.getvalue())
    assert found(report) == []
    by_code = {one.code: one for one in await city.events(OrganisationRegistered)}
    assert by_code["1001"].opened_on == by_code["1002"].opened_on == date(2010, 9, 1)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (datetime(2020, 2, 9, 8, tzinfo=UTC), date(2020, 2, 9)),
        (43870, date(2020, 2, 9)),
        (43870.0, date(2020, 2, 9)),
        ("2020-2-9", date(2020, 2, 9)),
        ("2020.02.09", date(2020, 2, 9)),
        ("20200209", date(2020, 2, 9)),
        (20200209, date(2020, 2, 9)),
        ("2020-02-30", None),
        ("43870", None),
        (43870.5, None),
        (-1, None),
        (True, None),
        ("", None),
        ("٢٠٢٠-٠٢-٠٩", None),
    ],
)
def test_what_a_cell_means_as_a_day(cell: Any, day: date | None) -> None:
    assert day_of(cell) == day


HUNDRED = "code,name\n" + "".join(f"N{n},某{n}\n" for n in range(100))


@pytest.mark.parametrize(("dies", "in_by_then", "then"), [("before", 0, "stored"), ("after", 100, "already")])
async def test_when_the_database_goes_all_is_in_or_nothing_and_the_same_import_finds_out(
    city: City, dies: Literal["before", "after"], in_by_then: int, then: str
) -> None:
    city.log.dies = dies
    report = await city.import_(PEOPLE, HUNDRED)
    assert (report.outcome, report.is_complete, report.errors) == (Outcome.UNKNOWN, False, [])
    assert len(await city.events(PersonRegistered)) == 1 + in_by_then

    again = await city.import_(PEOPLE, HUNDRED)
    assert (again.outcome, again.is_complete, again.rows) == (Outcome(then), True, 100)
    people = await city.events(PersonRegistered)
    assert len(people) == 101
    assert await city.vault.open(people[-1].name) == "某99"


async def register_d1(city: City) -> None:
    await city.ledger.carry_out(
        lambda: RegisterOrganisation(
            acting=AS_REGISTRAR,
            organisation=uuid(950),
            kind=OrganisationKind.DISTRICT,
            code="D1",
            name="又一学区",
            parent=BUREAU,
            opened_on=date(2010, 9, 1),
            public=True,
        ),
        actor=Actor(person=REGISTRAR),
        key=KEY.replace("1", "2"),
        request=request_bytes("register_organisation", {}),
    )


async def test_when_somebody_is_quicker_the_report_names_the_row_and_nothing_is_in(city: City) -> None:
    city.log.meanwhile = lambda: register_d1(city)
    report = await city.import_(SITES, SITE_ROWS)
    assert found(report) == [(4, "code", "organisation_code_taken")]
    assert report.outcome is Outcome.REFUSED
    assert len(await city.events(OrganisationRegistered)) == 1


async def test_what_somebody_else_does_meanwhile_does_not_disturb_an_import_it_does_not_touch(city: City) -> None:
    city.log.meanwhile = lambda: register_d1(city)
    report = await city.import_(PEOPLE, PEOPLE_ROWS)
    assert (report.outcome, report.rows) == (Outcome.STORED, 2)


async def test_when_the_office_of_the_registrar_ends_on_the_way_nothing_is_in(city: City) -> None:
    async def relieve() -> None:
        end = Relieved(
            appointment=REGISTRAR_OFFICE, person=REGISTRAR, organisation=BUREAU, relieved_at=AT + timedelta(seconds=1)
        )
        context = Context(actor=Actor(person=REGISTRAR), received_at=AT, key=KEY.replace("1", "3"), request=b"{}")
        await city.log.append(Append(events=(end,), ids=(uuid(990),), command="relieve", context=context))
        city.clock.at = AT + timedelta(seconds=2)

    city.log.meanwhile = relieve
    report = await city.import_(PEOPLE, HUNDRED)
    assert found(report) == [(0, "", "ended_before_recorded")]
    assert len(await city.events(PersonRegistered)) == 1


async def test_the_same_file_imported_twice_at_once_is_in_once(city: City) -> None:
    async def again() -> None:
        other.append(await city.import_(PEOPLE, HUNDRED))

    other: list[ImportReport] = []
    city.log.meanwhile = again
    report = await city.import_(PEOPLE, HUNDRED)
    assert [report.outcome, other[0].outcome] == [Outcome.ALREADY, Outcome.STORED]
    assert len(await city.events(PersonRegistered)) == 101


async def test_the_people_of_a_whole_city_are_one_append(city: City) -> None:
    rows = "code,name,phone\n" + "".join(f"N{n},某{n},138{n:08}\n" for n in range(2_500))
    report = await city.import_(PEOPLE, rows)
    assert (report.outcome, report.rows) == (Outcome.STORED, 2_500)


async def test_a_file_of_more_rows_than_an_append_takes_is_refused_before_anything_is_decided(city: City) -> None:
    assert MAX_ROWS <= MAX_EVENTS
    rows = "code,name\n" + "".join(f"N{n},某\n" for n in range(MAX_ROWS + 1))
    report = await city.import_(PEOPLE, rows)
    assert found(report) == [(MAX_ROWS + 2, "", "table_too_long")]


async def test_five_thousand_rows_with_a_duplicate_at_the_end_are_checked_quickly(city: City) -> None:
    rows = "code,name\n" + "".join(f"N{n},某\n" for n in range(5_000)) + "N0,某\n"
    report = await city.import_(PEOPLE, rows)
    assert found(report) == [(5_002, "code", "repeated_in_file")]


async def test_an_error_is_told_in_two_languages_without_what_the_cell_holds(city: City) -> None:
    report = await city.import_(PEOPLE, "code,name,phone\n张三的秘密,张三,1\n")
    told = json.dumps([row_error(error) for error in report.errors], ensure_ascii=False)
    assert "张三" not in told
    assert report.errors[0].code == "invalid"
    assert {"zh", "en"} <= row_error(report.errors[0]).keys()
