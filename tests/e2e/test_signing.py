"""Keys and signatures in a real browser: a passkey of a virtual authenticator, a key behind a PIN, and paper."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect, sync_playwright

from api.main import create_app
from api.settings import Settings
from domain.evidence.held_signature import EnrolledKey, verify_held
from domain.evidence.strict import base64url
from domain.ledger.query import Query, QueryItem
from domain.reporting.events import ReportSigned
from domain.signing.events import CredentialEnrolled
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office, Person
from tests.conftest import Server, cloned
from tests.e2e.test_pages import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

AUTHENTICATOR = {
    "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
PIN = "一句不短的口令"
LOUD = ("error", "warning")
SHOW_ALL = """() => {
  for (const each of document.querySelectorAll("main [hidden]")) each.hidden = false;
  for (const each of document.querySelectorAll("main button:empty")) each.textContent = "x";
}"""
STORED_KEYS = """new Promise((resolve) => {
  const opening = indexedDB.open("wenze", 1);
  opening.onsuccess = () => {
    const asked = opening.result.transaction("keys").objectStore("keys").getAll();
    asked.onsuccess = () =>
      resolve(asked.result.map(({ credential, sealed }) => ({ credential, sealed: sealed.byteLength })));
  };
})"""


@dataclass
class Desk:
    """A served city, and a way of doing something in its loop."""

    url: str
    city: City
    run: Callable[[Any], Any]


@pytest.fixture(scope="module")
def desk(cluster: Server, database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("signing")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    url = f"http://localhost:{port}"
    with cloned(cluster, database_template) as dsn:
        app = create_app(
            Settings.load(database_url=dsn, data_folder=folder, port=port, publish=False, missed_clock=3600)
        )
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False))
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()

        def run(work: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(work, loop).result(60)

        serving = asyncio.run_coroutine_threadsafe(server.serve(), loop)
        run(_started(server))
        client = httpx.AsyncClient(base_url=url, timeout=30)
        try:
            yield Desk(url, run(_city(Office(app, client))), run)
        finally:
            run(client.aclose())
            server.should_exit = True
            serving.result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()


async def _started(server: uvicorn.Server) -> None:
    while not server.started:  # noqa: ASYNC110 uvicorn has no event to wait for
        await asyncio.sleep(0.01)


async def _city(office: Office) -> City:
    """Three schools that have filed, each with a principal."""
    city = await found_city(office)
    await open_day(city)
    await city.officer.did(
        "reporting", "open_duties", business_date=city.day.isoformat(), form="F1", district=city.other_district,
        schools=[city.far],
    )  # fmt: skip
    await city.hire("neighbour_reporter", "school.reporter", city.neighbour)
    await city.hire("neighbour_principal", "school.principal", city.neighbour)
    await city.hire("far_principal", "school.principal", city.far)
    for reporter, school in (
        (city.reporter, city.school), (city.neighbour_reporter, city.neighbour), (city.stranger, city.far)
    ):  # fmt: skip
        content = city.content(prepared_by=reporter.id)
        await reporter.did("reporting", "submit_report", report=city.report(school), content=content)
    return city


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Window:
    """A page with an authenticator of its own, and what the browser complained about."""

    page: Page
    devtools: CDPSession
    authenticator: str
    complaints: list[str]


@pytest.fixture
def window(browser: Browser, desk: Desk) -> Iterator[Window]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 1000})
    yield window_of(context)
    context.close()


def window_of(context: BrowserContext) -> Window:
    page, complaints = context.new_page(), []
    # At other levels Chromium gives hints, such as that a form with a secret should have a user name.
    page.on("console", lambda message: complaints.append(message.text) if message.type in LOUD else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return Window(page, devtools, added["authenticatorId"], complaints)


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("访问令牌", exact=True).fill(person.token)
    page.locator("#token button").click()
    expect(page.locator("#token .said")).to_contain_text("您是：")


def vouched(desk: Desk, page: Page, officer: Person) -> None:
    """An officer confirms, in the browser, the code that the page shows."""
    code = page.locator("#code").inner_text()
    page.goto(f"{desk.url}/keys")
    sign_in(page, officer)
    page.locator("#vouch").get_by_label("验证码").fill(code.lower())
    page.get_by_role("button", name="查看").click()
    expect(page.locator("#seen")).to_contain_text("密钥指纹")
    page.locator("#confirm").click()
    expect(page.locator("#vouch .said")).to_contain_text("已登记，序号")


def enrolment(desk: Desk, person: Person) -> CredentialEnrolled:
    item = QueryItem(frozenset({"CredentialEnrolled"}), frozenset({f"person:{person.id}"}))
    found = desk.run(desk.city.office.wiring.ledger.log.read(Query((item,)))).events
    enrolled = [each.event for each in found if isinstance(each.event, CredentialEnrolled)]
    return [each for each in enrolled if each.person == person.id][-1]


def make_browser_key(desk: Desk, page: Page, person: Person) -> None:
    page.goto(f"{desk.url}/keys")
    sign_in(page, person)
    for label in ("口令，至少六位", "再输一次"):
        page.get_by_label(label).fill(PIN)
    page.get_by_role("button", name="生成浏览器密钥").click()
    expect(page.locator("#pin .said")).to_contain_text("待一名负责人确认")
    vouched(desk, page, desk.city.registrar)


def make_passkey(desk: Desk, page: Page, person: Person) -> None:
    page.goto(f"{desk.url}/keys")
    sign_in(page, person)
    page.get_by_role("button", name="生成通行密钥").click()
    expect(page.locator("#passkey .said")).to_contain_text("待一名负责人确认")
    vouched(desk, page, desk.city.registrar)


def show(desk: Desk, page: Page, person: Person, report: str, button: str = "给我看将要签的内容") -> None:
    """The person has asked what to sign over a report."""
    page.goto(f"{desk.url}/sign?subject={report}")
    sign_in(page, person)
    page.get_by_role("button", name=button).click()


def signature(desk: Desk, report: str) -> tuple[ReportSigned, dict[str, Any]]:
    """The one signature over a report, and its ``held`` as it stands in the entry."""
    item = QueryItem(frozenset({"ReportSigned"}), frozenset({f"report:{report}"}))
    (found,) = desk.run(desk.city.office.wiring.ledger.log.read(Query((item,)))).events
    assert isinstance(found.event, ReportSigned)
    return found.event, msgspec.to_builtins(found.event.held)


def verified(desk: Desk, event: ReportSigned, held: dict[str, Any], key: CredentialEnrolled, signer: Person) -> None:
    enrolled = EnrolledKey(
        method=key.method,
        public_key=base64url("public_key", key.public_key),
        algorithm=key.algorithm,
        rp_id=key.rp_id,
        web_origin=key.web_origin,
    )
    origin = desk.city.office.wiring.ledger.origin
    verify_held(held, key=enrolled, statement=event.signature, origin=origin, nonce=event.nonce, signer=signer.id)


def test_a_passkey_signs_what_was_shown_and_the_event_holds_its_bytes(desk: Desk, window: Window) -> None:
    page, principal, report = window.page, desk.city.principal, desk.city.report()
    make_passkey(desk, page, principal)
    key = enrolment(desk, principal)
    assert (key.method, key.strength, key.web_origin) == ("webauthn", "passkey_device", desk.url)
    show(desk, page, principal, report)
    expect(page.locator("#zh")).to_contain_text("第一级对单位X1")
    expect(page.locator("#pinned")).to_be_hidden()
    expect(page.locator("#signs")).to_have_text("签字：合成-principal · 校长 · 单位X1")
    with page.expect_request("**/api/v1/reporting/sign_report") as sent:
        page.locator("#signs").click()
    expect(page.locator("#done")).to_contain_text("已签署并入账")
    event, held = signature(desk, report)
    assert held == sent.value.post_data_json["held"]
    assert event.signature.startswith(page.locator("#prefix").inner_text())
    verified(desk, event, held, key, principal)
    assert window.complaints == []


def test_a_device_that_verifies_nobody_neither_enrols_nor_signs(desk: Desk, window: Window) -> None:
    page, far = window.page, desk.city.far_principal
    make_passkey(desk, page, far)
    window.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": window.authenticator, "isUserVerified": False})
    show(desk, page, far, desk.city.report(desk.city.far))
    page.locator("#signs").click()
    expect(page.locator("#sign .said")).to_contain_text("设备未验证本人")
    page.goto(f"{desk.url}/keys")
    sign_in(page, far)
    page.get_by_role("button", name="生成通行密钥").click()
    expect(page.locator("#passkey .said")).to_contain_text("设备未验证本人")
    window.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": window.authenticator})
    touched_only = AUTHENTICATOR | {"transport": "usb", "hasUserVerification": False, "isUserVerified": False}
    window.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": touched_only})
    page.get_by_role("button", name="生成通行密钥").click()
    expect(page.locator("#passkey .said")).to_contain_text("设备未验证本人")


def test_a_key_behind_a_pin_signs_what_is_shown_and_nothing_under_a_wrong_pin(desk: Desk, window: Window) -> None:
    page, principal, report = window.page, desk.city.neighbour_principal, desk.city.report(desk.city.neighbour)
    make_browser_key(desk, page, principal)
    key = enrolment(desk, principal)
    assert (key.method, key.strength) == ("ed25519", "key_browser")
    show(desk, page, principal, report)
    expect(page.locator("#signs")).to_be_visible()
    page.get_by_label("决定").select_option("refuse")
    expect(page.locator("#signs")).to_be_hidden()
    page.get_by_label("理由").fill("数字不全")
    page.get_by_role("button", name="给我看将要签的内容").click()
    expect(page.locator("#sign .because")).to_have_text("理由：数字不全")
    page.locator("#sign input[name=pin]").fill(PIN)
    page.locator("#signs").click()
    expect(page.locator("#done")).to_contain_text("已签署并入账")
    show(desk, page, principal, report)
    page.locator("#sign input[name=pin]").fill("另一句口令")
    page.locator("#signs").click()
    expect(page.locator("#sign .said")).to_have_text("口令不对。")
    page.locator("#sign input[name=pin]").fill(PIN)
    page.locator("#signs").click()
    expect(page.locator("#done")).to_contain_text("已签署并入账")
    verified(desk, *signature(desk, report), key, principal)
    kept = page.evaluate(STORED_KEYS)
    assert [each["credential"] for each in kept] == [key.credential]
    assert {each["sealed"] for each in kept} == {48 + 16}  # PKCS #8 of an Ed25519 key, and the tag
    assert window.complaints == []


def test_a_paper_is_printed_scanned_and_attested(desk: Desk, window: Window, tmp_path: Path) -> None:
    page, principal, officer = window.page, desk.city.far_principal, desk.city.officer
    report = desk.city.report(desk.city.far)
    make_browser_key(desk, page, officer)
    key = enrolment(desk, officer)
    show(desk, page, principal, report, "改用纸面签字")
    expect(page.locator("#paperzh")).to_contain_text("第一级对单位X3")
    page.emulate_media(media="print")
    expect(page.locator("#about")).to_be_hidden()
    expect(page.locator("#signedby")).to_have_text("合成-far_principal · 校长 · 单位X3")
    assert page.locator("#qr").evaluate("each => each.complete && each.naturalWidth > 0")
    digest = page.locator("#groups").inner_text().replace("\n", "")
    page.emulate_media(media="screen")
    page.get_by_label("第二人的访问令牌").fill(officer.token)
    page.locator("#attestor button").click()
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7 signed by hand")
    page.get_by_label("扫描件").set_input_files(scan)
    page.locator("#attest input[name=pin]").fill(PIN)
    page.locator("#attests").click()
    expect(page.locator("#done")).to_contain_text("纸面签字已见证并入账")
    event, held = signature(desk, report)
    assert (event.signature, held["method"], held["paper"]["attested_by"]) == (digest, "paper", officer.id)
    verified(desk, event, held, key, principal)
    assert window.complaints == []


@pytest.mark.parametrize(
    ("scheme", "locale", "width"),
    [("light", "zh-CN", 1280), ("dark", "en-GB", 1280), ("light", "en-GB", 360), ("dark", "zh-CN", 360)],
)
def test_axe_finds_nothing_and_a_phone_does_not_scroll_sideways(
    desk: Desk, browser: Browser, scheme: Any, locale: str, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, locale=locale, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in ("/keys", "/sign"):
        page.goto(desk.url + path)
        page.locator("#token input").fill(desk.city.reviewer.token)
        page.locator("#token button").click()
        expect(page.locator("[data-signed-in]").first).to_be_visible()
        # All that may ever be shown, at once.
        page.evaluate(SHOW_ALL)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
