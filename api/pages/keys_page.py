"""``/keys``: make a key of one's own, and vouch for another's. What it does, it does with scripts and a token."""

from typing import Final

from fastapi import Request, Response

from api.pages.answering import page_router, pages_of
from api.pages.signing_words import words_of

router: Final = page_router()


@router.get("/keys")
async def keys_page(request: Request) -> Response:
    """The page itself knows nobody: it is the same for everybody."""
    pages = pages_of(request)
    return pages.answer(request, "keys.html", plain=True, script_words=words_of(pages.catalogue(request).gettext))
