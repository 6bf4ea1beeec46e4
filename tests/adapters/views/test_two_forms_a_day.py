"""A school that owes two forms for one day: two duties, and no page of any size passes over one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.views.duty_board import fetch_board
from adapters.postgres.views.lateness_by_level import fetch_late_reports
from adapters.postgres.views.school_day import fetch_days_of_school, fetch_school_days
from domain.ledger.time import at_shanghai
from domain.registry.events import OrganisationKind
from domain.reporting.identifiers import report_id
from tests.histories import FIRST_DAY, History, ListedLog, Site, duty, submitted

DAYS = [FIRST_DAY + timedelta(n) for n in range(2)]
SCHOOLS = [Site(f"school-{n}", "district-1", OrganisationKind.PRIMARY) for n in range(2)]
FORMS = ("F1", "F3")
LAST = DAYS[-1]


@dataclass
class Filled:
    reports: list[str]
    connection: asyncpg.Connection


@pytest.fixture
async def filled(dsn: str) -> AsyncIterator[Filled]:
    """Both forms late, on both days, by both schools."""
    history, reports = History(), []
    for day in DAYS:
        for site in SCHOOLS:
            for form in FORMS:
                report = report_id(form, day, site.school)
                opened = msgspec.structs.replace(duty(site, day), report=report, form=form)
                history.happen(opened, at_shanghai(day, "00:00"))
                reports.append(report)
        for site in SCHOOLS:
            for form in FORMS:
                late = submitted(report_id(form, day, site.school), site.district)
                history.happen(msgspec.structs.replace(late, form=form), at_shanghai(day, "15:30"))
    pool = await open_pool(dsn, size=2)
    try:
        await Projector(ListedLog(history.events), pool).catch_up()
        async with pool.acquire() as connection:
            yield Filled(reports, connection)
    finally:
        await pool.close()


async def one_by_one(
    fetch: Callable[[Any], Awaitable[Sequence[Any]]], key: Callable[[Any], Any], start: Any
) -> list[str]:
    found, after = [], start
    while rows := await fetch(after):
        assert len(rows) == 1
        found.append(rows[0].report)
        after = key(rows[0])
    return found


async def test_the_school_days_one_by_one_are_all_of_them(filled: Filled) -> None:
    found = await one_by_one(
        lambda after: fetch_school_days(filled.connection, FIRST_DAY, LAST, after=after, limit=1),
        lambda row: (row.business_date, row.district, row.school, row.form),
        (date.min, "", "", ""),
    )
    assert found == filled.reports


async def test_the_late_reports_one_by_one_are_all_of_them(filled: Filled) -> None:
    found = await one_by_one(
        lambda after: fetch_late_reports(filled.connection, FIRST_DAY, LAST, after=after, limit=1),
        lambda row: (row.business_date, row.district, row.school, row.form),
        (date.min, "", "", ""),
    )
    assert found == filled.reports


async def test_the_days_of_one_school_one_by_one_are_all_of_them(filled: Filled) -> None:
    found = await one_by_one(
        lambda after: fetch_days_of_school(filled.connection, "school-1", after=after, limit=1),
        lambda row: (row.business_date, row.form),
        (date.min, ""),
    )
    assert found == [each for each in filled.reports if each.endswith("school-1")]


async def test_the_board_of_a_form_has_one_cell_for_a_school_and_day(filled: Filled) -> None:
    for form in FORMS:
        cells = await fetch_board(filled.connection, FIRST_DAY, LAST, form=form)
        assert [(each.school, each.business_date) for each in cells] == [
            (site.school, day) for site in SCHOOLS for day in DAYS
        ]
