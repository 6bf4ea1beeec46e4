"""What the pages show without a token. This is the one place where that is decided; ADR 0008 says why.

Of a real log: the envelopes of events of class ``open``, and the figures that rest on nothing else. What schools file
is of class ``office``, and so is everything that is told by it: the board, a school's history, the number of cases.

Of a simulated log also that a report was filed, corrected or withdrawn, when, in which revision, of which nature and
with which digest, and what is told by that: nobody in such a log is real. Even there a report's content, who prepared
it, drafts, tokens and the registry of persons are not shown. People appear by pseudonym; no page shows a payload.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi import Request

from adapters.postgres.views.article_figures import FACTS_OF, TYPES_OF
from api.wiring import wiring_of
from domain.catalogue import CATALOGUE
from domain.ledger.entry import Recorded
from domain.ledger.errors import WenzeError
from domain.ledger.event import EventClass
from domain.reporting.events import ReportCorrected, ReportSubmitted, ReportWithdrawn

FILINGS: Final = frozenset({ReportSubmitted.type_name, ReportCorrected.type_name, ReportWithdrawn.type_name})
FILING_SUBJECTS: Final = frozenset({"report", "school", "rollup"})
"""What a filing may be found by and shown with. Not by person: that would say who prepared it."""
OPEN: Final = frozenset(name for name, event in CATALOGUE.types.items() if event.event_class is EventClass.OPEN)


class OfficeOnly(WenzeError):
    """What was asked for is told by filings, which are not public."""

    code: ClassVar[str] = "office_only"


@dataclass(frozen=True, slots=True)
class Public:
    """What anyone may know of one log."""

    simulated: bool

    @property
    def classes(self) -> frozenset[str]:
        """The classes that the pages read from the log; ``types`` says which of their types are shown."""
        return frozenset({EventClass.OPEN, EventClass.OFFICE} if self.simulated else {EventClass.OPEN})

    def types(self, tags: Iterable[str] = ()) -> frozenset[str]:
        """The event types whose occurrence is shown, to someone who looks for these tags."""
        found_by = {tag.partition(":")[0] for tag in tags}
        return OPEN | FILINGS if self.simulated and found_by <= FILING_SUBJECTS else OPEN

    def require_filings(self) -> None:
        """Raises OfficeOnly where what schools filed is not shown."""
        if not self.simulated:
            raise OfficeOnly

    def shows_figure(self, row: int) -> bool:
        """Whether a figure of the article rests on nothing but events that are shown."""
        return {name for fact in FACTS_OF.get(row, ()) for name in TYPES_OF[fact]} <= self.types()

    def tags_of(self, recorded: Recorded) -> tuple[str, ...]:
        """The tags that are shown of an event."""
        if recorded.event.type_name not in FILINGS:
            return recorded.tags
        return tuple(tag for tag in recorded.tags if tag.partition(":")[0] in FILING_SUBJECTS)

    def person_of(self, recorded: Recorded) -> str | None:
        """The pseudonym of who acted, where that may be shown."""
        return None if recorded.event.type_name in FILINGS else recorded.actor.person


def public_of(request: Request) -> Public:
    """What the app that answers may show to anyone."""
    return Public(wiring_of(request).simulated)
