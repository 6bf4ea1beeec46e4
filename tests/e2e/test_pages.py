"""The pages in a real browser, over a real database: strict policy, no scripts, small screens, both languages."""

import re
import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.city_of_facts import DAYS, OUTAGE_DAY, SCHOOLS, WEEKLY_DUTIES, district, school

# One group: while Playwright is started, its loop runs in the worker's main thread, and no other test could start one.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {
    "figures": "/",
    "board": "/board",
    "district": f"/board?district={district(0)}&from=2020-01-27&to=2020-02-09",
    "school": f"/schools/{school(0)}",
    "events": "/events",
    "error": "/schools/nothing",
}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    yield context
    context.close()


def opened(context: BrowserContext, address: str, complaints: list[str] | None = None) -> Page:
    """A loaded page. Whatever the browser complains about (policy, scripts, missing files) goes to ``complaints``."""
    page = context.new_page()
    if complaints is not None:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page


@pytest.mark.parametrize("path", [path for name, path in PAGES.items() if name != "error"])
def test_each_page_opens_without_a_complaint(site: str, context: BrowserContext, path: str) -> None:
    complaints: list[str] = []
    page = opened(context, site + path, complaints)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".simulated")).to_contain_text("模拟")
    assert complaints == []


@pytest.mark.parametrize(
    ("scheme", "locale", "width"), [("light", "zh-CN", 1280), ("dark", "en-GB", 1280), ("dark", "zh-CN", 360)]
)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(site: str, browser: Browser, name: str, scheme: str, locale: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, locale=locale, viewport={"width": width, "height": 800})
    results = Axe().run(opened(context, site + PAGES[name]))
    context.close()
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_phone_never_scrolls_a_page_sideways(site: str, browser: Browser, path: str) -> None:
    for locale in ("zh-CN", "en-GB"):
        context = browser.new_context(locale=locale, viewport={"width": 360, "height": 740}, is_mobile=True)
        width = opened(context, site + path).evaluate("document.documentElement.scrollWidth")
        context.close()
        assert width <= 360, locale


def test_chinese_first_and_the_switch_is_remembered(site: str, context: BrowserContext) -> None:
    page = opened(context, site + PAGES["school"])
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Day by day")).to_be_visible()
    page.goto(site + "/board")
    expect(page.get_by_role("heading", level=1)).to_have_text("Duty board")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("责任看板")


def test_everything_is_there_without_scripts(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = opened(context, site + "/board")
    page.select_option("select[name=district]", district(1))
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("学区-02")
    page.locator(".grid tbody th a").first.click()
    expect(page.get_by_role("heading", name="逐日经过")).to_be_visible()
    # A day that stands open is seen at once; a closed one is opened by its summary, and then its lines are seen.
    page.goto(site + PAGES["school"] + "#2020-02-06")
    expect(page.locator("[id='2020-02-06']")).to_be_visible()
    page.goto(site + PAGES["school"] + "#2020-02-09")
    closed = page.locator("details", has=page.locator("[id='2020-02-09']"))
    if not closed.evaluate("each => each.open"):
        expect(page.locator("[id='2020-02-09']")).to_be_hidden()
        closed.locator("summary").click()
    expect(page.locator("[id='2020-02-09'] .sentence").first).to_be_visible()
    context.close()


def test_the_whole_city_is_a_small_picture(site: str, context: BrowserContext) -> None:
    """403 schools on 38 days: a handful of paths for each district, and less than a table's twentieth in nodes."""
    page = context.new_page()
    loads = []
    for _ in range(3):
        page.goto(site + "/events")
        begun = time.perf_counter()
        answer = page.goto(site + "/board")
        loads.append(time.perf_counter() - begun)
    assert min(loads) < 1.0, loads
    assert answer is not None
    nodes = page.evaluate("document.querySelectorAll('*').length")
    payload = len(answer.body())
    assert page.locator(".rows li").count() == SCHOOLS
    assert page.locator(".cells path").count() < 9 * 12
    assert nodes < 4_000
    assert payload < 300_000
    assert f"共 {DAYS} 天" in page.locator(".standfirst").inner_text()


def test_what_an_outage_excused_says_so(site: str, context: BrowserContext) -> None:
    page = opened(context, f"{site}/schools/{school(3)}")
    day = page.locator("details", has=page.locator(f"[id='{OUTAGE_DAY}']"))
    expect(day.locator("summary")).to_contain_text("免责")
    line = day.locator("li", has_text="公告故障：14:30 至 15:30 无法报送")
    expect(line).to_be_visible()
    line.locator(".position").click()
    expect(page.locator("tr:target .typename")).to_have_text("OutageDeclared")


def test_a_figure_leads_to_its_events(site: str, context: BrowserContext) -> None:
    page = opened(context, site + "/")
    figure = page.locator("#f5")
    expect(figure.locator(".value")).to_contain_text("5")
    figure.locator(".value a").click()
    types = page.locator(".events .typename").all_inner_texts()
    assert types == ["TaskForceFormed"] * 5


def test_what_is_not_rebuilt_says_so_and_has_no_number(site: str, context: BrowserContext) -> None:
    page = opened(context, site + "/")
    expect(page.locator(".pending #f31")).to_contain_text("102")
    assert page.locator(".figures #f31").count() == 0
    expect(page.locator("#f4 .coverage")).to_contain_text(f"{SCHOOLS * DAYS + WEEKLY_DUTIES:,}")


def test_a_board_cell_speaks_and_opens_its_day(site: str, context: BrowserContext) -> None:
    page = opened(context, site + "/board")
    page.locator(".map").first.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#readout")).to_have_text(re.compile("2020-02-03 · ▲ 迟报"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/schools/{school(0)}#2020-02-03$"))
    expect(page.locator("[id='2020-02-03']")).to_be_visible()


def test_a_school_shows_what_was_voided_returned_and_withdrawn(site: str, context: BrowserContext) -> None:
    page = opened(context, site + PAGES["school"])
    corrected = page.locator("details", has=page.locator("[id='2020-01-30']"))
    assert corrected.locator(".void").count() == 3
    expect(corrected.locator("summary")).to_contain_text("更正")
    expect(page.locator("details", has=page.locator("[id='2020-02-01']"))).to_contain_text("第 2 级退回第 1 版")
    expect(page.locator("details", has=page.locator("[id='2020-02-07']"))).to_contain_text("撤回第 1 版")
    corrected.locator(".position").first.click()
    assert page.locator(".events tbody tr").first.get_attribute("id") == page.url.partition("#")[2]


def test_a_line_of_a_school_leads_to_its_event(site: str, context: BrowserContext) -> None:
    page = opened(context, site + PAGES["school"])
    missed = page.locator(".t-fail").last
    position = missed.locator(".position").get_attribute("href")
    page.goto(site + str(position))
    expect(page.locator("tr:target .typename")).to_have_text("DutyMissed")


def test_nothing_that_a_report_says_is_public(site: str, context: BrowserContext) -> None:
    for path in (f"/events?tag=school:{school(0)}", PAGES["school"], "/board", "/"):
        text = opened(context, site + path).content()
        assert "returnees" not in text
        assert "a" * 64 not in text
