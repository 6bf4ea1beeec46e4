"""The pages: server-rendered HTML over the views, readable without a token (``public.py`` says what is)."""

import os
from typing import Final

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from api.pages import board_page, events_page, figures_page, keys_page, school_page, sign_page
from api.pages.answering import answer_errors_as_pages
from api.pages.render import STATIC, Pages

ROUTERS: Final = tuple(
    page.router for page in (figures_page, board_page, school_page, events_page, keys_page, sign_page)
)


class LastingFiles(StaticFiles):
    """Our style sheet, scripts and icon. What is asked for with a digest of them may be kept for ever.

    A module that another imports is asked for by its bare name, and is asked for again.
    """

    def file_response(
        self, full_path: "str | os.PathLike[str]", stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        lasting = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def add_pages(app: FastAPI) -> None:
    """Give an app its pages. It must have its wiring by the time that it answers, and its problems before this."""
    app.state.pages = Pages()
    answer_errors_as_pages(app)
    app.mount("/static", LastingFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
