"""A client's time decides nothing: it is refused in every body and passed over everywhere else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office
from tests.api.test_routes import BODIES

CLAIMS = ("received_at", "recorded_at", "occurred_at")
LONG_AGO = "2020-02-09T06:00:00Z"


@pytest.mark.parametrize("name", BODIES)
def test_no_command_takes_an_instant_of_its_arrival(name: str) -> None:
    assert BODIES[name].model_fields.keys().isdisjoint({*CLAIMS, "at", "late"})


async def _row(city: City) -> dict[str, Any]:
    fresh = {"Wenze-Position-AtLeast": (await city.reporter.sees("/api/v1/whoami")).headers["wenze-position"]}
    (row,) = (await city.reporter.sees(f"/api/v1/schools/{city.school}/days", **fresh)).json()["rows"]
    return dict(row)


async def test_a_filing_that_brings_its_own_time_is_refused_and_one_that_claims_it_elsewhere_counts_when_it_came(
    office: Office,
) -> None:
    city = await found_city(office)
    await open_day(city)
    filing: dict[str, Any] = {"report": city.report(), "content": city.content()}
    for claim in CLAIMS:
        for body in (filing | {claim: LONG_AGO}, filing | {"content": city.content(**{claim: LONG_AGO})}):
            answer = await city.reporter.does("reporting", "submit_report", **body)
            assert (answer.status_code, answer.json()["field"].rpartition(".")[2]) == (422, claim)
    assert not (await _row(city))["answered"]

    claims = {"Date": "Sun, 09 Feb 2020 06:00:00 GMT", "X-Received-At": LONG_AGO, "Wenze-Received-At": LONG_AGO}
    before = datetime.now(UTC)
    answer = await office.client.post(
        f"/api/v1/reporting/submit_report?received_at={LONG_AGO}&occurred_at={LONG_AGO}",
        json=filing,
        headers=city.reporter.headers() | claims,
    )
    after = datetime.now(UTC)
    assert answer.status_code == 200, answer.text
    row = await _row(city)
    for instant in (answer.json()["received_at"], row["received_at"], row["counted_at"]):
        assert before <= datetime.fromisoformat(instant) <= after
