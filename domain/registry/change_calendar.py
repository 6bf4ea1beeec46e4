"""Change single days of a published calendar."""

from datetime import date, datetime

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.calendar_days import CalendarState, require_days, require_known
from domain.registry.errors import DayOutsideSpan, NothingChanged
from domain.registry.events import CalendarChanged, CalendarName
from domain.registry.wording import require_name


class ChangeCalendar(Command):
    """Days become working days or days of rest. What was known before stays what was known before."""

    name = "change_calendar"

    def __init__(
        self,
        *,
        acting: Acting,
        calendar: CalendarName,
        work_days: tuple[date, ...],
        rest_days: tuple[date, ...],
        known_at: datetime,
        source: str,
    ) -> None:
        self.work_days = work_days
        self.rest_days = rest_days
        self.known_at = known_at
        self.source = source
        self.authority = Authority(acting)
        self.calendar = CalendarState(calendar)
        self.perspectives = (self.authority, self.calendar)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: Invalid; refusals of authority; NothingChanged, EveryDayCounts, DayContradicts, DayOutsideSpan,
        KnownOutOfOrder.
        """
        require_name("source", self.source)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_days(self.calendar.name, self.work_days, self.rest_days)
        for day in (*self.work_days, *self.rest_days):
            if not any(first <= day <= last for first, last in self.calendar.spans):
                raise DayOutsideSpan(calendar=self.calendar.name.value, day=day.isoformat())
        if not self.calendar.differs(self.work_days, self.rest_days):
            raise NothingChanged(calendar=self.calendar.name.value)
        require_known(self.calendar, self.known_at, self.authority.acting.at)
        self.record(
            CalendarChanged(
                calendar=self.calendar.name,
                work_days=self.work_days,
                rest_days=self.rest_days,
                known_at=self.known_at,
                source=self.source,
            )
        )
