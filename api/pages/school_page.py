"""``/schools/{school}``: one school's history, and what it answers for schools that closed or merged."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from fastapi import Request, Response

from adapters.postgres.view import Connection
from adapters.postgres.views.duty_board import fetch_forms
from adapters.postgres.views.organisations import OrganisationRow, fetch_organisation
from adapters.postgres.views.school_trail import TrailDay, fetch_inherited, fetch_trail
from api.pages.answering import (
    day_parameter,
    form_parameter,
    form_query,
    is_identifier,
    page_router,
    pages_of,
    reading,
)
from api.pages.board import Day, totals_of
from api.pages.public import public_of
from api.pages.school import Histories, weeks_of
from api.pages.strengths import fetch_strengths
from api.pages.windows import fetch_windows
from api.wiring import wiring_of
from domain.ledger.errors import NotFound
from domain.registry.events import SITE_KINDS

MOST_DAYS: Final = 400
"""A year and a little: what one page shows. Older days are a link away."""
router = page_router()


@router.get("/schools/{school}")
async def school_page(request: Request, school: str) -> Response:
    """Each day is an anchor (``#2020-02-09``); each line leads to its event. ``until`` is the newest day shown."""
    public_of(request).require_filings()
    until = day_parameter(request, "until")
    async with reading(request) as (connection, head):
        header = await fetch_organisation(connection, school) if is_identifier(school) else None
        if header is None or header.kind not in SITE_KINDS:
            raise NotFound("school")
        forms = await fetch_forms(connection)
        form = form_parameter(request, forms)
        last, limit = until or date.max, MOST_DAYS + 1
        trail = await fetch_trail(connection, school, form=form, until=last, limit=limit)
        inherited = await fetch_inherited(connection, school, form=form, until=last, limit=limit)
        names = await _names(connection, header, (*trail, *inherited))
    older = _older(trail, inherited)
    trail, inherited = _newer(trail, older), _newer(inherited, older)
    pages = pages_of(request)
    log = wiring_of(request).ledger.log
    histories = Histories(
        say=pages.catalogue(request).gettext,
        names=names,
        windows=await fetch_windows(log),
        strengths=await fetch_strengths(log, (each.day for each in (*trail, *inherited))),
    )
    history = [histories.of(each.day, each.status) for each in trail]
    days = [
        Day(school=school, district=each.day.district, day=day.day, cell=day.cell, filed=day.received_at is not None)
        for each, day in zip(trail, history, strict=True)
    ]
    return pages.answer(
        request,
        "school.html",
        head=head,
        school=header,
        names=names,
        forms=forms,
        form=form,
        school_query=form_query(form),
        totals=totals_of(days),
        corrections=sum(max(len(each.day.revisions) - 1, 0) for each in trail),
        returns=sum(objection.kind == "returned" for each in trail for objection in each.day.objections),
        weeks=weeks_of(history),
        history=history,
        inherited=[histories.of(each.day, each.status) for each in inherited],
        older=older,
        until=until,
    )


def _older(*trails: list[TrailDay]) -> date | None:
    """The newest day that the page leaves to the next, if there is one."""
    return max((trail[MOST_DAYS].day.business_date for trail in trails if len(trail) > MOST_DAYS), default=None)


def _newer(trail: list[TrailDay], older: date | None) -> list[TrailDay]:
    return [each for each in trail if older is None or each.day.business_date > older]


async def _names(connection: Connection, header: OrganisationRow, days: Iterable[TrailDay]) -> dict[str, str]:
    """The names of what the page mentions: parent, heir, and everybody else who had or got one of its duties."""
    mentioned = {header.parent, header.heir}
    for each in days:
        mentioned |= {each.day.school, *(inheritance.heir for inheritance in each.day.inheritances)}
    found = [await fetch_organisation(connection, each) for each in sorted(filter(None, mentioned))]
    return {each.organisation: each.name for each in found if each is not None}
