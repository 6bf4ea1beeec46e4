"""What the routes over views answer, to whom, and for how long a span."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

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


async def test_a_figure_says_whether_it_is_rebuilt_and_on_what(city: City) -> None:
    figures = (await seen(city, "views/article_figures"))["figures"]
    assert figures["31"] == {"status": "not yet"}
    assert {row for row, each in figures.items() if each["status"] == "rebuilt"} == {str(n) for n in range(2, 11)}
    schools = figures["2"]
    assert (schools["value"], schools["relation"], schools["status"]) == (3, "=", "rebuilt")
    evidence = await city.officer.sees(schools["events"])
    assert len(evidence.json()["positions"]) == 3
    assert figures["4"]["coverage"].keys() == {"expected", "reported", "day", "expected_on_day", "reported_on_day"}


@pytest.mark.parametrize("of", ["organisation", "person"])
async def test_appointments_one_by_one_are_all_of_them(city: City, of: str) -> None:
    for n in range(3):
        await city.hire(f"reporter-{n}", "school.reporter", city.school)
    for n, role in enumerate(("school.principal", "school.class_teacher", "school.reporter")):
        await city.registrar.did(
            "registry", "appoint", appointment=str(uuid4()), person=city.stranger.id, role=role,
            organisation=(city.school, city.neighbour, city.neighbour)[n], valid_from=datetime.now(UTC).isoformat(),
        )  # fmt: skip
    path = f"organisations/{city.school}" if of == "organisation" else f"people/{city.stranger.id}"
    every = (await seen(city, f"{path}/appointments"))["rows"]
    assert len(every) == (6 if of == "organisation" else 4)
    found, cursor = [], ""
    while cursor is not None:
        answer = await seen(city, f"{path}/appointments?limit=1{cursor and '&after=' + cursor}")
        found += answer["rows"]
        cursor = answer.get("next")
    assert found == every


# What these answer stands in published files, in a table of requests, or in the asker's own words: no view has it.
NOT_FROM_A_VIEW = {
    "ask_enrolment", "bundle_of_positions", "bundle_of_report", "bundle_of_school", "key_options", "log_state",
    "pending_enrolment", "receipt", "receipt_proof", "statements",
}  # fmt: skip


async def test_the_document_names_the_position_that_every_answer_of_a_view_or_command_tells(office: Office) -> None:
    operations = [
        operation
        for path, methods in office.app.openapi()["paths"].items()
        if path.startswith("/api/v1/")
        for operation in methods.values()
    ]
    without = {
        each["operationId"]
        for each in operations
        if "Wenze-Position" not in each["responses"]["200"].get("headers", {})
    }
    assert len(operations) > 50
    assert without == NOT_FROM_A_VIEW
