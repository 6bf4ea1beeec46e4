"""The acts of a day, each at a minute in Asia/Shanghai. Pure: the same city and day give the same acts.

A report's own acts follow one another in later minutes; acts of different reports may share one. Everything that is
not late is filed, signed by the principal and signed by the district before the deadlines of its levels; then each
district builds and signs its roll-up, then the section the bureau's. What came after is listed by a supplementary
roll-up in the evening.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import log
from random import Random
from typing import Final, assert_never

from api.demo.city import City, Site
from api.demo.seeded import stream
from api.demo.stories import HELD_DAY, OUTAGE_DAY, RULE_CHANGE, Stories, Story


class Deed(StrEnum):
    """What somebody does; a command of the same meaning carries it out."""

    OPEN = "open duties"
    SUBMIT = "submit"
    CORRECT = "correct"
    SIGN = "sign"
    RETURN = "return"
    REMIND = "remind"
    SERVE = "serve the reminder"
    EXCUSE = "excuse"
    DECLARE_OUTAGE = "declare the outage"
    BUILD_DISTRICT = "build the district's roll-up"
    SIGN_DISTRICT = "sign the district's roll-up"
    BUILD_BUREAU = "build the bureau's roll-up"
    SIGN_BUREAU = "sign the bureau's roll-up"


@dataclass(frozen=True, slots=True)
class Act:
    """A deed on a business day at a minute after its midnight, about a site or a district (by index)."""

    minute: int
    deed: Deed
    day: date
    site: Site | None = None
    district: int = -1
    level: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Deadlines of the three levels, in minutes after midnight."""

    first: int
    second: int
    third: int

    def texts(self) -> tuple[str, str, str]:
        """As ``HH:MM``, for the rules."""
        return clock(self.first), clock(self.second), clock(self.third)


DUE_AT_FIRST: Final = Due(16 * 60, 17 * 60, 18 * 60)
DUE_FROM_3_FEBRUARY: Final = Due(15 * 60, 16 * 60, 17 * 60)
CLOSES: Final = "12:00"
"""When a duty ends, on the day after its own."""
OPENING: Final = 6 * 60
MEDIAN: Final = 13 * 60 + 40
EARLIEST: Final = 8 * 60 + 30
OUTAGE: Final = (14 * 60, 19 * 60, 21 * 60)
"""From, to, and until when a report still counts as excused."""
EVENING: Final = 20 * 60
SUPPLEMENT: Final = 21 * 60 + 30
HOLDING: Final = 180
"""How long a district sits on a report that a school signed shortly before its deadline."""
SPREAD: Final = 0.45
SITTING: Final = 20
"""A district's reviewer signs what has come, every so many minutes."""
AFTER_ROLLUP: Final = frozenset({Story.EVENING, Story.CORRECTED_AFTER, Story.OUTAGE, Story.HELD})


def clock(minute: int) -> str:
    """``HH:MM`` of a minute after midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"


def due_on(day: date) -> Due:
    """The deadlines of a day: an hour earlier from 3 February on."""
    return DUE_FROM_3_FEBRUARY if day >= RULE_CHANGE else DUE_AT_FIRST


def supplement_on(day: date) -> int:
    """When the supplementary roll-ups of a day are built: while the bureau's hour with what is new still runs."""
    return due_on(day).first + HOLDING if day == HELD_DAY else SUPPLEMENT


def plan_day(city: City, day: date, stories: Stories) -> list[Act]:
    """Every act that belongs to the reports of a day, by minute; within a minute in seeded order."""
    chance = stream(city.seed, "plan", day)
    due = due_on(day)
    acts: list[Act] = [Act(OPENING, Deed.OPEN, day, district=index) for index in range(len(city.districts))]
    reopened: set[int] = set()
    for site in city.owing_on(day):
        story = stories.of(day, site)
        acts.extend(_report(day, site, story, due, chance))
        if story in AFTER_ROLLUP:
            reopened.add(site.district)
    if day == OUTAGE_DAY:
        acts.append(Act(OUTAGE[1] + 3, Deed.DECLARE_OUTAGE, day))
    acts.extend(_rollups(day, range(len(city.districts)), due.second - 5, due.third - 25))
    if reopened:
        acts.extend(_rollups(day, sorted(reopened), supplement_on(day), supplement_on(day) + 15))
    chance.shuffle(acts)
    return sorted(acts, key=lambda act: act.minute)


def _rollups(day: date, districts: Sequence[int], district_at: int, bureau_at: int) -> Iterator[Act]:
    for district in districts:
        yield Act(district_at, Deed.BUILD_DISTRICT, day, district=district, level=2)
        yield Act(district_at + 2, Deed.SIGN_DISTRICT, day, district=district, level=2)
    yield Act(bureau_at, Deed.BUILD_BUREAU, day, level=3)
    yield Act(bureau_at + 3, Deed.SIGN_BUREAU, day, level=3)


