"""``/sign``: what is signed, word for word, and the button that signs it; also as a sheet of paper with its code."""

import io
import re
from typing import Final

import segno
from fastapi import Request, Response

from api.pages.answering import page_router, pages_of
from api.pages.render import HEADERS
from api.pages.signing_words import words_of
from api.routes.fields import DIGEST, REPORT
from domain.ledger.errors import Invalid

router: Final = page_router()
_DIGEST: Final = re.compile(DIGEST)
_SUBJECT: Final = re.compile(r"^(f2-)?" + REPORT.removeprefix("^"))


@router.get("/sign")
async def sign_page(request: Request) -> Response:
    """``subject`` may name the report or roll-up; the page itself knows nobody."""
    pages = pages_of(request)
    return pages.answer(request, "sign.html", plain=True, script_words=words_of(pages.catalogue(request).gettext))


@router.get("/sign/qr.svg")
async def sign_code(request: Request) -> Response:
    """The QR code of a paper: ``wenze/paper/v1``, the report or roll-up, and the digest that is signed."""
    subject, digest = request.query_params.get("subject", ""), request.query_params.get("digest", "")
    if _SUBJECT.fullmatch(subject) is None:
        raise Invalid("subject", "must be a report or a roll-up")
    if _DIGEST.fullmatch(digest) is None:
        raise Invalid("digest", "must be 64 hex digits")
    drawn = io.BytesIO()
    segno.make_qr(f"wenze/paper/v1 {subject} {digest}", error="m").save(drawn, kind="svg", scale=4, border=4)
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=dict(HEADERS))
