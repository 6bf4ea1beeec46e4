"""Rendering: templates, languages, and the headers that every page carries.

Works without scripts first. The policy allows our own files only: no inline script, no inline style, no string that
becomes a script (Trusted Types).
"""

import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.publisher.state import WhyRefused
from api.errors import Language
from api.pages import words
from api.wiring import Wiring
from domain.ledger.time import SHANGHAI

PLACE: Final = Path(__file__).parent
STATIC: Final = PLACE / "static"
LOCALE: Final = PLACE / "locale"
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
"""Chinese first. ``zh-CN`` and ``zh-Hans`` are mapped to ``zh``: Babel's own negotiation would answer English."""
HTML_LANGUAGE: Final = {"zh": "zh-Hans", "en": "en"}
LANGUAGE_COOKIE: Final = "language"
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language, Cookie",
}


def translations(language: Language) -> Translations:
    """The catalogue of a language, read from its ``.po`` text: nothing compiled is kept, nothing can be out of step."""
    with (LOCALE / language / "LC_MESSAGES" / "wenze.po").open("rb") as text:
        catalogue = read_po(text, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled, domain="wenze")


def language_of(request: Request) -> Language:
    """What the reader asked for: ``?lang=``, then the cookie, then Accept-Language by weight, then Chinese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        for language in LANGUAGES:
            if asked == language:
                return language
    weighted = []
    for order, part in enumerate(request.headers.get("accept-language", "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        weighted.append((-_weight(parameters), order, tag.partition("-")[0].lower()))
    for weight, _, name in sorted(weighted):
        for language in LANGUAGES:
            if weight < 0 and name == language:
                return language
    return "zh"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class Pages:
    """The templates in every language; one object per application."""

    def __init__(self) -> None:
        content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))
        self._version = hashlib.sha256(content).hexdigest()[:12]
        self._catalogues = {language: translations(language) for language in LANGUAGES}
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def language(self, request: Request) -> Language:
        """The reader's language."""
        return language_of(request)

    def catalogue(self, request: Request) -> Translations:
        """The words of the reader's language."""
        return self._catalogues[language_of(request)]

    def answer(
        self, request: Request, template: str, *, status: int = 200, plain: bool = False, **context: Any
    ) -> HTMLResponse:
        """A page in the reader's language. ``?lang=`` is remembered in a cookie. ``plain`` pages have no log's head."""
        language = language_of(request)
        html = (
            self._environments[language]
            .get_template(template)
            .render(
                status=status,
                path=request.scope["path"],
                simulated=_is_simulated(request),
                not_signed=_why_not_signed(request),
                language=language,
                here=lambda **changes: _address(request, changes),
                plain=plain,
                **context,
            )
        )
        response = HTMLResponse(html, status, headers={**HEADERS, "Content-Language": HTML_LANGUAGE[language]})
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="lax")
        return response

    def _environment(self, language: Language) -> Environment:
        catalogue = self._catalogues[language]
        environment = template_environment(catalogue)
        environment.filters.update(
            day=lambda value: day_text(value, language),
            minute=lambda value: _shanghai(value).strftime("%H:%M"),
            weekday=lambda value: catalogue.gettext(words.WEEKDAYS[value.weekday()]),
            weekday_short=lambda value: catalogue.gettext(words.WEEKDAYS_SHORT[value.weekday()]),
            grouped=lambda value: f"{value:,}",
            machine=machine_instant,
            shanghai_day=lambda value: _shanghai(value).date(),
            pseudonym=lambda value: value[-8:],
            tag=_tag,
            form=lambda value: f"{value} {catalogue.gettext(words.FORMS[value])}" if value in words.FORMS else value,
        )
        environment.globals.update(
            html_language=HTML_LANGUAGE[language],
            static=lambda name: f"/static/{name}?v={self._version}",
            percent=percent,
            words=words,
            State=words.State,
            Flag=words.Flag,
        )
        return environment


def template_environment(catalogue: Translations) -> Environment:
    """The templates with a language's words, for pages that stand alone too."""
    environment = Environment(
        loader=FileSystemLoader(PLACE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(moment=_moment)
    environment.globals.update(gettext=catalogue.gettext, ngettext=catalogue.ngettext)
    return environment


def _is_simulated(request: Request) -> bool:
    wiring = getattr(request.app.state, "wiring", None)
    return isinstance(wiring, Wiring) and wiring.simulated


def _why_not_signed(request: Request) -> WhyRefused | None:
    wiring = getattr(request.app.state, "wiring", None)
    return wiring.publishing.why_refused if isinstance(wiring, Wiring) else None


def _address(request: Request, changes: Mapping[str, str | None]) -> str:
    """This page with some of its query changed; None takes a parameter away."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    added = [(name, value) for name, value in changes.items() if value is not None]
    return "?" + urlencode(kept + added)


def _shanghai(instant: datetime) -> datetime:
    return instant.astimezone(SHANGHAI)


def _moment(instant: datetime) -> str:
    return _shanghai(instant).strftime("%Y-%m-%d %H:%M:%S")


def day_text(day: date, language: str) -> str:
    """A day without its year: 2月9日, 9 Feb."""
    return format_date(day, "M月d日" if language == "zh" else "d MMM", locale=language)


def percent(part: int, whole: int) -> str:
    """A share with one decimal, cut and never rounded up: 99.96% is not 100%."""
    return "—" if whole == 0 else f"{part * 1000 // whole / 10:.1f}%"


def _tag(tag: str) -> str:
    """A tag with its longest parts cut from the left: the ends of UUIDs differ, their beginnings are a time."""
    kind, _, subject = tag.partition(":")
    parts = [f"…{part[-8:]}" if len(part) > 20 else part for part in subject.split(".")]
    return f"{kind}:{'.'.join(parts)}"


def machine_instant(instant: datetime) -> str:
    """For ``<time datetime>``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
