"""``/schools/{school}``: one school's history."""

from fastapi import Request, Response

from adapters.postgres.views.organisations import fetch_organisation
from adapters.postgres.views.school_trail import fetch_trail
from api.pages.answering import page_router, pages_of, reading
from api.pages.board import Day, totals_of
from api.pages.school import day_history, weeks_of
from domain.ledger.errors import NotFound
from domain.registry.events import SITE_KINDS

router = page_router()


@router.get("/schools/{school}")
async def school_page(request: Request, school: str) -> Response:
    """Each day is an anchor (``#2020-02-09``); each line leads to its event."""
    async with reading(request) as (connection, head):
        header = await fetch_organisation(connection, school)
        if header is None or header.kind not in SITE_KINDS:
            raise NotFound("school")
        relatives = {
            each.organisation: each.name
            for each in [await fetch_organisation(connection, id) for id in (header.parent, header.heir) if id]
            if each is not None
        }
        trail = await fetch_trail(connection, school)
    pages = pages_of(request)
    say = pages.catalogue(request).gettext
    history = [day_history(each.day, each.status, say) for each in trail]
    days = [
        Day(school=school, district=each.day.district, day=day.day, cell=day.cell, filed=day.received_at is not None)
        for each, day in zip(trail, history, strict=True)
    ]
    return pages.answer(
        request,
        "school.html",
        head=head,
        school=header,
        relatives=relatives,
        totals=totals_of(days),
        corrections=sum(max(len(each.day.revisions) - 1, 0) for each in trail),
        returns=sum(objection.kind == "returned" for each in trail for objection in each.day.objections),
        weeks=weeks_of(history),
        history=history,
    )
