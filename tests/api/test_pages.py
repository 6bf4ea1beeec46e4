"""The pages without a browser: catalogue, templates, headers, and what is drawn from which cells."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api.pages import add_pages
from api.pages.article import CLAIMS
from api.pages.board import Day as BoardDay
from api.pages.board import blocks_of, cell_of, daily_of, span_of, ticks_of, totals_of
from api.pages.figures import CLAIM_OF, pairs_of
from api.pages.heatmap import Cell, letters, state_paths
from api.pages.public import FILINGS, Public
from api.pages.render import LANGUAGES, LOCALE, PLACE, STATIC, percent
from api.pages.school import Histories
from api.pages.windows import Window
from api.pages.words import (
    EVENTS,
    EXAMINED,
    FLAGS,
    ROLES,
    SIGNATURE_STANDINGS,
    STATES,
    STRENGTHS,
    Flag,
    State,
)
from domain.catalogue import CATALOGUE
from domain.evidence.statement import Examined
from domain.ledger.event import EventClass
from domain.ledger.time import at_shanghai
from domain.registry.kinds import Role
from domain.reporting.events import Nature
from domain.reporting.school_day import SchoolDay
from domain.reporting.school_day_parts import Attestation, Hand, Mark, Revision, Signature
from domain.reporting.standing import DayStatus
from domain.reporting.timeliness import Interruption, Outage
from domain.signing.events import Strength
from domain.signing.signature_standing import SignatureStanding

TEMPLATES = sorted((PLACE / "templates").glob("*.html"))


@pytest.fixture
def client() -> AsyncClient:
    """An app that has pages and nothing else: no log behind them."""
    app = FastAPI()
    add_pages(app)
    return AsyncClient(transport=ASGITransport(app=app), base_url="http://pages.test")


def source_texts() -> set[str]:
    found = extract_from_dir(
        PLACE,
        [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        {"templates/**.html": {"trimmed": "true"}},
        keywords={"_": None, "zh": None, "gettext": None},
    )
    return {str(text) for _, _, text, _, _ in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_no_translation_is_left_over(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "wenze.po").open("rb") as text:
        catalogue = {str(message.id): str(message.string) for message in read_po(text) if message.id}
    assert {text for text, said in catalogue.items() if not said} == set()
    assert catalogue.keys() == source_texts()


def test_translations_keep_the_names_of_what_is_filled_in() -> None:
    for language in LANGUAGES:
        with (LOCALE / language / "LC_MESSAGES" / "wenze.po").open("rb") as text:
            for message in read_po(text):
                holes = re.compile(r"%\(\w+\)s|\{\w+\}")
                assert sorted(holes.findall(str(message.id))) == sorted(holes.findall(str(message.string)))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_has_inline_script_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_chinese_stands_outside_the_catalogue(template: Path) -> None:
    text = re.sub(
        r"\{%-? *trans.*?endtrans *-?%\}|\{\{.*?\}\}|\{%.*?%\}", "", template.read_text(encoding="utf-8"), flags=re.S
    )
    assert re.findall("[\u4e00-\u9fff]+", text) == (["中文"] if template.stem == "base" else [])


async def test_every_page_carries_the_strict_policy(client: AsyncClient) -> None:
    answer = await client.get("/board")
    assert answer.status_code == 503  # no log behind this app: the refusal is a page too
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("zh-CN,en;q=0.8", "zh-Hans"),
        ("zh-Hans-CN", "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.2,en;q=0.9", "en"),
        ("fr", "zh-Hans"),
        ("", "zh-Hans"),
        ("en;q=0", "zh-Hans"),
        ("en;q=x", "zh-Hans"),
    ],
)
async def test_the_language_is_negotiated_with_chinese_first(client: AsyncClient, asked: str, given: str) -> None:
    answer = await client.get("/", headers={"accept-language": asked})
    assert answer.headers["content-language"] == given


async def test_a_chosen_language_wins_and_is_remembered(client: AsyncClient) -> None:
    answer = await client.get("/?lang=en", headers={"accept-language": "zh"})
    assert answer.headers["content-language"] == "en"
    again = await client.get("/board", headers={"accept-language": "zh"})
    assert again.headers["content-language"] == "en"


async def test_static_files_are_kept_and_change_their_address_with_their_content(client: AsyncClient) -> None:
    page = (await client.get("/")).text
    sheet = re.search(r'href="(/static/wenze\.css\?v=[0-9a-f]{12})"', page)
    assert sheet is not None
    assert "immutable" in (await client.get(sheet[1])).headers["cache-control"]


def test_every_state_and_flag_has_glyph_word_and_colour() -> None:
    sheet = (PLACE / "static" / "wenze.css").read_text(encoding="utf-8")
    assert set(STATES) == set(State)
    assert set(FLAGS) == set(Flag)
    glyphs = [look.glyph for look in (*STATES.values(), *FLAGS.values())]
    assert len(set(glyphs)) == len(glyphs)
    for glyph in glyphs:
        glyph.encode("gb2312")  # every Chinese font has it
    for state in State:
        assert f".s-{state.value} " in sheet
        assert f".f-{state.value} " in sheet


def test_every_day_status_has_a_state() -> None:
    for status in DayStatus:
        for nature in (None, *Nature):
            assert cell_of(status, nature, corrected=False, returned=False, withdrawn=False).state in State


def test_a_late_zero_report_shows_as_late() -> None:
    cell = cell_of(DayStatus.LATE, Nature.ZERO, corrected=True, returned=False, withdrawn=False)
    assert cell == Cell(State.LATE, (Flag.CORRECTED,))


def test_every_event_type_has_a_word() -> None:
    assert EVENTS.keys() == CATALOGUE.types.keys()


def test_filings_of_a_simulated_log_are_public_but_not_by_person() -> None:
    public = Public(simulated=True)
    assert public.types() >= FILINGS
    assert public.types(("school:x", "report:y")) >= FILINGS
    assert not public.types(("person:x",)) & FILINGS
    assert not public.types() & {"ReportDrafted", "PersonRegistered", "TokenIssued"}


def test_of_a_real_log_only_open_events_are_public_and_the_figures_that_rest_on_them() -> None:
    public = Public(simulated=False)
    assert {CATALOGUE.types[name].event_class for name in public.types()} == {EventClass.OPEN}
    assert public.classes == {"open"}
    assert {row for row in range(2, 11) if not public.shows_figure(row)} == {4}


def at(clock: str) -> datetime:
    return at_shanghai(date(2020, 2, 12), clock)


def mark(position: int, received: datetime, recorded: datetime | None = None) -> Mark:
    return Mark(position=position, received_at=received, recorded_at=recorded or received)


def school_day(filed: Mark) -> SchoolDay:
    return SchoolDay(
        report="f1.2020-02-12.s", form="F1", form_version=1, school="s", district="d", bureau="b",
        business_date=date(2020, 2, 12), rules="r", due_1=at("15:00"), due_2=at("16:00"), due_3=at("17:00"),
        closes_at=at("24:00"), opened=mark(1, at("06:00")), position=filed.position,
        revisions=(
            Revision(revision=1, digest="x", nature=Nature.ZERO, prepared_by="p", missing_classes=0, mark=filed),
        ),
    )  # fmt: skip


def told(day: SchoolDay, *windows: Window, status: DayStatus = DayStatus.EXCUSED) -> list[tuple[int, str]]:
    history = Histories(say=lambda text: text, names={}, windows=windows).of(day, status)
    return [(line.position, line.sentence) for line in history.lines]


def test_a_day_that_an_outage_excuses_says_so_with_its_place_in_the_log() -> None:
    outage = Outage("o", at("14:30"), at("15:30"), at("17:30"), frozenset({"s"}))
    elsewhere = Outage("e", at("14:30"), at("15:30"), at("17:30"), frozenset({"other"}))
    before = Outage("b", at("08:00"), at("09:00"), at("10:00"))
    windows = [Window(mark(7 + n, at("18:00")), each, "person") for n, each in enumerate((outage, elsewhere, before))]
    lines = told(school_day(mark(5, at("15:40"))), *windows)
    assert [position for position, _ in lines] == [1, 5, 7]
    assert lines[-1][1] == "公告故障：14:30 至 15:30 无法报送，其间到期、17:30 前报到的予以免责，理由已封存"
    assert "故障" in STATES[State.EXCUSED].meaning


def test_a_day_that_an_interruption_held_up_says_so() -> None:
    held_up = Window(mark(9, at("15:20")), Interruption(at("14:50"), at("15:10")))
    elsewhen = Window(mark(10, at("21:00")), Interruption(at("20:00"), at("20:10")))
    lines = told(school_day(mark(8, at("14:55"), at("15:12"))), held_up, elsewhen, status=DayStatus.SERVICE_DELAY)
    assert [position for position, _ in lines] == [1, 8, 9]
    assert lines[-1][1].startswith("系统中断：14:50 至 15:10 无法入账")


def test_neighbouring_days_in_one_state_are_one_run() -> None:
    rows = [[Cell(State.ZERO), Cell(State.ZERO), None, Cell(State.LATE, (Flag.RETURNED,))]]
    paths = {path.name: path.d for path in state_paths(rows)}
    assert paths["zero"] == "M0 0h20v10h-20z"
    assert paths["late"] == "M30 0h10v10h-10z"
    assert set(paths) == {"zero", "late", "returned"}
    assert letters(rows) == "zz-L"


def test_the_city_is_drawn_with_a_path_for_each_state() -> None:
    first = date(2020, 1, 27)
    days = [
        BoardDay(
            school=f"s{number}",
            district=f"d{number % 9}",
            day=first + timedelta(each),
            cell=Cell(State.LATE if (number + each) % 80 == 0 else State.ZERO),
            filed=True,
        )
        for number in range(403)
        for each in range(38)
    ]
    span = span_of(days)
    blocks = blocks_of(days, span, {})
    assert len(span) == len(ticks_of(span)) == 38
    assert sum(len(block.paths) for block in blocks) == 18
    assert sum(len(path.d) for block in blocks for path in block.paths) < 60_000
    totals = totals_of(days)
    assert (totals.expected, totals.actual) == (15_314, 15_314)
    assert totals.on_time + totals.states[State.LATE] == 15_314
    assert daily_of(days, span).most >= 5


def test_a_share_is_cut_and_never_rounded_up() -> None:
    assert percent(9_999, 10_000) == "99.9%"
    assert percent(0, 0) == "—"


def test_figures_agree_by_their_relation() -> None:
    assert [pair.sign for pair in pairs_of(CLAIM_OF[2], [403])] == ["="]
    assert [pair.sign for pair in pairs_of(CLAIM_OF[2], [402])] == ["≠"]
    assert [pair.sign for pair in pairs_of(CLAIM_OF[3], [241_800])] == ["≥"]
    assert [pair.sign for pair in pairs_of(CLAIM_OF[3], [239_999])] == ["≠"]


def test_the_article_has_forty_rows_each_with_a_relation_for_each_value() -> None:
    assert [claim.row for claim in CLAIMS] == list(range(1, 41))
    assert all(len(claim.values) == len(claim.relations) for claim in CLAIMS)


def test_a_signature_says_with_what_it_was_made_and_whether_it_counts() -> None:
    day, signing = school_day(mark(2, at("14:00"))), {"person": "p", "appointment": "a"}
    hands = [
        Hand(method="webauthn", credential="k1"),
        Hand(method="paper", credential="k2", attested_by="q", dispute="d", standing=SignatureStanding.DISPUTED),
    ]
    day.signatures = tuple(
        Signature(
            level=level, revision=1, digest="x", signature="s", mark=mark(2 + level, at("15:00")),
            receipt=mark(2, at("14:00")), examined=examined, hand=hand, **signing,
        )
        for level, examined, hand in zip((1, 2), (None, "summary_only"), hands, strict=True)
    )  # fmt: skip
    day.attestations = (Attestation(revision=1, mark=mark(9, at("15:30")), hand=hands[0], **signing),)
    strengths = {"k1": "passkey_synced", "k2": "key_browser"}
    history = Histories(say=lambda text: text, names={}, windows=[], strengths=strengths).of(day, DayStatus.ON_TIME)
    how = {line.position: (line.how, line.doubt) for line in history.lines if line.how}
    assert how == {
        3: ("通行密钥，可在设备间同步", None),
        4: ("仅核概要 · 纸面签字，第二人见证 · 浏览器内的密钥，以口令保护", "持有人已提出异议，裁定之前不计入"),
        9: ("通行密钥，可在设备间同步", None),
    }


def test_every_strength_and_every_standing_has_its_words() -> None:
    assert STRENGTHS.keys() == {*get_args(Strength), "paper"}
    assert SIGNATURE_STANDINGS.keys() == {each.value for each in SignatureStanding} - {"valid"}
    assert EXAMINED.keys() == set(get_args(Examined))
    assert ROLES.keys() == {each.value for each in Role}


async def test_a_module_that_another_imports_is_asked_for_again_after_an_upgrade(client: AsyncClient) -> None:
    cached = {
        query: (await client.get(f"/static/wire.js{query}")).headers["cache-control"]
        for query in ("", "?v=0123", "?w=1")
    }
    assert cached == {"": "no-cache", "?v=0123": "public, max-age=31536000, immutable", "?w=1": "no-cache"}
    imports = [line for file in STATIC.glob("*.js") for line in re.findall(r'from "(.*?)"', file.read_text())]
    assert imports
    assert all((STATIC / each).is_file() and each.startswith("./") for each in imports)
