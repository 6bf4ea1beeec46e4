"""The pages: server-rendered HTML over the views, readable without a token (``public.py`` says what is)."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from api.pages import board_page, events_page, figures_page, school_page
from api.pages.answering import answer_errors_as_pages
from api.pages.render import STATIC, Pages

ROUTERS: Final = tuple(page.router for page in (figures_page, board_page, school_page, events_page))


class LastingFiles(StaticFiles):
    """Our style sheet, scripts and icon. Their addresses carry a digest of them, so they may be kept for ever."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def add_pages(app: FastAPI) -> None:
    """Give an app its pages. It must have its wiring by the time that it answers, and its problems before this."""
    app.state.pages = Pages()
    answer_errors_as_pages(app)
    app.mount("/static", LastingFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
