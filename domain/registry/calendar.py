"""Three calendars from events, each as known at an instant, and the one deadline function.

daily     every day counts: what is owed daily is owed on holidays too
working   Monday to Friday count; holidays and make-up days (调休) are exceptions, published and changed by events
legal     every day counts; months are calendar months, clipped to the end of a shorter month

Each publication and change carries ``known_at``. A question names the instant whose knowledge it is asked with: at
``known_at`` itself the change is known. Of two that are both known, the one recorded later stands. A day outside
every published span follows the plain rule; ``published`` says whether it was inside one.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, assert_never

from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.events import CalendarChanged, CalendarName, CalendarPublished

MAX_OFFSET: Final = 3_660
"""Longest offset in days; ten years."""


def plain_rule(name: CalendarName, day: date) -> bool:
    """Whether a day counts when nothing was published about it."""
    match name:
        case CalendarName.DAILY | CalendarName.LEGAL:
            return True
        case CalendarName.WORKING:
            return day.weekday() < 5
        case _:
            assert_never(name)


@dataclass(frozen=True, slots=True)
class _Knowledge:
    known_at: datetime
    days: dict[date, bool]
    span: tuple[date, date] | None


@dataclass(slots=True)
class Calendar:
    """One calendar, folded from its events in the order of the log."""

    name: CalendarName
    _knowledge: list[_Knowledge] = field(default_factory=list)

    def fold(self, event: Event) -> None:
        """Take one event of the registry into account; those of other calendars change nothing."""
        if isinstance(event, CalendarPublished | CalendarChanged) and event.calendar is self.name:
            span = (event.first_day, event.last_day) if isinstance(event, CalendarPublished) else None
            days = dict.fromkeys(event.work_days, True) | dict.fromkeys(event.rest_days, False)
            self._knowledge.append(_Knowledge(event.known_at, days, span))

    def counts(self, day: date, *, known_at: datetime) -> bool:
        """Whether the day counts in this calendar, as known at an instant."""
        for knowledge in reversed(self._knowledge):
            if knowledge.known_at <= known_at and day in knowledge.days:
                return knowledge.days[day]
        return plain_rule(self.name, day)

    def published(self, day: date, *, known_at: datetime) -> bool:
        """Whether the day lies in a span that was published by then."""
        return any(
            one.known_at <= known_at and one.span is not None and one.span[0] <= day <= one.span[1]
            for one in self._knowledge
        )

    def next_counting(self, day: date, *, known_at: datetime) -> date:
        """The first day after this one that counts."""
        return self.after(day, 1, known_at=known_at)

    def after(self, day: date, days: int, *, known_at: datetime) -> date:
        """The day that lies this many counting days later; the day itself is not counted.

        0 gives the day itself when it counts, else the next that does.
        Raises Invalid for a negative number, one beyond ten years, or the end of time.
        """
        if not 0 <= days <= MAX_OFFSET:
            raise Invalid("offset", f"must lie between 0 and {MAX_OFFSET} days")
        if days == 0 and not self.counts(day, known_at=known_at):
            days = 1
        try:
            while days:
                day += timedelta(days=1)
                days -= self.counts(day, known_at=known_at)
        except OverflowError as error:
            raise Invalid("day", "lies too far in the future") from error
        return day


@dataclass(slots=True)
class Calendars:
    """The three calendars together."""

    daily: Calendar = field(default_factory=lambda: Calendar(CalendarName.DAILY))
    working: Calendar = field(default_factory=lambda: Calendar(CalendarName.WORKING))
    legal: Calendar = field(default_factory=lambda: Calendar(CalendarName.LEGAL))

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Calendars":
        """The calendars of a history, in the order of the log."""
        calendars = cls()
        for event in events:
            calendars.fold(event)
        return calendars

    def fold(self, event: Event) -> None:
        """Take one event into account."""
        for calendar in (self.daily, self.working, self.legal):
            calendar.fold(event)

    def named(self, name: CalendarName) -> Calendar:
        """One of the three."""
        match name:
            case CalendarName.DAILY:
                return self.daily
            case CalendarName.WORKING:
                return self.working
            case CalendarName.LEGAL:
                return self.legal
            case _:
                assert_never(name)

    def is_working_day(self, day: date, *, known_at: datetime) -> bool:
        """Whether people work on this day, as known at an instant."""
        return self.working.counts(day, known_at=known_at)

    def next_working_day(self, day: date, *, known_at: datetime) -> date:
        """The first working day after this one."""
        return self.working.next_counting(day, known_at=known_at)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, clipped to that month's end: 31 January + 1 month = 29 February 2020.

    Raises Invalid for a negative number or the end of time.
    """
    if not 0 <= months <= MAX_OFFSET:
        raise Invalid("months", f"must lie between 0 and {MAX_OFFSET}")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > 9999:
        raise Invalid("day", "lies too far in the future")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """When something is due, counted from a day: ``months`` calendar months, then ``days`` days of ``calendar``.

    ``clock`` is ``HH:MM`` in Asia/Shanghai, ``24:00`` is 00:00 of the next day. The day itself is never counted. With
    no days the deadline lies on the day itself or, if that does not count in the calendar, on the next that does.
    """

    clock: str
    calendar: CalendarName = CalendarName.DAILY
    days: int = 0
    months: int = 0


def deadline(rule: DeadlineRule, day: date, calendars: Calendars, known_at: datetime) -> datetime:
    """The last instant that is in time (UTC): the interval to act in is closed at its end, see ``in_time``.

    Raises Invalid for a clock or an offset that is none.
    """
    due_on = calendars.named(rule.calendar).after(months_later(day, rule.months), rule.days, known_at=known_at)
    return at_shanghai(due_on, rule.clock)


def in_time(received_at: datetime, due: datetime) -> bool:
    """Whether an arrival is in time: at the very deadline it is, a microsecond later it is late."""
    return received_at <= due
