"""``/board``: the city as a drawing; with ``?district=`` that district as a table of glyphs and words.

Of one form: the daily report, or another with ``?form=`` where duties of several were opened.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from fastapi import Request, Response

from adapters.postgres.views.duty_board import BoardCell, fetch_board, fetch_forms, fetch_span
from adapters.postgres.views.organisation_names import OrganisationNames, fetch_names
from api.pages.answering import day_parameter, form_parameter, form_query, page_router, pages_of, reading
from api.pages.board import (
    EXCEPTIONS,
    GLYPH_PATHS,
    Day,
    blocks_of,
    cell_of,
    daily_of,
    readout_of,
    span_of,
    ticks_of,
    totals_of,
)
from api.pages.public import public_of
from domain.ledger.errors import NotFound

MOST_DAYS: Final = 62
"""Two months: more columns than a screen can show. Without a choice, the last that had duties."""
router = page_router()


@router.get("/board")
async def board_page(request: Request) -> Response:
    """``from`` and ``to`` are days, both included."""
    public_of(request).require_filings()
    chosen = request.query_params.get("district") or ""
    asked = day_parameter(request, "from"), day_parameter(request, "to")
    async with reading(request) as (connection, head):
        names = await fetch_names(connection)
        if chosen and chosen not in names.districts:
            raise NotFound("district")
        forms = await fetch_forms(connection)
        form = form_parameter(request, forms)
        span = _shown(await fetch_span(connection, form), *asked)
        cells = await fetch_board(connection, *span, form=form, district=chosen or None) if span else []
    days = [_day(cell) for cell in cells]
    shown = span_of(days)
    blocks = blocks_of(days, shown, names.all)
    pages = pages_of(request)
    return pages.answer(
        request,
        "district.html" if chosen else "board.html",
        head=head,
        days=shown,
        districts=blocks,
        block=blocks[0] if blocks else None,
        district_name=names.all.get(chosen, ""),
        totals=totals_of(days),
        ticks=ticks_of(shown),
        daily=daily_of(days, shown),
        school_count=len({day.school for day in days}),
        exceptions=EXCEPTIONS,
        patterns=GLYPH_PATHS,
        readout=readout_of(pages.catalogue(request).gettext),
        district_choices=_choices(names),
        chosen=chosen,
        forms=forms,
        form=form,
        school_query=form_query(form),
        span=asked if span is None else span,
    )


def _shown(there: tuple[date, date] | None, first: date | None, last: date | None) -> tuple[date, date] | None:
    """The days to show: what was asked for, inside what is there, and never more than a screen can hold."""
    if there is None:
        return None
    end = min(last, there[1]) if last else there[1]
    begin = max(first, there[0]) if first else there[0]
    return max(begin, end - timedelta(MOST_DAYS - 1)), end


def _choices(names: OrganisationNames) -> Mapping[str, str]:
    return {district: names.all[district] for district in names.districts}


def _day(cell: BoardCell) -> Day:
    return Day(
        school=cell.school,
        district=cell.district,
        day=cell.business_date,
        cell=cell_of(
            cell.status, cell.nature, corrected=cell.corrected, returned=cell.returned, withdrawn=cell.withdrawn
        ),
        filed=cell.answered,
    )
