"""How each correction of a school-day stands to its deadline, to flags over it, and to announced visits.

A correction is a ``ReportCorrected``; what is filed after a withdrawal is a submission. At the very instant is before.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from domain.reporting.school_day import SchoolDay
from domain.reporting.timeliness import Windows, counted_at


class Side(StrEnum):
    """Which side of an instant a correction lies on."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Prompts:
    """What may have prompted a correction, and is not about any one revision: instants, in any order.

    Flags over this school-day, and visits that the school was told of. No event says so yet: both are empty.
    """

    flags: tuple[datetime, ...] = ()
    visits: tuple[datetime, ...] = ()


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One correction, before or after each; ``flag`` and ``visit`` are absent where there was none."""

    revision: int
    deadline: Side
    flag: Side | None = None
    visit: Side | None = None


def corrections_of(day: SchoolDay, windows: Windows, prompts: Prompts) -> tuple[Correction, ...]:
    """Every correction, oldest first, those that were withdrawn included."""
    return tuple(
        Correction(
            revision=each.revision,
            deadline=_side(counted, day.due_1),
            flag=_side(counted, min(prompts.flags)) if prompts.flags else None,
            visit=_side(counted, min(prompts.visits)) if prompts.visits else None,
        )
        for each in day.revisions
        if each.corrects
        for counted in [counted_at(each.mark.arrival, windows.interruptions)]
    )


def _side(counted: datetime, instant: datetime) -> Side:
    return Side.BEFORE if counted <= instant else Side.AFTER
