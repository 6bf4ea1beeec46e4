"""Half-open intervals of instants: held at the begin, no longer at the end; an end of None is open."""

from datetime import datetime

from domain.ledger.time import instant_text
from domain.registry.errors import EmptyInterval


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
