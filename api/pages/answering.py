"""How a page answers: an error of ours becomes a page in the reader's language, with the same status as in the API."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from adapters.postgres.log_head import LogHead, fetch_head
from adapters.postgres.view import Connection
from api.errors import row_of
from api.pages.render import Pages, language_of
from api.pages.words import zh
from api.wiring import wiring_of
from domain.ledger.errors import Invalid, WenzeError

HEADINGS: Final[Mapping[int, str]] = {404: zh("没有找到"), 503: zh("暂时无法读取")}
OTHERWISE: Final = zh("请求有误")


class PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with our errors answered as pages."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except WenzeError as error:
                row = row_of(error)
                request.state.problem = error.code
                return pages_of(request).answer(
                    request,
                    "error.html",
                    status=row.status,
                    plain=True,
                    heading=HEADINGS.get(row.status, OTHERWISE),
                    sentence=row.sentence(language_of(request)),
                )

        return answer


def page_router() -> APIRouter:
    """A router for pages; the API's document does not list them."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


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


def day_parameter(request: Request, name: str) -> date | None:
    """A day from the query; None when absent or empty. Raises Invalid when it is none."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(name, "must be YYYY-MM-DD") from error


def position_parameter(request: Request, name: str) -> int | None:
    """A position from the query; None when absent or empty. Raises Invalid when it is none."""
    text = request.query_params.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) > 0):
        raise Invalid(name, "must be a position")
    return int(text)
