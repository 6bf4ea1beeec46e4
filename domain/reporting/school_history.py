"""A school as of a position: every duty with what was recorded about it by then, folded from the log alone.

Two reads: what names the school (with outages and interruptions, which move lateness), then the roll-ups of its days,
which name only districts.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from domain.ledger.entry import Recorded
from domain.ledger.events import ServiceInterrupted
from domain.ledger.query import Query, QueryItem
from domain.reporting.events import OutageDeclared, RollupBuilt, RollupReturned, RollupSigned
from domain.reporting.identifiers import parts_of, rollup_id
from domain.reporting.school_day import SchoolDay, fold_school_day
from domain.reporting.standing import DayStatus, standing
from domain.reporting.timeliness import Interruption, Outage, Windows

_ROLLUPS = frozenset({RollupBuilt.type_name, RollupSigned.type_name, RollupReturned.type_name})


class DayThen(msgspec.Struct, frozen=True):
    """One school-day as it stood."""

    status: DayStatus
    day: SchoolDay


def about_school(school: str) -> Query:
    """The first read."""
    return Query(
        (
            QueryItem(tags=frozenset({f"school:{school}"})),
            QueryItem(frozenset({OutageDeclared.type_name}), frozenset({"outages:declared"})),
            QueryItem(frozenset({ServiceInterrupted.type_name}), frozenset({"service:interruptions"})),
        )
    )


def about_rollups(days: Iterable[SchoolDay]) -> Query | None:
    """The second read; None when there is no duty."""
    tags = {f"rollup:{rollup_id(day.business_date, above)}" for day in days for above in (day.district, day.bureau)}
    return Query(tuple(QueryItem(_ROLLUPS, frozenset({tag})) for tag in sorted(tags))) if tags else None


def days_of(events: Iterable[Recorded]) -> dict[str, SchoolDay]:
    """The school-days that events give, by report; events in position order."""
    days: dict[str, SchoolDay] = {}
    for recorded in events:
        report = getattr(recorded.event, "report", None)
        if report is not None:
            folded = fold_school_day(days.get(report), recorded)
            if folded is not None:
                days[report] = folded
        elif recorded.event.type_name in _ROLLUPS:
            _, business_date, organisation = parts_of(getattr(recorded.event, "rollup"))  # noqa: B009 a roll-up's event
            for day in days.values():
                if day.business_date == business_date and organisation in (day.district, day.bureau):
                    day.take(recorded)
    return days


def history(events: Iterable[Recorded], *, first_day: date = date.min, last_day: date = date.max) -> list[DayThen]:
    """The days of a span (both ends included), oldest first, judged by the windows known then."""
    ordered = sorted({recorded.position: recorded for recorded in events}.values(), key=lambda each: each.position)
    windows = _windows(ordered)
    days = sorted(days_of(ordered).values(), key=lambda day: (day.business_date, day.report))
    return [DayThen(standing(day, windows).status, day) for day in days if first_day <= day.business_date <= last_day]


def _windows(events: Iterable[Recorded]) -> Windows:
    interruptions, outages = [], []
    for recorded in events:
        match recorded.event:
            case ServiceInterrupted(began_at=began_at, ended_at=ended_at):
                interruptions.append(Interruption(began_at, ended_at))
            case OutageDeclared() as declared:
                schools = None if declared.schools is None else frozenset(declared.schools)
                outages.append(
                    Outage(declared.outage, declared.began_at, declared.ended_at, declared.grace_until, schools)
                )
            case _:
                pass
    return Windows(tuple(interruptions), tuple(outages))
