"""Bundles: what an office outside needs to check what happened, without us (docs/bundle.md)."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from api.bundles.asked import MOST_DAYS, MOST_POSITIONS, Asked, PositionsAsked, ReportAsked, SchoolAsked
from api.bundles.errors import DisclosureNotAllowed
from api.bundles.making import BundleMaker, Exporter
from api.identity import Asker, Asking, Wired
from api.routes.answers import READ
from api.routes.fields import Day, Id, ReportId
from api.wiring import Wiring
from domain.ledger.errors import Invalid
from domain.registry.reading import Reader, Scope, scope_of

routes: Final = APIRouter(tags=["bundles"])
MEDIA_TYPE: Final = "application/zip"
_ZIP: Final[dict[str, Any]] = {
    "response_class": Response,
    "responses": {
        **READ["responses"],
        200: {
            "description": "A zip.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
    },
}
Position = Annotated[int, Query(ge=1, lt=2**53)]
Disclose = Annotated[bool, Query(description="With personal values, as far as the asker may have them.")]


@routes.get("/api/v1/bundles/reports/{report}", operation_id="bundle_of_report", **_ZIP)
async def bundle_of_report(report: ReportId, wiring: Wired, asking: Asking, disclose: Disclose = False) -> Response:
    """One report with its signatures and the roll-ups of its day, as far as the asker may see them."""
    return await _bundle(ReportAsked(report), wiring, asking, disclose=disclose)


@routes.get("/api/v1/bundles/schools/{school}", operation_id="bundle_of_school", **_ZIP)
async def bundle_of_school(
    school: Id, first_day: Day, last_day: Day, wiring: Wired, asking: Asking, disclose: Disclose = False
) -> Response:
    """A school's reports of a span of at most 366 days, both ends included."""
    if not 0 <= (last_day - first_day).days < MOST_DAYS:
        raise Invalid("last_day", f"must be a day of the {MOST_DAYS} that begin with first_day")
    return await _bundle(SchoolAsked(school, first_day, last_day), wiring, asking, disclose=disclose)


@routes.get("/api/v1/bundles/positions", operation_id="bundle_of_positions", **_ZIP)
async def bundle_of_positions(
    wiring: Wired,
    asking: Asking,
    position: Annotated[tuple[Position, ...], Query(min_length=1, max_length=MOST_POSITIONS)],
    disclose: Disclose = False,
) -> Response:
    """Single entries, with what the signatures among them rest on."""
    return await _bundle(PositionsAsked(position), wiring, asking, disclose=disclose)


async def _bundle(asked: Asked, wiring: Wiring, asking: Asker, *, disclose: bool) -> Response:
    reader = asking.reader
    if disclose and not _has_personal(reader):
        raise DisclosureNotAllowed
    exporter = Exporter(
        person=asking.person,
        may_read=lambda recorded: reader.may_read(recorded.event.event_class, recorded.tags),
        may_disclose=lambda recorded: disclose and reader.sees_personal(recorded.tags),
    )
    made = await bundle_maker(wiring).make(asked, exporter)
    headers = {
        "Content-Disposition": f'attachment; filename="wenze-{made.bundle}.zip"',
        "Cache-Control": "private, no-store",
    }
    return Response(made.packed, media_type=MEDIA_TYPE, headers=headers)


def bundle_maker(wiring: Wiring) -> BundleMaker:
    """Over the ledger and the published files of this process."""
    return BundleMaker(wiring.ledger, wiring.vault, wiring.published, wiring.publishing.publisher.files)


def _has_personal(reader: Reader) -> bool:
    return reader.sees_everybodys or any(scope_of(post.role) is Scope.SCHOOL for post in reader.posts)
