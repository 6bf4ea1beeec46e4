"""A site closes or merges: its heir answers what it left open, duties and returns, from filing to roll-up."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres.views.duties_left import fetch_duties_left
from api.heirs import hand_over
from domain.ledger.query import Query, QueryItem
from domain.registry.events import SiteClosed, SiteMerged, SiteSuspended
from domain.reporting.events import DutyLifted, DutyOpened
from tests.api.city import City, found_city, open_earlier_day
from tests.api.conftest import Office, running, settings_for

DAY = timedelta(days=1)


@pytest.fixture
async def office(dsn: str, tmp_path: Path) -> AsyncIterator[Office]:
    """Without a service clock that would be quicker than the test."""
    async with running(settings_for(dsn, tmp_path, missed_clock=3600)) as started:
        yield started


async def city_of(office: Office, days: int = 1) -> City:
    city = await found_city(office)
    await open_earlier_day(city, days=days)
    for name, role in (("old_reporter", "school.reporter"), ("old_principal", "school.principal")):
        await city.hire(name, role, city.neighbour)
    return city


async def standing(city: City) -> dict[str, Any]:
    """How the neighbour's day stands, as its district sees it."""
    fresh = {"Wenze-Position-AtLeast": (await city.reviewer.sees("/api/v1/whoami")).headers["wenze-position"]}
    span = f"first_day={city.day}&last_day={city.day}"
    rows = (await city.officer.sees(f"/api/v1/views/school_day?{span}", **fresh)).json()["rows"]
    return dict(next(row for row in rows if row["school"] == city.neighbour))


def today(city: City) -> str:
    """The first day without the site; what it left is of the day before."""
    return (city.day + DAY).isoformat()


async def ends(city: City, how: str) -> None:
    named = {"closed_on": today(city), "heir": city.school}
    if how == "merge_site":
        named = {"merged_on": today(city), "into": city.school}
    await city.registrar.did("registry", how, organisation=city.neighbour, **named)
    await city.officer.did(
        "reporting", "inherit_duty", report=city.report(city.neighbour), closed=city.neighbour, heir=city.school
    )


@pytest.mark.parametrize("how", ["close_site", "merge_site"])
async def test_the_heir_files_and_signs_what_the_site_left_open(office: Office, how: str) -> None:
    city = await city_of(office)
    report = city.report(city.neighbour)
    early = await city.reporter.does("reporting", "submit_report", report=report, content=city.content())
    assert (early.status_code, early.json()["code"]) == (403, "wrong_organisation")
    await ends(city, how)
    assert (await standing(city))["heir"] == city.school
    await city.reporter.did("reporting", "submit_report", report=report, content=city.content())
    digest = (await standing(city))["digest"]
    for person, level in ((city.principal, 1), (city.reviewer, 2)):
        await person.signed("sign_report", report=report, level=level, digest=digest)
    assert (await standing(city))["signed_level"] == 2


async def test_the_heir_corrects_what_was_returned_and_sees_it(office: Office) -> None:
    city = await city_of(office)
    report = city.report(city.neighbour)
    said = city.content(prepared_by=city.old_reporter.id)
    await city.old_reporter.did("reporting", "submit_report", report=report, content=said)
    digest = (await standing(city))["digest"]
    await city.old_principal.signed("sign_report", report=report, level=1, digest=digest)
    await city.reviewer.signed("return_report", report=report, level=2, digest=digest, reason="请核对")
    await ends(city, "merge_site")
    assert (await standing(city))["returned"]
    assert (await city.principal.sees(f"/api/v1/reports/{report}")).status_code == 200
    await city.reporter.did("reporting", "correct_report", report=report, content=city.content(), reason="更正")
    now = await standing(city)
    assert (now["returned"], now["corrected_before"] or now["corrected_after"]) == (False, True)
    await city.principal.signed("sign_report", report=report, level=1, digest=now["digest"])
    assert (await standing(city))["signed_level"] == 1


async def test_the_service_itself_hands_over_what_is_left_open_to_the_heir_of_the_heir_too(office: Office) -> None:
    city = await city_of(office, days=2)
    wiring = office.wiring
    assert await hand_over(wiring.ledger, wiring.pool) == 0
    await city.happens(SiteMerged(organisation=city.neighbour, merged_on=city.day + DAY, into=city.school))
    await standing(city)
    assert await hand_over(wiring.ledger, wiring.pool) == 1
    assert (await standing(city))["heir"] == city.school
    assert await hand_over(wiring.ledger, wiring.pool) == 0
    await city.happens(SiteClosed(organisation=city.school, closed_on=city.day + 2 * DAY, heir=city.far))
    await standing(city)
    assert await hand_over(wiring.ledger, wiring.pool) == 2
    assert (await standing(city))["heir"] == city.far
    await city.stranger.did(
        "reporting", "submit_report", report=city.report(city.neighbour),
        content=city.content(prepared_by=city.stranger.id),
    )  # fmt: skip
    assert await hand_over(wiring.ledger, wiring.pool) == 0


async def test_what_is_owed_anew_after_it_was_lifted_is_handed_over_anew(office: Office) -> None:
    city = await city_of(office)
    wiring, report = office.wiring, city.report(city.neighbour)
    recorded = (await wiring.ledger.log.read(Query((QueryItem(tags=frozenset({f"report:{report}"})),)))).events
    opened = next(each.event for each in recorded if isinstance(each.event, DutyOpened))
    await city.happens(SiteMerged(organisation=city.neighbour, merged_on=city.day + DAY, into=city.school))
    await standing(city)
    assert await hand_over(wiring.ledger, wiring.pool) == 1
    await city.happens(DutyLifted(report=report, district=opened.district, bureau=opened.bureau), opened)
    assert (await standing(city))["heir"] is None
    assert await hand_over(wiring.ledger, wiring.pool) == 1
    assert (await standing(city))["heir"] == city.school


async def test_the_days_of_a_suspension_are_nobodys_inheritance(office: Office) -> None:
    city = await city_of(office)
    wiring = office.wiring
    await city.happens(
        SiteSuspended(organisation=city.neighbour, suspended_on=city.day),
        SiteMerged(organisation=city.neighbour, merged_on=city.day + DAY, into=city.school),
    )
    await standing(city)
    async with wiring.pool.acquire() as connection:
        assert await fetch_duties_left(connection, wiring.ledger.clock.now()) == []


async def test_what_was_answered_is_not_handed_over_until_it_is_returned(office: Office) -> None:
    city = await city_of(office)
    wiring, report = office.wiring, city.report(city.neighbour)
    said = city.content(prepared_by=city.old_reporter.id)
    await city.old_reporter.did("reporting", "submit_report", report=report, content=said)
    digest = (await standing(city))["digest"]
    await city.old_principal.signed("sign_report", report=report, level=1, digest=digest)
    await city.registrar.did(
        "registry", "close_site", organisation=city.neighbour, closed_on=today(city), heir=city.school
    )
    await standing(city)
    assert await hand_over(wiring.ledger, wiring.pool) == 0
    await city.reviewer.signed("return_report", report=report, level=2, digest=digest, reason="请核对")
    await standing(city)
    assert await hand_over(wiring.ledger, wiring.pool) == 1
    assert (await standing(city))["heir"] == city.school
