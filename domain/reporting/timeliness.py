"""What is late, by whom, and what excuses it. Derived from instants, never stored in a payload.

1. A filing counts at ``received_at`` while at most 60 s of ``recorded_at − received_at`` lie outside recorded not-ready
   windows (``ServiceInterrupted``); otherwise at ``recorded_at``. Nobody is late through our own queue.
2. At the very deadline is in time; one microsecond later is late.
3. Counted in time but recorded after the deadline is a *service delay*: in time, and the difference is shown.
4. Level n's time runs from the later of its deadline's start (the deadline of level n−1) and the receipt from level
   n−1, for as long as the rules give it: nobody is late through the level below.
5. What level 2 got in time it must have in a roll-up that it has signed by its deadline. What came to it later goes
   into a supplement, of which there is one a day: that is due when the duty closes, or at the level's own deadline if
   that is later.
6. An outage excuses what was due inside it (both ends included) and counted by its ``grace_until``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.registry.calendar import in_time

PATIENCE: Final = timedelta(seconds=60)
"""How much of a delay between receipt and record nobody needs to explain."""
_NOTHING: Final = timedelta()


class Timeliness(StrEnum):
    """How one arrival stands to one deadline."""

    ON_TIME = "on_time"
    SERVICE_DELAY = "service_delay"
    LATE = "late"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Arrival:
    """When something reached our edge, and when it was recorded."""

    received_at: datetime
    recorded_at: datetime

    @property
    def service_delay(self) -> timedelta:
        """How long our own queue took; never negative."""
        return max(self.recorded_at - self.received_at, _NOTHING)


@dataclass(frozen=True, slots=True)
class Interruption:
    """A recorded not-ready window: appends could not commit from ``began_at`` to ``ended_at``."""

    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A declared outage: filing was impossible, for ``schools`` or, when None, for all."""

    outage: str
    began_at: datetime
    ended_at: datetime
    grace_until: datetime
    schools: frozenset[str] | None = None

    def excuses(self, school: str, due: datetime, counted: datetime) -> bool:
        """Whether what this school owed at ``due`` and delivered at ``counted`` is excused."""
        in_scope = self.schools is None or school in self.schools
        return in_scope and self.began_at <= due <= self.ended_at and counted <= self.grace_until


@dataclass(frozen=True, slots=True)
class Windows:
    """Everything that can move or excuse lateness and that is not about one report."""

    interruptions: tuple[Interruption, ...] = ()
    outages: tuple[Outage, ...] = field(default=())


def covered(arrival: Arrival, interruptions: Iterable[Interruption]) -> timedelta:
    """How much of the time between receipt and record lies inside not-ready windows; overlaps count once."""
    total, reached = _NOTHING, arrival.received_at
    touching = [
        each for each in interruptions if each.began_at < arrival.recorded_at and arrival.received_at < each.ended_at
    ]
    for window in sorted(touching, key=lambda each: each.began_at):
        begin, end = max(window.began_at, reached), min(window.ended_at, arrival.recorded_at)
        if begin < end:
            total += end - begin
            reached = end
    return total


def counted_at(arrival: Arrival, interruptions: Sequence[Interruption] = ()) -> datetime:
    """The instant that decides lateness (rule 1). Never after ``recorded_at``, whatever the edge's clock said."""
    difference = arrival.recorded_at - arrival.received_at
    if difference <= _NOTHING:
        return arrival.recorded_at
    if difference <= PATIENCE or difference - covered(arrival, interruptions) <= PATIENCE:
        return arrival.received_at
    return arrival.recorded_at


def timeliness(arrival: Arrival, due: datetime, school: str, windows: Windows) -> Timeliness:
    """How an arrival stands to a deadline (rules 1, 2, 3 and 6)."""
    counted = counted_at(arrival, windows.interruptions)
    if in_time(counted, due):
        return Timeliness.ON_TIME if in_time(arrival.recorded_at, due) else Timeliness.SERVICE_DELAY
    if any(outage.excuses(school, due, counted) for outage in windows.outages):
        return Timeliness.EXCUSED
    return Timeliness.LATE


def level_deadline(dues: tuple[datetime, datetime, datetime], level: int, receipt: datetime) -> datetime:
    """When level 2 or 3 must have decided, given the instant it got the report from the level below (rule 4).

    ``dues`` are the deadlines of levels 1, 2 and 3. In good order this is the level's own deadline; what arrived
    ``x`` after the deadline of the level below moves it by ``x``. Level 1 has its deadline whatever comes.
    """
    if level == 1:
        return dues[0]
    starts, ends = dues[level - 2], dues[level - 1]
    return max(starts, receipt) + (ends - starts)


def rollup_deadline(dues: tuple[datetime, datetime, datetime], closes_at: datetime, receipt: datetime) -> datetime:
    """When level 2 must have signed a roll-up over a report, given the instant it got the report (rule 5)."""
    own = level_deadline(dues, 2, receipt)
    return own if receipt <= dues[0] else max(own, closes_at)


def consumed(dues: tuple[datetime, datetime, datetime], level: int, receipt: datetime, decided: datetime) -> timedelta:
    """The time that level 2 or 3 used of its own: from the later of its start and the receipt, to its decision."""
    return max(decided - max(dues[level - 2], receipt), _NOTHING)
