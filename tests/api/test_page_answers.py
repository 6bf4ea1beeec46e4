"""The pages over a database: two days of a simulated city, and a real log with something of every class in it."""

import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from adapters.postgres.views.article_figures import fetch_figures
from api.pages import ROUTERS
from api.pages.answering import PageRoute
from domain.catalogue import CATALOGUE
from domain.ledger.event import Catalogue, EventClass
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office, running, settings_for
from tests.api.test_reading_rights import InformantNamed, LeadReceived, _happen
from tests.conftest import Server, _drop, _execute, finish
from tests.e2e.city_of_facts import EXTRA_DAY, FIRST_DAY, HEIRLESS, WEEKLY, district, school
from tests.e2e.site import live

BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
PARAMETERS = {
    "/": ("as_of", "lang"),
    "/board": ("district", "form", "from", "to", "lang"),
    f"/schools/{school(0)}": ("form", "until", "lang"),
    "/events": ("type", "tag", "from", "upto", "figure", "as_of", "lang"),
    "/keys": ("lang",),
    "/sign": ("subject", "lang"),
}
OF_THE_BROWSER = {"/keys", "/sign"}
"""They are the same for everybody and hold nothing of the log."""
HOSTILE = [
    quote(text, safe="")
    for text in (
        "", " ", "\0", "a\0b", "0", "-1", "1.5", "1e400", "NaN", "9" * 15, "9" * 16, "9" * 400, "x" * 5_000, "null",
        "true", "[]", "{}", "\u0661\u0662", "\uff11\uff12", "\u00b2", "\uff12\uff10\uff12\uff10-01-27",
        "0001-01-01", "9999-12-31", "1900-01-01",
        "2199-12-31", "2200-01-01", "2020-02-30", "2020-W05-1", "20200202", "-2020-01-01", "2020-02-02T00:00:00Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2199-12-31T23:59:59-14:00", "2020-02-02T00:00:00",
        "2020-02-02T00:00:00+23:59", "F1", "f1", "W1", "ReportSubmitted", "PersonRegistered", "school:", "school:\0",
        "person:x", f"school:{school(0)}", school(0), district(0), f"{school(0)}\n", school(0).upper(), "../../etc",
        "<script>alert(1)</script>", "' OR 1=1 --", "\r\nSet-Cookie: a=b", "\u202e\U0001f600", "%", "%00",
    )
] + ["%", "%zz", "%ff%fe", "%ed%a0%80", "+", "&", "=", "&&=&;"]  # fmt: skip

GARBAGE = [
    b"", b"\xff\xfe", b"\xe4\xb8\xad", b",;,;q=", b"zh;q=nan,en;q=inf", b"en;q=1e999", b"q" * 9_000, b"language",
    b"language=", b"language=\xff; language=en", b"=;=;", b'language="\\"', b"Bearer x",
]  # fmt: skip


@pytest.fixture(scope="module")
def two_days(cluster: Server) -> Iterator[str]:
    """The database of the city of facts with its first two days."""
    from adapters.postgres.migrate import migrate

    name = f"wenze_two_days_{uuid.uuid4().hex}"
    finish(_execute(cluster, f"CREATE DATABASE {name}"))
    try:
        finish(migrate(cluster.dsn(name), origin="wenze.test/city", clock="simulated"))
        finish(live(cluster.dsn(name), 2))
        yield cluster.dsn(name)
    finally:
        finish(_drop(cluster, name))


@pytest.fixture
async def city(two_days: str, tmp_path: Path) -> AsyncIterator[Office]:
    # One database under many folders: the vault belongs to one key.
    async with running(settings_for(two_days, tmp_path, vault_key=SecretStr("ab" * 32))) as started:
        yield started


def page_routes() -> set[str]:
    return {route.path for router in ROUTERS for route in router.routes if isinstance(route, PageRoute)}


def rows_of(page: str) -> list[str]:
    """The events that a page of events lists, by type."""
    return re.findall(r'<code class="typename">(\w+)</code>', page)


