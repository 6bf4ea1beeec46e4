"""What the commands over calendars must know: spans published so far, single days, the newest knowledge."""

from collections.abc import Sequence
from datetime import date, datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.ledger.time import instant_text
from domain.registry.calendar import plain_rule
from domain.registry.errors import DayContradicts, EveryDayCounts, KnownOutOfOrder
from domain.registry.events import CalendarChanged, CalendarName, CalendarPublished


class CalendarState(Perspective):
    """One calendar as it is entered so far."""

    def __init__(self, name: CalendarName) -> None:
        self.name = name
        self.spans: list[tuple[date, date]] = []
        self.known_at: datetime | None = None
        """The newest knowledge entered."""
        self._days: dict[date, bool] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """The calendar's publications and changes."""
        return [Selector(types=type(self).projected_types, tags=[f"calendar:{self.name.value}"])]

    @event(CalendarPublished)
    def _(
        self,
        calendar: CalendarName,
        first_day: date,
        last_day: date,
        work_days: tuple[date, ...],
        rest_days: tuple[date, ...],
        known_at: datetime,
    ) -> None:
        if calendar is self.name:
            self.spans.append((first_day, last_day))
            self._take(work_days, rest_days, known_at)

    @event(CalendarChanged)
    def _(
        self, calendar: CalendarName, work_days: tuple[date, ...], rest_days: tuple[date, ...], known_at: datetime
    ) -> None:
        if calendar is self.name:
            self._take(work_days, rest_days, known_at)

    def _take(self, work_days: tuple[date, ...], rest_days: tuple[date, ...], known_at: datetime) -> None:
        self.known_at = known_at if self.known_at is None else max(self.known_at, known_at)
        self._days.update(dict.fromkeys(work_days, True))
        self._days.update(dict.fromkeys(rest_days, False))

    def differs(self, work_days: tuple[date, ...], rest_days: tuple[date, ...]) -> bool:
        """Whether any of these days is not so already."""
        return any(not self._counts(day) for day in work_days) or any(self._counts(day) for day in rest_days)

    def _counts(self, day: date) -> bool:
        return self._days.get(day, plain_rule(self.name, day))


def require_days(name: CalendarName, work_days: tuple[date, ...], rest_days: tuple[date, ...]) -> None:
    """No day twice, none both; only the working calendar has exceptions. Raises: EveryDayCounts, DayContradicts."""
    days = (*work_days, *rest_days)
    if days and name is not CalendarName.WORKING:
        raise EveryDayCounts(calendar=name.value)
    seen: set[date] = set()
    for day in days:
        if day in seen:
            raise DayContradicts(calendar=name.value, day=day.isoformat())
        seen.add(day)


def require_known(calendar: CalendarState, known_at: datetime, at: datetime) -> None:
    """Knowledge is entered in its own order and never before it exists. Raises: KnownOutOfOrder."""
    if known_at > at or (calendar.known_at is not None and known_at < calendar.known_at):
        raise KnownOutOfOrder(calendar=calendar.name.value, known_at=instant_text(known_at))
