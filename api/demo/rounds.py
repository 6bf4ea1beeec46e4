"""When the service's own clocks look during the scenario: half a minute after a deadline.

By then all commands of the deadline's minute have arrived, and what arrived at the very deadline is in time. A receipt
after its time moves the deadlines of the levels above it, so each look says which deadline is awaited next, and one
look follows on that too. Every hour from the first deadline of a day on something looks anyway: a level has an hour
from the receipt on, so that no moved deadline passes before some look has heard of it.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from api.demo.plan import CLOSES, due_on
from domain.ledger.time import at_shanghai

AFTER_A_DEADLINE: Final = timedelta(seconds=30)
LAST_HOUR: Final = 23
Look = Callable[[], Awaitable[datetime | None]]
"""Records what is missing, left or over at the clock's instant; says which deadline is awaited next."""


class MovableClock(Protocol):
    """The clock of a simulated log."""

    def set(self, instant: datetime) -> None:
        """Move to an instant, never backwards."""
        ...


class Rounds:
    """The looks to come."""

    def __init__(self, clock: MovableClock, look: Look) -> None:
        self._clock = clock
        self._look = look
        self._ahead: set[datetime] = set()

    def expect(self, *deadlines: datetime) -> None:
        """Look after each of these, too."""
        self._ahead.update(deadlines)

    async def before(self, instant: datetime) -> None:
        """Every look whose turn is before the commands of an instant."""
        while self._ahead and (deadline := min(self._ahead)) < instant:
            self._ahead.remove(deadline)
            self._clock.set(deadline + AFTER_A_DEADLINE)
            following = await self._look()
            if following is not None:
                self.expect(following)


def deadlines_of(day: date) -> list[datetime]:
    """The deadlines of a day's duties, every hour after them, and the end of the duties at noon of the next day."""
    due = due_on(day)
    minutes = {due.first, due.second, due.third, *range(due.third, LAST_HOUR * 60 + 1, 60)}
    midnight = at_shanghai(day, "00:00")
    return [*(midnight + timedelta(minutes=minute) for minute in sorted(minutes)), end_of(day)]


def end_of(day: date) -> datetime:
    """Until when the duties of a day may be answered in their time."""
    return at_shanghai(day + timedelta(days=1), CLOSES)