def day_of(page: str, anchor: str) -> str:
    """What a school's page tells of one day, without the markup."""
    found = re.search(rf'<ol class="timeline" id="{anchor}".*?</ol>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[0]))


def check(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 404, 422), (answer.url, answer.status_code)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "alert(1)</script>" not in answer.text
    assert "a" not in answer.cookies


@pytest.mark.parametrize("path", PARAMETERS)
async def test_whatever_a_page_is_asked_it_answers_with_a_page_and_never_fails(path: str, city: Office) -> None:
    for name in (*PARAMETERS[path], "unknown", "\0"):
        for value in HOSTILE if name in PARAMETERS[path] and name != "lang" else HOSTILE[::8]:
            check(await city.client.get(f"{path}?{quote(name)}={value}"))
        check(await city.client.get(f"{path}?" + "&".join(f"{quote(name)}={value}" for value in HOSTILE)))
    assert (await city.client.get(path)).status_code == 200


async def test_whatever_a_school_is_called_its_page_answers_and_never_fails(city: Office) -> None:
    for value in HOSTILE:
        if value not in ("", "%2F", quote(school(0))):
            answer = await city.client.get(f"/schools/{value}", headers=BROWSER)
            check(answer)
            assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/events", "/schools/x"])
async def test_whatever_headers_a_page_is_sent_it_never_fails(path: str, city: Office) -> None:
    for name in (b"accept-language", b"cookie", b"accept", b"referer", b"authorization"):
        for value in GARBAGE:
            check(await city.client.get(path, headers=[(name, value)]))


@pytest.mark.parametrize(
    "day",
    [
        "0001-01-01",
        "1899-12-31",
        "2200-01-01",
        "9999-12-31",
        "20200127",
        "\uff12\uff10\uff12\uff10-\uff10\uff11-\uff12\uff17",
    ],
)
async def test_a_day_that_nobody_can_mean_is_refused(day: str, city: Office) -> None:
    for path in ("/board?to=", "/board?from=", f"/schools/{school(0)}?until="):
        assert (await city.client.get(path + quote(day))).status_code == 422


async def test_a_board_is_of_one_form_and_the_daily_report_comes_first(city: Office) -> None:
    daily = (await city.client.get("/board")).text
    weekly = (await city.client.get(f"/board?form={WEEKLY}")).text
    assert re.search(r"<dt>应报</dt><dd class=\"num\">806</dd>", daily)
    assert re.search(r"<dt>应报</dt><dd class=\"num\">4</dd>", weekly)
    assert '<option value="F1" selected>F1 日报告</option>' in daily
    assert f'<option value="{WEEKLY}" selected>{WEEKLY}</option>' in weekly
    assert f'href="/schools/{school(0)}?form={WEEKLY}"' in weekly
    table = (await city.client.get(f"/board?district={district(0)}&from={EXTRA_DAY}")).text
    row = re.search(rf'<a href="/schools/{school(0)}">.*?</tr>', table, re.S)
    assert row is not None
    assert re.findall(r'<td class="num sum">(?:<b>)?(\d+)', row[0]) == ["1", "1", "1"]
    assert len(re.findall(r'<td class="s-', row[0])) == 1


async def test_a_school_with_two_forms_has_one_day_of_each(city: Office) -> None:
    daily = (await city.client.get(f"/schools/{school(0)}")).text
    assert len(re.findall(f'id="{EXTRA_DAY}"', daily)) == 1
    assert "第 1 级签字" in day_of(daily, str(EXTRA_DAY))
    weekly = (await city.client.get(f"/schools/{school(0)}?form={WEEKLY}")).text
    assert re.findall(r'<ol class="timeline" id="([\d-]+)"', weekly) == [str(EXTRA_DAY)]
    assert "签字" not in day_of(weekly, str(EXTRA_DAY))
    assert (await city.client.get(f"/schools/{school(0)}?form=F9")).status_code == 404


async def test_an_inherited_duty_is_told_at_the_school_and_at_its_heir(city: Office) -> None:
    own = (await city.client.get(f"/schools/{school(HEIRLESS)}")).text
    heirs = (await city.client.get(f"/schools/{school(0)}")).text
    sentence = "报送义务由第001幼儿园承接"
    assert sentence in day_of(own, str(EXTRA_DAY))
    assert sentence in day_of(heirs, f"{school(HEIRLESS)}-{EXTRA_DAY}")
    assert "承接的义务" in heirs
    assert "承接的义务" not in own


async def test_older_days_are_a_link_away(city: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.school_page.MOST_DAYS", 1)
    newest = (await city.client.get(f"/schools/{school(0)}")).text
    assert re.findall(r'<ol class="timeline" id="(2020[\d-]+)"', newest) == [str(EXTRA_DAY)]
    older = re.search(r'<a href="(\?until=[\d-]+)">更早的日子', newest)
    assert older is not None
    oldest = (await city.client.get(f"/schools/{school(0)}{older[1]}")).text
    assert re.findall(r'<ol class="timeline" id="(2020[\d-]+)"', oldest) == [str(FIRST_DAY)]
    assert "更早的日子" not in oldest
    assert "到最近的日子" in oldest


async def test_the_figures_say_up_to_which_event_they_count(city: Office) -> None:
    head = (await city.client.get("/")).text
    shown = re.search(r'<dt>截至序号</dt><dd class="num">([\d,]+)</dd>', head)
    early = re.search(r'<dt>截至序号</dt><dd class="num">([\d,]+)</dd>',
                      (await city.client.get("/?as_of=2020-01-20T02:00:00Z")).text)  # fmt: skip
    newest = re.search(r'<a href="/events">([\d,]+)</a>', head)
    assert shown is not None
    assert early is not None
    assert newest is not None
    assert int(early[1].replace(",", "")) < int(shown[1].replace(",", "")) <= int(newest[1].replace(",", ""))


async def test_row_nine_says_what_the_article_leaves_open(city: Office) -> None:
    zh = (await city.client.get("/")).text
    en = (await city.client.get("/?lang=en")).text
    assert "若每所学校、每个学区各设一组，应为 412 组" in zh
    assert "one group for every school and every district would make 412" in en


async def test_the_figures_for_programs_flag_row_nine_too(city: Office) -> None:
    async with city.wiring.pool.acquire() as connection:
        figures = await fetch_figures(connection)
    assert {row: each.with_evidence().one_group_each for row, each in figures.items() if row in (8, 9)} == {
        8: None,
        9: 412,
    }


async def test_pages_answer_head_like_get(city: Office) -> None:
    for path in PARAMETERS:
        got, head = await city.client.get(path), await city.client.head(path)
        assert (head.status_code, head.headers["content-type"]) == (200, got.headers["content-type"])
    assert (await city.client.head("/schools/nothing")).status_code == 404


async def test_what_a_browser_cannot_have_is_refused_with_a_page(city: Office) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/schools/x", 404), ("POST", "/board", 405)):
        answer = await city.client.request(method, path, headers=BROWSER)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<p class="eyebrow num">{status}</p>' in answer.text
        assert "模拟" in answer.text
    assert set((await city.client.post("/board")).headers["allow"].split(", ")) == {"GET", "HEAD"}
    for path in ("/nowhere", "/api/v1/nowhere"):
        answer = await city.client.get(path, headers={"accept": "application/json"})
        assert answer.headers["content-type"] == "application/problem+json"
    answer = await city.client.get("/api/v1/nowhere", headers=BROWSER)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_database_that_is_away_is_a_page_that_says_when_to_come_back(city: Office) -> None:
    city.wiring.pool.terminate()
    for path in PARAMETERS.keys() - OF_THE_BROWSER:
        answer = await city.client.get(path, headers={"accept-language": "en"})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["retry-after"] == "1"
        assert "The database cannot be reached at the moment" in answer.text


async def test_what_nobody_foresaw_is_a_page_too(city: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret of the programme")

    monkeypatch.setattr("api.pages.board_page.fetch_names", broken)
    answer = await city.client.get("/board")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "secret" not in answer.text


@pytest.fixture
async def real(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    """A real log: a small city with a report that was filed and signed, and something sealed."""
    monkeypatch.setattr("api.main.CATALOGUE", Catalogue([*CATALOGUE.types.values(), LeadReceived, InformantNamed]))
    async with running(settings_for(dsn, tmp_path)) as office:
        city = await found_city(office)
        await open_day(city)
        await city.reporter.did("reporting", "submit_report", report=city.report(), content=city.content())
        await _happen(office, LeadReceived(school=city.school), InformantNamed(school=city.school))
        await office.wiring.projector.catch_up()
        yield city


async def test_of_a_real_log_a_stranger_sees_nothing_that_is_not_open(real: City) -> None:
    """Every page × nobody. What is told by filings is refused whole; what is left lists open events only."""
    walked = {
        "/": ("", "?as_of=2199-01-01T00:00:00Z"),
        "/board": ("", f"?district={real.district}", "?form=F1"),
        "/schools/{school}": (real.school, real.far, "nothing"),
        "/events": (
            "",
            *(f"?type={name}" for name in (*CATALOGUE.types, "LeadReceived")),
            *(f"?tag={tag}:{subject}" for tag, subject in (
                ("school", real.school), ("report", real.report()), ("person", real.reporter.id),
                ("person", real.school), ("organisation", real.school))),
            *(f"?figure={row}" for row in range(41)),
        ),
        "/keys": ("",),
        "/sign": ("", f"?subject={real.report()}"),
        "/sign/qr.svg": ("", f"?subject={real.report()}&digest={'0' * 64}"),
    }  # fmt: skip
    assert walked.keys() == page_routes()
    events = (await real.office.wiring.ledger.log.read()).events
    hidden = {each.position for each in events if each.event.event_class is not EventClass.OPEN}
    told = {getattr(each.event, "digest", None) for each in events} - {None}
    assert {each.event.event_class for each in events} == set(EventClass)
    assert told
    for route, endings in walked.items():
        for ending in endings:
            answer = await real.office.client.get(route.partition("{")[0] + ending)
            assert answer.status_code in ((403,) if route in ("/board", "/schools/{school}") else (200, 403, 422))
            assert {EventClass.OPEN} >= {CATALOGUE.types[name].event_class for name in rows_of(answer.text)}
            assert not hidden & {int(position) for position in re.findall(r'id="p(\d+)"', answer.text)}
            assert not [digest for digest in told if digest in answer.text]
            assert ending == "?type=LeadReceived" or "LeadReceived" not in answer.text
    figures = (await real.office.client.get("/")).text
    assert 'id="f2"' in figures
    assert 'id="f4"' not in figures
    assert "不对外公开" in figures
    assert (await real.office.client.get("/events?figure=4")).status_code == 403
