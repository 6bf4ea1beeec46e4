"""Publish a calendar for a span of days."""

from datetime import date, datetime

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.calendar_days import CalendarState, require_days, require_known
from domain.registry.errors import DayOutsideSpan, EmptyInterval, SpanTaken
from domain.registry.events import CalendarName, CalendarPublished
from domain.registry.wording import require_name


class PublishCalendar(Command):
    """The days from ``first_day`` to ``last_day`` (both included), with those that differ from the plain rule.

    ``known_at`` is when anyone could first know it: at the latest when it is entered.
    """

    name = "publish_calendar"

    def __init__(
        self,
        *,
        acting: Acting,
        calendar: CalendarName,
        first_day: date,
        last_day: date,
        work_days: tuple[date, ...],
        rest_days: tuple[date, ...],
        known_at: datetime,
        source: str,
    ) -> None:
        self.first_day = first_day
        self.last_day = last_day
        self.work_days = work_days
        self.rest_days = rest_days
        self.known_at = known_at
        self.source = source
        self.authority = Authority(acting)
        self.calendar = CalendarState(calendar)
        self.perspectives = (self.authority, self.calendar)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: Invalid; refusals of authority; EmptyInterval, EveryDayCounts, DayContradicts, DayOutsideSpan,
        SpanTaken, KnownOutOfOrder.
        """
        require_name("source", self.source)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        if self.last_day < self.first_day:
            raise EmptyInterval(first_day=self.first_day.isoformat(), last_day=self.last_day.isoformat())
        require_days(self.calendar.name, self.work_days, self.rest_days)
        for day in (*self.work_days, *self.rest_days):
            if not self.first_day <= day <= self.last_day:
                raise DayOutsideSpan(calendar=self.calendar.name.value, day=day.isoformat())
        for first, last in self.calendar.spans:
            if self.first_day <= last and first <= self.last_day:
                raise SpanTaken(
                    calendar=self.calendar.name.value, first_day=first.isoformat(), last_day=last.isoformat()
                )
        require_known(self.calendar, self.known_at, self.authority.acting.at)
        self.record(
            CalendarPublished(
                calendar=self.calendar.name,
                first_day=self.first_day,
                last_day=self.last_day,
                work_days=self.work_days,
                rest_days=self.rest_days,
                known_at=self.known_at,
                source=self.source,
            )
        )
