"""How a page answers: an error becomes a page in the reader's language, with the same status as in the API."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from adapters.postgres.log_head import LogHead, fetch_head
from adapters.postgres.view import Connection
from adapters.postgres.views.duty_board import DAILY
from api.errors import TABLE
from api.pages.render import Pages, language_of
from api.pages.words import zh
from api.problems import ANSWERS, Answer
from api.routes.fields import UUID, Day, Instant
from api.wiring import wiring_of
from domain.ledger.errors import Invalid, NotFound

HEADINGS: Final[Mapping[int, str]] = {
    403: zh("不对外公开"),
    404: zh("没有找到"),
    405: zh("此处只供阅读"),
    500: zh("系统出错"),
    503: zh("暂时无法读取"),
}
OTHERWISE: Final = zh("请求有误")
OF_THE_PROBLEM: Final = frozenset({"content-type", "content-length", "content-language", "vary"})
"""Headers that describe the problem's own body; all others (Retry-After, Allow) go with the page too."""
_DAY: Final[TypeAdapter[date]] = TypeAdapter(Day)
_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)
_UUID: Final = re.compile(UUID)


class PageRoute(APIRoute):
    """A page's route: whatever goes wrong on it is answered with a page, and it answers HEAD."""

    def __init__(self, *given: Any, methods: Iterable[str], **named: Any) -> None:
        super().__init__(*given, methods={*methods, "HEAD"}, **named)


def page_router() -> APIRouter:
    """A router for pages; the API's document does not list them."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def answer_errors_as_pages(app: FastAPI) -> None:
    """Let errors become pages where a page was asked for; elsewhere they stay problems."""
    for kind, answer in ANSWERS.items():
        app.add_exception_handler(kind, or_page(answer))


def or_page(answer: Answer) -> Answer:
    """The same answer, as a page where one was asked for."""

    async def answered(request: Request, error: Exception) -> Response:
        problem = await answer(request, error)
        return _error_page(request, problem) if _wants_page(request) else problem

    return answered


def _wants_page(request: Request) -> bool:
    """On a page's own route always; at an address that is nobody's, when a browser asks."""
    if isinstance(request.scope.get("route"), PageRoute):
        return True
    return "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/api/")


def _error_page(request: Request, problem: Response) -> Response:
    row = TABLE.get(request.state.problem, TABLE["internal"])
    page = pages_of(request).answer(
        request,
        "error.html",
        status=problem.status_code,
        plain=True,
        heading=HEADINGS.get(problem.status_code, OTHERWISE),
        sentence=row.sentence(language_of(request)),
    )
    for name, value in problem.headers.items():
        if name.lower() not in OF_THE_PROBLEM:
            page.headers[name] = value
    return page


def pages_of(request: Request) -> Pages:
    """The templates of the app that answers."""
    pages = request.app.state.pages
    if not isinstance(pages, Pages):
        raise TypeError("app.state.pages")
    return pages


@asynccontextmanager
async def reading(request: Request) -> AsyncIterator[tuple[Connection, LogHead]]:
    """A connection for one page, and the head of the log, which every page shows. Raises ViewStopped."""
    wiring = wiring_of(request)
    await wiring.projector.not_interrupted()
    async with wiring.pool.acquire() as connection:
        yield connection, await fetch_head(connection)


def is_identifier(text: str) -> bool:
    """Whether it can name anything; what cannot is never asked of the database."""
    return _UUID.fullmatch(text) is not None


def day_parameter(request: Request, name: str) -> date | None:
    """A day from the query; None when absent or empty. Raises Invalid when it is none."""
    text = request.query_params.get(name)
    try:
        return _DAY.validate_python(text) if text else None
    except ValidationError as error:
        raise Invalid(name, "must be YYYY-MM-DD between 1900 and 2199") from error


def instant_parameter(request: Request, name: str) -> datetime | None:
    """An instant from the query; None when absent or empty. Raises Invalid when it is none."""
    text = request.query_params.get(name)
    try:
        return _INSTANT.validate_python(text) if text else None
    except ValidationError as error:
        raise Invalid(name, "must be an RFC 3339 instant between 1900 and 2199") from error


def form_parameter(request: Request, forms: Sequence[str]) -> str:
    """The form to show: the daily report, if nothing else is asked for. Raises NotFound for one without duties."""
    asked = request.query_params.get("form") or DAILY
    if asked not in (DAILY, *forms):
        raise NotFound("form")
    return asked


def form_query(form: str) -> str:
    """What a link to a page of the same form needs; nothing for the daily report."""
    return "" if form == DAILY else "?" + urlencode({"form": form})


def position_parameter(request: Request, name: str) -> int | None:
    """A position from the query; None when absent or empty. Raises Invalid when it is none."""
    text = request.query_params.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0):
        raise Invalid(name, "must be a position")
    return int(text)
