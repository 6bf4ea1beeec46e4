"""How a school-day stands: its status, its flags, the time each level used, and what the clock waits for.

Judged from the fold (``school_day.py``) and the windows that move or excuse lateness. Nothing here depends on the
present instant: an absence is a recorded fact, not a comparison with now.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from domain.reporting.corrections import Correction, Prompts, Side, corrections_of
from domain.reporting.identifiers import rollup_id
from domain.reporting.school_day import SchoolDay
from domain.reporting.school_day_parts import Mark
from domain.reporting.timeliness import (
    Timeliness,
    Windows,
    consumed,
    counted_at,
    level_deadline,
    rollup_deadline,
    timeliness,
)


class DayStatus(StrEnum):
    """Of the submission that stands, by its own arrival. MISSING once the clock has recorded the absence, and where
    what stood at the deadline was withdrawn after it.
    """

    OPEN = "open"
    ON_TIME = "on_time"
    SERVICE_DELAY = "service_delay"
    LATE = "late"
    MISSING = "missing"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTime:
    """What one level did with its time, up to its first decision.

    Level 2 has two acts, each with a time of its own: its decision on the report, and its signature over a district
    roll-up that covers the report. Both count from the receipt from level 1. Only the second hands it to level 3.

    ``deadline`` is the level's own, moved by what the level below took too long. ``took`` is its own time, ``late``
    what went beyond the deadline; both only once it has decided. ``receipt`` is of what was decided: a report that was
    corrected before the level acted came to it with the new signature. Level 1 has done its part when the principal has
    signed: a report filed in time and signed after the deadline is in time, but that wait is level 1's own.
    """

    level: int
    receipt: datetime | None
    deadline: datetime | None
    decided: datetime | None
    took: timedelta | None
    late: timedelta | None
    excused: bool
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """The next absence that the clock will have to record, unless the level acts until ``deadline`` inclusive.

    ``rollup`` names the roll-up whose signature is awaited, where it is one.
    """

    level: int
    deadline: datetime
    rollup: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The judgement over one school-day."""

    status: DayStatus
    service_delay: timedelta
    counted_at: datetime | None
    corrections: tuple[Correction, ...]
    levels: tuple[LevelTime, LevelTime, LevelTime]
    """Of level 2 the first act."""
    district_rollup: LevelTime
    """The second act of level 2."""
    awaited: Awaited | None

    @property
    def corrected_before(self) -> bool:
        """Whether any correction came by the deadline."""
        return any(each.deadline is Side.BEFORE for each in self.corrections)

    @property
    def corrected_after(self) -> bool:
        """Whether any correction came after the deadline."""
        return any(each.deadline is Side.AFTER for each in self.corrections)


NO_PROMPTS: Final = Prompts()


def standing(day: SchoolDay, windows: Windows, prompts: Prompts = NO_PROMPTS) -> Standing:
    """Judge a school-day."""
    filed = day.filed
    arrival = None if filed is None else filed.mark.arrival
    levels = (level_time(day, 1, windows), level_time(day, 2, windows), level_time(day, 3, windows))
    rollup = rollup_time(day, windows)
    return Standing(
        status=day_status(day, windows),
        service_delay=timedelta() if arrival is None else arrival.service_delay,
        counted_at=None if arrival is None else counted_at(arrival, windows.interruptions),
        corrections=corrections_of(day, windows, prompts),
        levels=levels,
        district_rollup=rollup,
        awaited=_awaited(day, (levels[1], rollup, levels[2]), windows),
    )


def day_status(day: SchoolDay, windows: Windows) -> DayStatus:
    """The status of the school's own duty (level 1). What was withdrawn and not filed again answers nothing."""
    if day.filed is None:
        if day.excuse_of(1) is not None:
            return DayStatus.EXCUSED
        is_missing = day.absence_of(1) is not None or _absence_due(day, windows) > day.due_1
        return DayStatus.MISSING if is_missing else DayStatus.OPEN
    judged = timeliness(day.filed.mark.arrival, day.due_1, day.school, windows)
    match judged:
        case Timeliness.ON_TIME:
            return DayStatus.ON_TIME
        case Timeliness.SERVICE_DELAY:
            return DayStatus.SERVICE_DELAY
        case Timeliness.EXCUSED:
            return DayStatus.EXCUSED
        case Timeliness.LATE:
            return DayStatus.EXCUSED if day.excuse_of(1) is not None else DayStatus.LATE
        case _:
            assert_never(judged)


