"""Instants and business dates.

An instant is an aware UTC ``datetime``; as text it is always ``YYYY-MM-DDTHH:MM:SS.ffffffZ`` (27 characters), so that
text order is time order. A business date is a calendar day in Asia/Shanghai, which has been UTC+8 without daylight
saving since 1991; "24:00" of a day is 00:00 of the next.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from domain.ledger.errors import Invalid

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
INSTANT_LENGTH: Final = 27
YEARS: Final = range(1001, 9999)
"""Of instants that are read: every offset and every calendar around them can be computed."""
_CLOCK: Final = re.compile(r"([0-9]{2}):([0-5][0-9])")


def instant_text(instant: datetime) -> str:
    """The 27 characters of an instant. Raises Invalid for a naive datetime: it would mean another time elsewhere."""
    if instant.tzinfo is None:
        raise Invalid("instant", "needs a time zone")
    if instant.year < 1000:
        raise Invalid("instant", "the year needs four digits")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_instant(text: str, *, field: str = "instant") -> datetime:
    """An RFC 3339 instant with any offset, as UTC.

    Raises Invalid for ``field`` when it is not one or has no offset; the text itself may be anything, and is not told.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field, "not an RFC 3339 instant") from error
    if instant.tzinfo is None:
        raise Invalid(field, "needs a time zone")
    if instant.year not in YEARS:
        raise Invalid(field, "the year is out of range")
    return instant.astimezone(UTC)


def business_date_of(instant: datetime) -> date:
    """The day in Asia/Shanghai in which the instant lies; 00:00 belongs to the day that begins."""
    return instant.astimezone(SHANGHAI).date()


def at_shanghai(day: date, clock: str) -> datetime:
    """The instant of ``HH:MM`` on a day in Asia/Shanghai; ``24:00`` is 00:00 of the next day.

    Raises Invalid for anything but 00:00 … 24:00.
    """
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise Invalid("clock", "must be HH:MM")
    total = int(match[1]) * 60 + int(match[2])
    if total > 24 * 60:
        raise Invalid("clock", "must lie between 00:00 and 24:00")
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC) + timedelta(minutes=total)
