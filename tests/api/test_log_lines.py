"""One line for each request and each projected batch, and in none of them what a person is called or wrote."""

import json
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import LogCapture

from api.logs import request_line, without_what_was_said
from tests.api.city import found_city, open_day
from tests.api.conftest import Office

Lines = list[dict[str, object]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged, as it would be written."""
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[without_what_was_said, capture])
    try:
        yield capture.entries
    finally:
        structlog.configure(**before)


async def test_every_request_and_every_batch_has_its_line_and_no_line_is_personal(lines: Lines, office: Office) -> None:
    city = await found_city(office)
    await open_day(city)
    report = city.report()
    await city.reporter.did("reporting", "submit_report", report=report, content=city.content(remarks="王小明发热"))
    await city.reporter.sees(f"/api/v1/reports/{report}?secret=王小明")
    await city.reporter.sees("/api/v1/王小明")
    fresh = {"Wenze-Position-AtLeast": (await city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
    await city.officer.sees("/api/v1/views/missing_now", **fresh)

    (filed,) = [each for each in lines if each.get("command") == "submit_report"]
    assert filed.keys() == {
        "event", "log_level", "request_id", "method", "route", "status", "duration_ms", "command", "position",
        "duplicate",
    }  # fmt: skip
    requests = [each for each in lines if each["event"] == "request"]
    assert len({each["request_id"] for each in requests}) == len(requests)
    assert requests[-3]["route"] == "unknown"
    batches = [each for each in lines if each["event"] == "projected"]
    assert batches
    assert all(each.keys() >= {"first", "last", "views", "stopped", "duration_ms"} for each in batches)
    said = json.dumps(lines, ensure_ascii=False, default=repr)
    for secret in ("王小明", "合成", "13800000000", city.reporter.token, city.reporter.id, city.school):
        assert secret not in said, secret


async def test_a_line_says_where_an_error_was_raised_and_not_what_it_says(
    lines: Lines, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> str:
        try:
            raise ValueError("王小明 13800000000")
        except ValueError as error:
            raise RuntimeError("又是王小明") from error

    monkeypatch.setattr("api.tokens.person_of", broken)
    answer = await office.client.get("/api/v1/whoami", headers={"Authorization": "Bearer wz_x"})
    assert answer.status_code == 500
    (line,) = [each for each in lines if each["event"] == "request"]
    assert "builtins.RuntimeError" in str(line["exception"])
    assert "builtins.ValueError" in str(line["exception"])
    assert "broken" in str(line["exception"])
    assert "王小明" not in repr(lines)


@pytest.mark.parametrize("as_json", [True, False])
def test_no_output_of_ours_shows_what_variables_held(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    from api import logs

    before = structlog.get_config()
    try:
        logs.configure(as_json=as_json)
        try:
            name = "王小明"
            raise RuntimeError(name)
        except RuntimeError as error:
            request_line({"route": "/"}, error)
    finally:
        structlog.configure(**before)
    said = capsys.readouterr()
    assert "RuntimeError" in said.err
    assert "王小明" not in said.err
    assert said.out == ""
