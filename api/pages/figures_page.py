"""``/``: the article's figures, claimed and rebuilt."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response

from adapters.postgres.log_head import LogHead
from adapters.postgres.views.article_figures import Coverage, FigureRow, fetch_figures
from api.pages.answering import instant_parameter, page_router, pages_of, reading
from api.pages.article import CLAIMS, PUBLISHED
from api.pages.figures import CLAIM_OF, FigureLine, by_theme, pairs_of
from api.pages.public import public_of
from api.pages.render import day_text
from api.pages.words import zh
from domain.ledger.time import instant_text

HOME: Final = "/"
DOUBT: Final = zh(
    "存疑：若每所学校、每个学区各设一组，应为 {each} 组。文章写 404 组，又另列市局 8 组，两者之和是 412；"
    "也可能几所学校合设一组。原文没有说明，账本按成立的小组计数。"
)
router = page_router()


@router.get(HOME)
async def figures_page(request: Request) -> Response:
    """``as_of`` is an instant; without it, the article's own in a log that has lived through it, else the newest."""
    public = public_of(request)
    asked = instant_parameter(request, "as_of")
    async with reading(request) as (connection, head):
        figures = await fetch_figures(connection, instant=asked or _article_instant(head))
    pages = pages_of(request)
    counted = [row for number, row in sorted(figures.items()) if number in CLAIM_OF and row.value is not None]
    shown = [row for row in counted if public.shows_figure(row.row)]
    rebuilt = [_line(row, pages.catalogue(request).gettext, pages.language(request)) for row in shown]
    pending = [claim for claim in CLAIMS if figures[claim.row].value is None]
    agreeing = sum(line.agrees for line in rebuilt)
    return pages.answer(
        request,
        "figures.html",
        head=head,
        rebuilt=rebuilt,
        total=len(CLAIMS),
        agreeing=agreeing,
        differing=len(rebuilt) - agreeing,
        pending=by_theme(pending),
        pending_count=len(pending),
        withheld=[CLAIM_OF[row.row] for row in counted if row not in shown],
        upto=max((row.upto for row in shown if row.upto is not None), default=None),
    )


def _article_instant(head: LogHead) -> datetime | None:
    return PUBLISHED if head.simulated and head.recorded_at >= PUBLISHED else None


def _line(row: FigureRow, say: Callable[[str], str], language: str) -> FigureLine:
    claim = CLAIM_OF[row.row]
    query = {"figure": str(row.row), "upto": str(row.upto)}
    if row.as_of is not None:
        query["as_of"] = instant_text(row.as_of)
    return FigureLine(
        claim=claim,
        pairs=pairs_of(claim, [] if row.value is None else [row.value]),
        as_of=row.as_of,
        evidence="/events?" + urlencode(query),
        coverage=None if row.coverage is None else _coverage(row.coverage, say, language),
        doubt=None if row.one_group_each is None else say(DOUBT).format(each=row.one_group_each),
    )


def _coverage(coverage: Coverage, say: Callable[[str], str], language: str) -> str:
    """A zero is shown with what it stands on: 0 of all, or 0 of those that happened to report."""
    sentence = say(zh("应报 {expected} 份，已报 {reported} 份")).format(
        expected=f"{coverage.expected:,}", reported=f"{coverage.reported:,}"
    )
    if coverage.day is None:
        return sentence
    newest = say(zh("其中 {day}：{reported} / {expected} 所")).format(
        day=day_text(coverage.day, language), reported=coverage.reported_on_day, expected=coverage.expected_on_day
    )
    return sentence + say(zh("；")) + newest
