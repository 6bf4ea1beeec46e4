"""Lateness at its boundaries, to the microsecond."""

from datetime import datetime, timedelta

import pytest

from domain.ledger.time import at_shanghai
from domain.reporting.timeliness import (
    Arrival,
    Interruption,
    Outage,
    Timeliness,
    Windows,
    consumed,
    counted_at,
    covered,
    level_deadline,
    timeliness,
)
from tests.histories import FIRST_DAY

DUE = at_shanghai(FIRST_DAY, "15:00")
DUES = (DUE, at_shanghai(FIRST_DAY, "16:00"), at_shanghai(FIRST_DAY, "17:00"))
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


def arrival(received_at: datetime, delay: timedelta = timedelta()) -> Arrival:
    return Arrival(received_at, received_at + delay)


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        (DUE - TICK, Timeliness.ON_TIME),
        (DUE, Timeliness.ON_TIME),
        (DUE + TICK, Timeliness.LATE),
    ],
)
def test_the_very_deadline_is_in_time(received_at: datetime, expected: Timeliness) -> None:
    assert timeliness(arrival(received_at), DUE, "school", Windows()) is expected


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (60 * SECOND, Timeliness.SERVICE_DELAY),
        (60 * SECOND + TICK, Timeliness.LATE),
        (TICK, Timeliness.SERVICE_DELAY),
        (timedelta(), Timeliness.ON_TIME),
    ],
)
def test_our_own_queue_makes_nobody_late_for_sixty_seconds(delay: timedelta, expected: Timeliness) -> None:
    assert timeliness(arrival(DUE, delay), DUE, "school", Windows()) is expected


def test_a_short_delay_before_the_deadline_is_shown_only_where_it_crosses_it() -> None:
    assert timeliness(arrival(DUE - 90 * SECOND, 80 * SECOND), DUE, "school", Windows()) is Timeliness.ON_TIME


@pytest.mark.parametrize(
    ("window_s", "expected"),
    [
        (540, Timeliness.SERVICE_DELAY),  # 600 s of delay, 540 in the window: 60 unexplained
        (539, Timeliness.LATE),
    ],
)
def test_a_recorded_interruption_covers_the_difference(window_s: int, expected: Timeliness) -> None:
    window = Interruption(DUE + 10 * SECOND, DUE + 10 * SECOND + window_s * SECOND)
    windows = Windows(interruptions=(window,))
    assert timeliness(arrival(DUE, 600 * SECOND), DUE, "school", windows) is expected


def test_overlapping_interruptions_count_once_and_only_inside_the_delay() -> None:
    windows = (
        Interruption(DUE - 100 * SECOND, DUE + 30 * SECOND),
        Interruption(DUE + 20 * SECOND, DUE + 50 * SECOND),
        Interruption(DUE + 25 * SECOND, DUE + 40 * SECOND),
        Interruption(DUE + 90 * SECOND, DUE + 900 * SECOND),
    )
    assert covered(arrival(DUE, 100 * SECOND), windows) == 60 * SECOND


def test_an_edge_clock_that_runs_ahead_never_makes_late_what_was_recorded_in_time() -> None:
    ahead = Arrival(received_at=DUE + SECOND, recorded_at=DUE)
    assert counted_at(ahead) == DUE
    assert ahead.service_delay == timedelta()


def outage(**changes: object) -> Outage:
    plain: dict[str, object] = {
        "outage": "o",
        "began_at": DUE,
        "ended_at": DUE,
        "grace_until": DUE + 60 * SECOND,
        "schools": None,
    }
    return Outage(**{**plain, **changes})


@pytest.mark.parametrize(
    ("declared", "received_at", "expected"),
    [
        (outage(), DUE + TICK, Timeliness.EXCUSED),
        (outage(), DUE + 60 * SECOND, Timeliness.EXCUSED),
        (outage(), DUE + 60 * SECOND + TICK, Timeliness.LATE),
        (outage(schools=frozenset({"school"})), DUE + TICK, Timeliness.EXCUSED),
        (outage(schools=frozenset({"other"})), DUE + TICK, Timeliness.LATE),
        (outage(began_at=DUE + TICK, ended_at=DUE + SECOND), DUE + TICK, Timeliness.LATE),
        (outage(began_at=DUE - SECOND, ended_at=DUE - TICK), DUE + TICK, Timeliness.LATE),
        (outage(), DUE, Timeliness.ON_TIME),
    ],
)
def test_an_outage_excuses_what_was_due_inside_it_until_its_grace_ends(
    declared: Outage, received_at: datetime, expected: Timeliness
) -> None:
    assert timeliness(arrival(received_at), DUE, "school", Windows(outages=(declared,))) is expected


@pytest.mark.parametrize(
    ("level", "receipt", "deadline"),
    [
        (1, DUE + timedelta(hours=9), DUES[0]),
        (2, DUE - timedelta(hours=2), DUES[1]),
        (2, DUE, DUES[1]),
        (2, DUE + TICK, DUES[1] + TICK),
        (3, DUES[1] + timedelta(minutes=30), DUES[2] + timedelta(minutes=30)),
    ],
)
def test_nobody_is_late_through_the_level_below(level: int, receipt: datetime, deadline: datetime) -> None:
    assert level_deadline(DUES, level, receipt) == deadline


def test_a_level_consumes_only_its_own_time() -> None:
    assert consumed(DUES, 2, DUE - timedelta(hours=2), DUE + 5 * SECOND) == 5 * SECOND
    assert consumed(DUES, 2, DUE + 3 * SECOND, DUE + 5 * SECOND) == 2 * SECOND
    assert consumed(DUES, 2, DUE - 3 * SECOND, DUE - SECOND) == timedelta()
