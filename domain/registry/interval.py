"""Half-open intervals of instants: held at the begin, no longer at the end; an end of None is open.

And how far back what takes effect may begin. An order reaches the registrar days after it was given, so effects in
the past are entered; but whoever was responsible for a day that is long reported, signed and counted is not changed
afterwards (ADR 0015).
"""

from datetime import date, datetime, timedelta
from typing import Final

from domain.ledger.time import instant_text
from domain.registry.errors import EmptyInterval, TooLongAgo

DAYS_BACK: Final = 31


def require_recent(day: date, acting_on: date) -> None:
    """The day from which something takes effect is at most 31 days before the act. Raises TooLongAgo."""
    earliest_day = acting_on - timedelta(DAYS_BACK)
    if day < earliest_day:
        raise TooLongAgo(day=day.isoformat(), earliest=earliest_day.isoformat())


def require_interval(begin: datetime, end: datetime | None) -> None:
    """Raises EmptyInterval when the end is not after the begin."""
    if end is not None and end <= begin:
        raise EmptyInterval(valid_from=instant_text(begin), valid_to=instant_text(end))


def runs_at(begin: datetime, end: datetime | None, at: datetime) -> bool:
    """Whether the interval holds at an instant."""
    return begin <= at and (end is None or at < end)


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends; an open end is later than every other."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def overlap(begin: datetime, end: datetime | None, other_begin: datetime, other_end: datetime | None) -> bool:
    """Whether two intervals share an instant. One that is empty (revoked before it began) shares none."""
    latest, end_of_both = max(begin, other_begin), earliest(end, other_end)
    return end_of_both is None or latest < end_of_both