def level_time(day: SchoolDay, level: int, windows: Windows) -> LevelTime:
    """The time of one level; see ``LevelTime``."""
    decision = day.decision_of(level)
    receipt_mark = decision.receipt if decision is not None else day.handed_to(level) if level > 1 else None
    decision_mark = None if decision is None else decision.mark
    if level == 1:
        receipt_mark = day.opened
        if decision_mark is None and day.filed is not None:
            decision_mark = day.filed.mark
    receipt = _counted(receipt_mark, windows)
    deadline = None if receipt is None else level_deadline(day.dues, level, receipt)
    missed = any(each.level == level and (level == 3 or each.rollup is None) for each in day.absences)
    return _time(day, level, windows, receipt, deadline, _counted(decision_mark, windows), missed=missed)


def rollup_time(day: SchoolDay, windows: Windows) -> LevelTime:
    """The time of level 2's second act; see ``LevelTime``."""
    rollup = day.first_rollup
    receipt = _counted(day.handed_to(2) if rollup is None else rollup.receipt, windows)
    deadline = None if receipt is None else rollup_deadline(day.dues, day.closes_at, receipt)
    decided = None if rollup is None else _counted(rollup.mark, windows)
    missed = any(each.level == 2 and each.rollup is not None for each in day.absences)
    return _time(day, 2, windows, receipt, deadline, decided, missed=missed)


def _counted(mark: Mark | None, windows: Windows) -> datetime | None:
    return None if mark is None else counted_at(mark.arrival, windows.interruptions)


def _time(
    day: SchoolDay,
    level: int,
    windows: Windows,
    receipt: datetime | None,
    deadline: datetime | None,
    decided: datetime | None,
    *,
    missed: bool,
) -> LevelTime:
    took = late = None
    excused = day.excuse_of(level) is not None
    if decided is not None and deadline is not None and receipt is not None:
        late = max(decided - deadline, timedelta())
        took = late if level == 1 else consumed(day.dues, level, receipt, decided)
        if late and any(outage.excuses(day.school, deadline, decided) for outage in windows.outages):
            excused = True
    return LevelTime(
        level=level,
        receipt=receipt,
        deadline=deadline,
        decided=decided,
        took=took,
        late=late,
        excused=excused,
        missed=missed,
    )


def _absence_due(day: SchoolDay, windows: Windows) -> datetime:
    """When the clock has to find that nothing stands: at level 1's deadline. What was withdrawn after that was there
    at the deadline; that nothing took its place is an absence at the end of the duty.
    """
    withdrawn = day.revisions[-1].withdrawn if day.revisions else None
    if withdrawn is None or counted_at(withdrawn.arrival, windows.interruptions) <= day.due_1:
        return day.due_1
    return max(day.closes_at, counted_at(withdrawn.arrival, windows.interruptions))


def _awaited(day: SchoolDay, acts: tuple[LevelTime, ...], windows: Windows) -> Awaited | None:
    """The level that has the report (or owes it), has never acted on it, and is not yet recorded as missed.

    ``acts``: level 2's decision on the report, level 2's roll-up, level 3's roll-up.
    """
    if day.current is None:
        awaited = Awaited(level=1, deadline=_absence_due(day, windows))
        return awaited if day.absence_of(1) is None else None
    rollups = (None, *(rollup_id(day.form, day.business_date, each) for each in (day.district, day.bureau)))
    for act, rollup in zip(acts, rollups, strict=True):
        if act.decided is None and act.deadline is not None and day.handed_to(act.level) is not None:
            awaited = Awaited(level=act.level, deadline=act.deadline, rollup=rollup)
            return awaited if day.absence_of(act.level) is None else None
    return None
