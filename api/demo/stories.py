"""What happens to a report of a day: which of the 15,314 are late, missing, corrected, returned, or hit by the outage.

Rates of the background are those of domain reference 6.3. None of it is a violation, and every late or missing report
of it gets a disposition: somebody was reminded and the reminder served, the level above excused it, or one outage
explains it. Beside it, at fixed sites on fixed days, stand those problems of the reference (6.5) that come to be
without an inspection: nobody has found them yet. One control stands among them: who signs fast is not who signs
blindly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from api.demo.city import EXEMPT_CODE, MERGED_CODE, OPENED_CODE, City, Site
from api.demo.seeded import stream

FIRST_DAY: Final = date(2020, 1, 27)
ALL_DAYS: Final = 38
RULE_CHANGE: Final = date(2020, 2, 3)
OUTAGE_DAY: Final = date(2020, 2, 12)
OUTAGE_SITES: Final = 60
DELEGATING_CODE: Final = "J010"
LEAVE: Final = (date(2020, 2, 10), date(2020, 2, 14))
ACTING_CODE: Final = "P050"
ILLNESS: Final = (date(2020, 2, 20), date(2020, 2, 26))
LEFT_CODE: Final = "P010"
JOINED_CODE: Final = "P020"
MOVED_ON: Final = date(2020, 2, 19)
TURNING: Final = frozenset(
    {MERGED_CODE, OPENED_CODE, EXEMPT_CODE, DELEGATING_CODE, ACTING_CODE, LEFT_CODE, JOINED_CODE}
)
"""Sites whose people change."""


class Story(StrEnum):
    """How one report came to be."""

    ORDINARY = "ordinary"
    LATE_REMINDED = "late, reminded"
    LATE_EXCUSED = "late, excused"
    EVENING = "missing at the deadline, filed the same evening"
    CORRECTED = "corrected by own hand before the deadline"
    CORRECTED_AFTER = "corrected by own hand after the district had signed"
    RETURNED_BY_PRINCIPAL = "returned by level 1"
    RETURNED_BY_DISTRICT = "returned by level 2"
    OUTAGE = "filed after the outage"
    LATE_AGAIN = "late, and nobody asked"
    HELD = "in time, and held by the district"
    UNFILED = "never filed, though reminded"
    SWAPPED = "two columns swapped"
    CUMULATIVE = "a running total instead of today's number"
    BLANK = "three class sheets blank, signed at once"
    FAST = "complete, signed at once"


LATE: Final = frozenset({Story.LATE_REMINDED, Story.LATE_EXCUSED, Story.EVENING, Story.OUTAGE, Story.LATE_AGAIN})
# Shares of all reports: late 1.2 %, evening 0.3 %, self-corrected 0.5 %, returned 0.8 %.
SHARES: Final = (
    (Story.LATE_REMINDED, 0.009),
    (Story.LATE_EXCUSED, 0.003),
    (Story.EVENING, 0.003),
    (Story.CORRECTED, 0.0045),
    (Story.CORRECTED_AFTER, 0.0005),
    (Story.RETURNED_BY_PRINCIPAL, 0.005),
    (Story.RETURNED_BY_DISTRICT, 0.003),
)


def _span(first: date, days: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=day) for day in range(days))


HELD_DAY: Final = date(2020, 1, 29)
FIXED: Final = (
    ("P001", Story.LATE_AGAIN, (date(2020, 1, 28), date(2020, 2, 6), date(2020, 2, 18))),  # F01
    ("K001", Story.LATE_AGAIN, (date(2020, 1, 28), date(2020, 2, 4), date(2020, 2, 11))),  # F02
    ("K001", Story.HELD, (HELD_DAY,)),
    ("J001", Story.SWAPPED, _span(date(2020, 1, 27), 5)),  # F06
    ("K003", Story.CUMULATIVE, _span(date(2020, 2, 15), 7)),  # F07
    ("K004", Story.UNFILED, _span(date(2020, 1, 28), 2)),  # F10
    ("P004", Story.BLANK, _span(date(2020, 1, 27), 14)),  # F11
    ("H002", Story.FAST, _span(FIRST_DAY, ALL_DAYS)),  # the control
)
"""Site, story, days; by their numbers in the reference."""
SPOKEN_FOR: Final = TURNING | {code for code, *_ in FIXED}
"""Sites that chance leaves alone, so that one story never hides another."""
SET_DAYS: Final = frozenset({OUTAGE_DAY, HELD_DAY})
"""Days that chance leaves alone: what happens on them takes the day's one supplementary roll-up for itself."""


@dataclass(frozen=True, slots=True)
class Stories:
    """The story of every report that is not ordinary."""

    told: Mapping[tuple[date, str], Story]

    def of(self, day: date, site: Site) -> Story:
        """The story of a site's report for a day."""
        return self.told.get((day, site.id), Story.ORDINARY)

    def count(self, *stories: Story) -> int:
        """How many reports have one of these stories."""
        return sum(story in stories for story in self.told.values())


def days_of(days: int) -> tuple[date, ...]:
    """The first days of the scenario, at most 38."""
    return tuple(FIRST_DAY + timedelta(days=day) for day in range(min(days, ALL_DAYS)))


def draw_stories(city: City, days: Sequence[date]) -> Stories:
    """Exact numbers, drawn without repetition: at least one of each story, however few days are lived."""
    chance = stream(city.seed, "stories")
    told: dict[tuple[date, str], Story] = {}
    for site in outage_sites(city) if OUTAGE_DAY in days else ():
        told[OUTAGE_DAY, site.id] = Story.OUTAGE
    for code, story, on_days in FIXED:
        told |= {(day, city.site(code).id): story for day in on_days if day in days}
    duties = [(day, site) for day in days for site in city.owing_on(day)]
    open_to_chance = [(day, site.id) for day, site in duties if day not in SET_DAYS and site.code not in SPOKEN_FOR]
    numbers = [(story, max(1, round(share * len(duties)))) for story, share in SHARES if duties]
    drawn = iter(chance.sample(open_to_chance, sum(number for _, number in numbers)))
    for story, number in numbers:
        for _ in range(number):
            told[next(drawn)] = story
    return Stories(told)


def outage_sites(city: City) -> list[Site]:
    """60 neighbouring sites that the outage cut off, out of two districts."""
    hit = {number % len(city.districts) for number in (2, 3)}
    cut_off = [site for site in city.owing_on(OUTAGE_DAY) if site.district in hit and site.code not in SPOKEN_FOR]
    return cut_off[:OUTAGE_SITES]
