"""The page in a bundle that says, in plain words, what it is and how to check it. It proves nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from jinja2 import Template

from api.errors import Language
from api.pages.render import HTML_LANGUAGE, LANGUAGES, template_environment, translations
from api.pages.words import EVENTS, zh
from domain.evidence.manifest import BundleRole
from domain.ledger.entry import Recorded

ROLES: Final[Mapping[BundleRole, str]] = {
    BundleRole.ASKED: zh("所请求的内容"),
    BundleRole.DUTY: zh("相应的报送义务与报告"),
    BundleRole.ROLLUP: zh("当日汇总"),
    BundleRole.AUTHORITY: zh("签署人的任职与委托"),
    BundleRole.CREDENTIAL: zh("签署人的密钥登记、吊销与异议"),
    BundleRole.LOG: zh("账本自身"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a bundle holds, for its page; ``entries`` are in position order, by role."""

    origin: str
    size: int
    witnessed: bool
    asked: str
    made_at: datetime
    disclosed: int
    entries: Mapping[BundleRole, Sequence[Recorded]]


def readmes(contents: Contents) -> dict[str, bytes]:
    """``README.zh.html`` and ``README.en.html``: whole pages, without anything that they would have to fetch."""
    pages: dict[str, bytes] = {}
    for language in LANGUAGES:
        html = _template(language).render(
            html_language=HTML_LANGUAGE[language],
            contents=contents,
            groups=[(title, contents.entries.get(role, ())) for role, title in ROLES.items()],
            word=lambda name: EVENTS.get(name, name),
        )
        pages[f"README.{language}.html"] = html.encode()
    return pages


@cache  # reading a catalogue costs more than all the rest of a small bundle
def _template(language: Language) -> Template:
    return template_environment(translations(language)).get_template("bundle.html")
