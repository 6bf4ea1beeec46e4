"""Outages and interruptions: what moves or excuses lateness and is about no single report. Read from the log itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.ledger.events import ServiceInterrupted
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem
from domain.reporting.events import OutageDeclared
from domain.reporting.school_day import SchoolDay, mark_of
from domain.reporting.school_day_parts import Mark
from domain.reporting.standing import standing
from domain.reporting.timeliness import Interruption, Outage, Windows, covered

QUERY = Query(
    (
        QueryItem(frozenset({OutageDeclared.type_name}), frozenset({"outages:declared"})),
        QueryItem(frozenset({ServiceInterrupted.type_name}), frozenset({"service:interruptions"})),
    )
)


@dataclass(frozen=True, slots=True)
class Window:
    """One of them with its place in the log; ``person`` declared the outage."""

    mark: Mark
    window: Outage | Interruption
    person: str | None = None


async def fetch_windows(log: EventLog) -> list[Window]:
    """All so far, in order; they are few."""
    found = []
    for recorded in (await log.read(QUERY)).events:
        event = recorded.event
        if isinstance(event, OutageDeclared):
            scope = None if event.schools is None else frozenset(event.schools)
            outage = Outage(event.outage, event.began_at, event.ended_at, event.grace_until, scope)
            found.append(Window(mark_of(recorded), outage, event.person))
        elif isinstance(event, ServiceInterrupted):
            found.append(Window(mark_of(recorded), Interruption(event.began_at, event.ended_at)))
    return found


def about(day: SchoolDay, windows: Sequence[Window]) -> list[Window]:
    """Those that bear on a day: an outage in which something of it was due, an interruption that held something up."""
    interruptions = tuple(each.window for each in windows if isinstance(each.window, Interruption))
    outages = tuple(each.window for each in windows if isinstance(each.window, Outage))
    levels = standing(day, Windows(interruptions, outages)).levels
    dues = [each.deadline or due for each, due in zip(levels, day.dues, strict=True)]
    arrivals = [each.mark.arrival for each in day.revisions] + [each.mark.arrival for each in day.signatures]

    def bears(window: Outage | Interruption) -> bool:
        if isinstance(window, Interruption):
            return any(covered(arrival, [window]) for arrival in arrivals)
        in_scope = window.schools is None or day.school in window.schools
        return in_scope and any(window.began_at <= due <= window.ended_at for due in dues)

    return [each for each in windows if bears(each.window)]
