"""How many days a view that is not paged may be asked for at once: no read holds a snapshot longer than one page."""

from datetime import date
from typing import ClassVar, Final

from domain.ledger.errors import Invalid

MOST_DAYS: Final = 62
"""Two months of whatever lengths."""


class SpanTooLong(Invalid):
    """The span has more days than one answer holds; ask for it in parts."""

    code: ClassVar[str] = "span_too_long"


def require_span(first_day: date, last_day: date) -> None:
    """Raises SpanTooLong for more than ``MOST_DAYS`` days, both ends counted."""
    if (last_day - first_day).days >= MOST_DAYS:
        raise SpanTooLong("last_day", f"at most {MOST_DAYS} days from first_day on", most_days=MOST_DAYS)
