"""The three calendars of 2020, and the one change inside the scenario (domain reference 6.6).

The plan of November 2019 gave 24 to 30 January off and made Sunday 19 January and Saturday 1 February working days. The
State Council's notice, dated 26 January and published on the 27th, prolonged the holiday to Sunday 2 February: so
"as known on 25 January" and "as known on 27 January" differ about 31 January and 1 February.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.ledger.time import at_shanghai
from domain.registry.events import CalendarName

YEAR: Final = (date(2020, 1, 1), date(2020, 12, 31))
PLAN_KNOWN: Final = at_shanghai(date(2019, 11, 21), "12:00")
CHANGE_KNOWN: Final = at_shanghai(date(2020, 1, 27), "00:00")
PROLONGED: Final = (date(2020, 1, 31), date(2020, 2, 1))
CHANGE_SOURCE: Final = "State Council General Office notice, dated 2020-01-26, published 2020-01-27"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlan:
    """A calendar as published before the scenario."""

    calendar: CalendarName
    work_days: tuple[date, ...]
    rest_days: tuple[date, ...]
    known_at: datetime
    source: str


def _span(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=day) for day in range((last - first).days + 1))


PUBLISHED: Final = (
    CalendarPlan(
        calendar=CalendarName.DAILY,
        work_days=(),
        rest_days=(),
        known_at=PLAN_KNOWN,
        source="Daily reporting, every day",
    ),
    CalendarPlan(
        calendar=CalendarName.WORKING,
        work_days=(
            date(2020, 1, 19),
            date(2020, 2, 1),
            date(2020, 4, 26),
            date(2020, 5, 9),
            date(2020, 6, 28),
            date(2020, 9, 27),
            date(2020, 10, 10),
        ),
        rest_days=tuple(
            day
            for first, last in (
                (date(2020, 1, 1), date(2020, 1, 1)),
                (date(2020, 1, 24), date(2020, 1, 30)),
                (date(2020, 4, 4), date(2020, 4, 6)),
                (date(2020, 5, 1), date(2020, 5, 5)),
                (date(2020, 6, 25), date(2020, 6, 27)),
                (date(2020, 10, 1), date(2020, 10, 8)),
            )
            for day in _span(first, last)
            if day.weekday() < 5
        ),
        known_at=PLAN_KNOWN,
        source="State Council General Office, holiday plan for 2020",
    ),
    CalendarPlan(
        calendar=CalendarName.LEGAL, work_days=(), rest_days=(), known_at=PLAN_KNOWN, source="Calendar days and months"
    ),
)
