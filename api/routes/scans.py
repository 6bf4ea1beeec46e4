"""``/scans/{scan}``: where the scan of a signed paper is handed in. Outside ``/api/``, where every body is JSON."""

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints

from api.identity import PersonAsking, Wired
from api.routes.answers import READ
from api.routes.fields import DIGEST

routes: Final = APIRouter(tags=["signing"])


@routes.put("/scans/{scan}", operation_id="keep_scan", status_code=204, response_class=Response, **READ)
async def put_scan(
    scan: Annotated[str, StringConstraints(pattern=DIGEST)], request: Request, person: PersonAsking, wiring: Wired
) -> Response:
    """Keep what the asking person has signed by hand, under its SHA-256; the same again changes nothing."""
    data = await request.body()
    await wiring.scans.keep(scan, data, signer=person)
    return Response(status_code=204)
