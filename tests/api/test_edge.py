"""What is odd about a request is said clearly, and never with a 500."""

import base64
import json
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.api.city import found_city
from tests.api.conftest import Office

FOUND = "/api/v1/registry/found_bureau"


async def test_without_a_token_nothing_is_read_or_written(office: Office) -> None:
    answer = await office.client.get("/api/v1/whoami")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"] == "Bearer"
    answer = await office.client.get("/api/v1/whoami", headers={"Authorization": "Bearer wz_nothing"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_unknown")


async def test_a_problem_speaks_chinese_unless_english_is_asked_for(office: Office) -> None:
    answer = await office.client.get("/api/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"], answer.headers["content-language"]) == (
        404,
        "no_such_page",
        "zh",
    )
    answer = await office.client.get("/api/v1/nothing", headers={"Accept-Language": "en;q=0.9, zh;q=0.1"})
    assert answer.json()["title"] == "There is nothing at this address."


async def test_another_method_is_named_as_such(office: Office) -> None:
    answer = await office.client.delete(FOUND)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_a_body_over_the_limit_is_refused_by_its_declared_and_by_its_real_length(office: Office) -> None:
    somebody = await office.person()
    headers = somebody.headers() | {"Content-Type": "application/json"}
    large = b'"' + b"x" * (1024 * 1024) + b'"'
    answer = await office.client.post(FOUND, content=large, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(2000):
            yield b"x" * 1024

    answer = await office.client.post(FOUND, content=chunks(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": NaN}',
        b'{"\\ud800": 1}',
        b'{"name": "\\ud800"}',
        b"null",
        b"[]",
        b'"text"',
    ],
    ids=["cut", "not utf-8", "deep list", "deep object", "endless number", "NaN", "surrogate name", "surrogate",
         "null", "list", "text"],
)  # fmt: skip
async def test_a_body_that_is_no_object_of_ours_is_a_problem(office: Office, body: bytes) -> None:
    somebody = await office.person()
    headers = somebody.headers() | {"Content-Type": "application/json"}
    answer = await office.client.post(FOUND, content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] in ("bad_json", "bad_request", "invalid_request")


async def test_a_body_of_another_type_is_a_problem(office: Office) -> None:
    somebody = await office.person()
    answer = await office.client.post(
        FOUND, content=b"a=1", headers=somebody.headers() | {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


async def test_wrong_fields_are_named_and_never_repeated(office: Office) -> None:
    somebody = await office.person()
    answer = await somebody.does(
        "registry", "found_bureau", bureau="no id", name="局", registrar_code="R", registrar_name="王秘密",
        appointment=str(uuid4()), more=1,
    )  # fmt: skip
    assert answer.status_code == 422
    problem = answer.json()
    assert {each["field"] for each in problem["details"]["errors"]} == {"body.bureau", "body.more"}
    assert "王秘密" not in answer.text


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("schools/{school}/state?as_of={name}", "as_of"),
        ("schools/{school}/state?as_of=2020-02-03{name}", "as_of"),
        ("schools/{name}/days", "path.school"),
        ("events?type={name}", "query.type.0"),
        ("events?type=Wang", "type"),
        ("events?tag={name}:1", "query.tag.0"),
        ("events?recorded_from={name}", "query.recorded_from"),
        ("views/school_day?first_day={name}&last_day=2020-02-03", "query.first_day"),
        ("views/school_day?first_day=2020-02-03&last_day=2020-02-03&status={name}", "query.status"),
        ("organisations?after={name}", "after"),
    ],
)
async def test_no_value_of_a_request_is_repeated(office: Office, path: str, field: str) -> None:
    city = await found_city(office)
    answer = await city.officer.sees(f"/api/v1/{path.format(school=city.school, name='王小明')}")
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (422, field)
    assert not {"王", "Wang"} & {*answer.text, *re.findall("Wang", answer.text)}


async def test_the_name_of_a_field_that_nobody_here_has_given_is_not_repeated(office: Office) -> None:
    somebody = await office.person()
    answer = await somebody.does(
        "registry", "found_bureau", bureau=str(uuid4()), name="局", registrar_code="R", registrar_name="合成",
        appointment=str(uuid4()), 王小明=1,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["field"]) == (422, "body.?")
    assert "王" not in answer.text


async def test_a_command_needs_a_key(office: Office) -> None:
    somebody = await office.person()
    headers = somebody.headers()
    for key in ("", "nothing", "zzzzzzzz-0000-0000-0000-000000000000"):
        answer = await office.client.post(FOUND, json={}, headers=headers | {"Idempotency-Key": key})
        assert answer.status_code == 422
        assert "header.idempotency-key" in json.dumps(answer.json())


async def test_what_nobody_foresaw_is_a_problem_without_its_reason(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> str:
        raise RuntimeError("a secret")

    monkeypatch.setattr("api.tokens.person_of", broken)
    answer = await office.client.get("/api/v1/whoami", headers={"Authorization": "Bearer wz_x"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("views/school_day?{span}", ["2020-02-03", "\u0000", "", ""]),
        ("views/school_day?{span}", ["2020-02-03", "x"]),
        ("views/late_reports?{span}", ["9999-12-31", "x", "\ud800", ""]),
        ("views/rollup_tree?{span}", ["2020-02-03", 2**70, ""]),
        ("views/rollup_tree?{span}", ["2020-02-03", 2**40, ""]),
        ("views/signature_latency?by=person&{span}", ["a", 2**33]),
        ("views/missing_now?", ["0001-01-01T00:00:00+23:59", ""]),
        ("views/missing_now?", ["9999-12-31T23:59:59-23:59", ""]),
        ("organisations?", ["\u0000"]),
        ("organisations?", {"a": 1}),
    ],
)
async def test_a_cursor_that_no_page_gave_is_named(office: Office, path: str, key: object) -> None:
    city = await found_city(office)
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    span = f"first_day={city.day}&last_day={city.day}"
    answer = await city.officer.sees(f"/api/v1/{path.format(span=span)}&after={cursor}")
    assert (answer.status_code, answer.json()["field"]) == (422, "after")


@pytest.mark.parametrize(
    "as_of", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59", "yesterday", "2020-02-03", "", "%C2%B2"]
)
async def test_an_instant_that_is_none_is_named_on_pages_too(office: Office, as_of: str) -> None:
    city = await found_city(office)
    answer = await city.officer.sees(f"/api/v1/schools/{city.school}/state?as_of={as_of}")
    assert (answer.status_code, answer.json()["field"]) == (422, "as_of")
    page = await office.client.get(f"/?as_of={as_of}")
    assert page.status_code == (422 if as_of else 200)


async def test_an_instant_is_found_although_entries_after_it_cannot_be_read(office: Office) -> None:
    city = await found_city(office)
    lines = (await city.officer.sees("/api/v1/events")).text.splitlines()
    middle = json.loads(lines[len(lines) // 2])
    await office.wiring.pool.execute(
        "INSERT INTO ledger.event SELECT position + n, gen_random_uuid(), 'Unknown', 'open', now(), '{}', leaf"
        " FROM ledger.event, generate_series(1, 100) AS n WHERE position = (SELECT max(position) FROM ledger.event)"
    )
    await office.wiring.pool.execute("UPDATE ledger.head SET position = position + 100")
    until = await city.officer.sees(f"/api/v1/events?recorded_to={middle['recorded_at']}")
    assert until.status_code == 200
    assert [json.loads(line)["position"] for line in until.text.splitlines()] == [
        json.loads(line)["position"] for line in lines if json.loads(line)["recorded_at"] < middle["recorded_at"]
    ]
