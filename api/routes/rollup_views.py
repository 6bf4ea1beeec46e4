"""The views over roll-ups and over the article's figures."""

from datetime import date
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Response

from adapters.postgres.views.article_figures import FigureAnswer, fetch_figures
from adapters.postgres.views.figure_events import fetch_figure_positions
from adapters.postgres.views.rollup_tree import RollupNode, fetch_rollup_tree
from api.identity import Asking
from api.position import Demand, Demanded
from api.routes.fields import Day, Id, Instant
from api.routes.paging import Answers, Cursor, Limit, json_answer, key_after, page
from api.routes.views import scoped
from domain.ledger.errors import PositionBeyondHead

routes: Final = APIRouter(tags=["views"])
answers: Final = Answers()
FIGURES: Final = "article_figures"
AtPosition = Annotated[int | None, Query(ge=1, le=2**53)]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures by their row number in the article's table."""

    figures: dict[str, FigureAnswer]
    position: int
    simulated: bool


class FigurePositions(msgspec.Struct, frozen=True, kw_only=True):
    """The events that one figure is rebuilt from; ask again after the last of them."""

    row: int
    positions: list[int]
    position: int


@routes.get("/api/v1/views/rollup_tree", operation_id="rollup_tree", **answers.page_of(RollupNode))
async def rollup_tree(
    *,
    asking: Asking,
    demanded: Demanded,
    first_day: Day,
    last_day: Day,
    district: Id | None = None,
    after: Cursor = None,
    limit: Limit = 500,
) -> Response:
    """Each day's bureau roll-up over its districts', with gaps, signatures, and whether it is outdated.

    While the bureau's is not built, its districts' stand alone.

    A district's people ask for their own district's: what they sign they must be able to see.
    """
    scoped(asking, district)
    position = await demanded.view("rollup_tree")
    key = (date.min, 0, "") if after is None else key_after(after, tuple[date, int, str])
    async with demanded.wiring.pool.acquire() as connection:
        rows = await fetch_rollup_tree(connection, first_day, last_day, organisation=district, after=key, limit=limit)
    return page(demanded, rows, position, limit=limit, key=_root_key)


def _root_key(row: RollupNode) -> tuple[date, int, str]:
    return row.rollup.business_date, row.rollup.level, row.rollup.rollup


async def reached_by(demanded: Demand, at_position: int | None) -> int:
    """The position of the figures' view. Raises PositionBeyondHead when it is asked as of a later one."""
    reached = await demanded.view(FIGURES)
    if at_position is not None and at_position > reached:
        raise PositionBeyondHead(position=at_position, head=reached)
    return reached


@routes.get("/api/v1/views/article_figures", operation_id="article_figures", **answers.one(Figures))
async def article_figures(
    *,
    asking: Asking,
    demanded: Demanded,
    instant: Instant | None = None,
    at_position: AtPosition = None,
) -> Response:
    """The article's figures rebuilt from the events, as of now, of a recorded instant or of a position."""
    reached = await reached_by(demanded, at_position)
    async with demanded.wiring.pool.acquire() as connection:
        found = await fetch_figures(connection, instant=instant, position=at_position)
    figures = {str(row): figure.with_evidence() for row, figure in sorted(found.items())}
    return json_answer(demanded, Figures(figures=figures, position=reached, simulated=demanded.wiring.simulated))


@routes.get("/api/v1/views/article_figures/{row}", operation_id="figure_positions", **answers.one(FigurePositions))
async def figure_positions(
    *,
    asking: Asking,
    demanded: Demanded,
    row: Annotated[int, Path(ge=1, le=40)],
    instant: Instant | None = None,
    at_position: AtPosition = None,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Limit = 500,
) -> Response:
    """The positions of the events that a figure is rebuilt from, as of the same instant and position as the figure."""
    reached = await reached_by(demanded, at_position)
    async with demanded.wiring.pool.acquire() as connection:
        positions = await fetch_figure_positions(
            connection, row, instant=instant, position=at_position, after=after, limit=limit
        )
    return json_answer(demanded, FigurePositions(row=row, positions=positions, position=reached))
