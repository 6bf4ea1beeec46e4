"""What anyone may read on the pages without a token. This is the one place where that is decided.

Public are the envelopes of events of class ``open``; and that a report was filed, corrected or withdrawn, when, in
which revision, of which nature and with which digest, although those events are of class ``office`` by what they hold.
Not public: what a report says, who prepared it, drafts, tokens, the registry of persons, and free text of any kind,
which the ledger only holds as commitments anyway. People appear by pseudonym. No page ever shows a payload.
"""

from collections.abc import Iterable
from typing import Final

from domain.catalogue import CATALOGUE
from domain.ledger.entry import Recorded
from domain.ledger.event import EventClass
from domain.reporting.events import ReportCorrected, ReportSubmitted, ReportWithdrawn

FILINGS: Final = frozenset({ReportSubmitted.type_name, ReportCorrected.type_name, ReportWithdrawn.type_name})
FILING_SUBJECTS: Final = frozenset({"report", "school", "rollup"})
"""What a filing may be found by and shown with. Not by person: that would say who prepared it."""
OPEN: Final = frozenset(name for name, event in CATALOGUE.types.items() if event.event_class is EventClass.OPEN)
CLASSES: Final = frozenset({EventClass.OPEN.value, EventClass.OFFICE.value})
"""The classes that the pages read from the log; ``public_types`` then says which of their types are shown."""


def public_types(tags: Iterable[str] = ()) -> frozenset[str]:
    """The event types whose occurrence the pages show, to someone who looks for these tags."""
    found_by = {tag.partition(":")[0] for tag in tags}
    return OPEN | FILINGS if found_by <= FILING_SUBJECTS else OPEN


def public_tags(recorded: Recorded) -> tuple[str, ...]:
    """The tags that are shown of an event."""
    if recorded.event.type_name not in FILINGS:
        return recorded.tags
    return tuple(tag for tag in recorded.tags if tag.partition(":")[0] in FILING_SUBJECTS)


def public_person(recorded: Recorded) -> str | None:
    """The pseudonym of who acted, where that may be shown."""
    return None if recorded.event.type_name in FILINGS else recorded.actor.person
