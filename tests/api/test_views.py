"""What the routes over views answer, to whom, and for how long a span."""

from typing import Any

import pytest

from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office

UNPAGED = ("duty_board", "lateness_by_level", "zero_coverage", "signature_latency")


async def fresh(city: City) -> dict[str, str]:
    return {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}


async def seen(city: City, path: str, person: str = "officer") -> Any:
    answer = await city.people[person].sees(f"/api/v1/{path}", **await fresh(city))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def city(office: Office) -> City:
    founded = await found_city(office)
    await open_day(founded)
    return founded


async def test_a_schools_state_counts_what_it_owed_and_answered(city: City) -> None:
    await city.reporter.did("reporting", "submit_report", report=city.report(), content=city.content())
    position = (await fresh(city))["Wenze-Position-AtLeast"]
    days = (await seen(city, f"schools/{city.school}/days"))["rows"]
    status = days[0]["status"]
    answer = await seen(city, f"views/school_state?school={city.school}")
    assert answer["school"] == city.school
    assert position.endswith(f":{answer['position']}")
    counts = dict.fromkeys(("on_time", "service_delay", "late", "missing", "excused", "open"), 0) | {status: 1}
    assert answer["row"] == counts | {
        "owed": 1, "answered": 1, "corrected_before": 0, "corrected_after": 0, "returned": 0, "fully_signed": 0,
        "first_day": str(city.day), "last_day": str(city.day), "position": days[0]["position"],
    }  # fmt: skip
    before = await seen(city, f"views/school_state?school={city.school}&first_day=2020-01-01&last_day=2020-12-31")
    assert (before["row"]["owed"], before["row"]["first_day"], before["row"]["position"]) == (0, None, 0)
    own = f"/api/v1/views/school_state?school={city.school}"
    assert (await city.principal.sees(own)).status_code == 200
    assert (await city.stranger.sees(own)).json()["code"] == "outside_scope"
    other = await city.officer.sees(f"/api/v1/views/school_state?school={city.district}")
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("view", UNPAGED)
async def test_a_view_that_is_not_paged_takes_two_months_and_no_day_more(city: City, view: str) -> None:
    widest = await city.officer.sees(f"/api/v1/views/{view}?first_day=2020-01-01&last_day=2020-03-02")
    assert widest.status_code == 200, widest.text
    for span in ("first_day=2020-01-01&last_day=2020-03-03", "first_day=1900-01-01&last_day=2199-12-31"):
        refused = await city.officer.sees(f"/api/v1/views/{view}?{span}")
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["field"]) == (422, "span_too_long", "last_day")
        assert problem["details"]["most_days"] == 62


async def test_missing_now_is_about_now_only(office: Office) -> None:
    operation = office.app.openapi()["paths"]["/api/v1/views/missing_now"]["get"]
    assert {each["name"] for each in operation["parameters"]} == {
        "district", "after", "limit", "Wenze-Position-AtLeast",
    }  # fmt: skip