def _report(day: date, site: Site, story: Story, due: Due, chance: Random) -> Iterator[Act]:
    lead = chance.lognormvariate(log(due.first - MEDIAN), SPREAD)
    filed = max(EARLIEST, min(due.first - round(lead), due.first - 8))
    for minute, deed, level in _steps(story, filed, due, chance):
        yield Act(minute, deed, day, site=site, district=site.district, level=level)


Step = tuple[int, Deed, int]
"""Minute, deed, level of one act of a report."""


def _steps(story: Story, filed: int, due: Due, chance: Random) -> Iterator[Step]:
    match story:
        case Story.ORDINARY | Story.SWAPPED | Story.CUMULATIVE:
            yield filed, Deed.SUBMIT, 0
            yield from _signed(filed, due, chance)
        case Story.BLANK | Story.FAST:
            yield filed, Deed.SUBMIT, 0
            yield filed + 1, Deed.SIGN, 1
            yield min(filed + chance.randint(6, 60), due.second - 7), Deed.SIGN, 2
        case Story.HELD:
            yield due.first - 25, Deed.SUBMIT, 0
            yield due.first - 20, Deed.SIGN, 1
            yield due.first - 20 + HOLDING, Deed.SIGN, 2
        case Story.LATE_REMINDED | Story.LATE_EXCUSED | Story.LATE_AGAIN:
            yield from _late(story, due, chance)
        case Story.UNFILED:
            yield from _reminded(due, chance)
        case Story.EVENING:
            yield from _reminded(due, chance)
            yield from _in_the_evening(EVENING + chance.randint(0, 25), Deed.SUBMIT, chance)
        case Story.OUTAGE:
            yield from _in_the_evening(chance.randint(OUTAGE[1] + 5, EVENING + 25), Deed.SUBMIT, chance)
        case Story.CORRECTED:
            filed = min(filed, due.first - 60)
            yield filed, Deed.SUBMIT, 0
            yield filed + 6, Deed.SIGN, 1
            yield filed + chance.randint(9, 30), Deed.CORRECT, 0
            yield from _signed(filed + 30, due, chance)
        case Story.CORRECTED_AFTER:
            yield filed, Deed.SUBMIT, 0
            yield from _signed(filed, due, chance)
            yield from _in_the_evening(EVENING + chance.randint(0, 25), Deed.CORRECT, chance)
        case Story.RETURNED_BY_PRINCIPAL:
            filed = min(filed, due.first - 60)
            yield filed, Deed.SUBMIT, 0
            yield filed + chance.randint(5, 12), Deed.RETURN, 1
            yield filed + chance.randint(15, 30), Deed.CORRECT, 0
            yield from _signed(filed + 30, due, chance)
        case Story.RETURNED_BY_DISTRICT:
            filed = min(filed, due.first - 90)
            yield filed, Deed.SUBMIT, 0
            yield filed + chance.randint(5, 10), Deed.SIGN, 1
            yield filed + chance.randint(15, 30), Deed.RETURN, 2
            yield filed + chance.randint(35, 55), Deed.CORRECT, 0
            yield from _signed(filed + 55, due, chance)
        case _:
            assert_never(story)


def _signed(after: int, due: Due, chance: Random) -> Iterator[Step]:
    # Both in time, and the district early enough to have the report in its roll-up.
    first = min(after + chance.randint(5, 40), due.first - 1)
    yield first, Deed.SIGN, 1
    yield min(_sitting(first + chance.randint(5, 60)), due.second - 7), Deed.SIGN, 2


def _sitting(minute: int) -> int:
    """The reviewer's next sitting."""
    return -(-minute // SITTING) * SITTING


def _reminded(due: Due, chance: Random) -> Iterator[Step]:
    yield due.first + chance.randint(5, 15), Deed.REMIND, 1
    yield due.first + chance.randint(16, 40), Deed.SERVE, 1


def _late(story: Story, due: Due, chance: Random) -> Iterator[Step]:
    reminded = story is Story.LATE_REMINDED
    if reminded:
        yield due.first + chance.randint(2, 5), Deed.REMIND, 1
        yield due.first + chance.randint(6, 9), Deed.SERVE, 1
    filed = due.first + chance.randint(11 if reminded else 3, 30)
    yield filed, Deed.SUBMIT, 0
    first = filed + chance.randint(5, 10)
    yield first, Deed.SIGN, 1
    yield first + chance.randint(5, 12), Deed.SIGN, 2
    if story is Story.LATE_EXCUSED:
        yield due.third + chance.randint(20, 90), Deed.EXCUSE, 1


def _in_the_evening(filed: int, deed: Deed, chance: Random) -> Iterator[Step]:
    # The district signs within its hour, and the supplementary roll-ups follow within the bureau's.
    yield filed, deed, 0
    yield max(filed + 5, EVENING + chance.randint(5, 15)) + chance.randint(0, 10), Deed.SIGN, 1
    yield EVENING + chance.randint(50, 65), Deed.SIGN, 2
