"""What each view over school-days says, against the same counted by hand over the raw events."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.projector import Projector
from adapters.postgres.views.duty_board import fetch_board
from adapters.postgres.views.lateness_by_level import fetch_late_reports, fetch_lateness
from adapters.postgres.views.missing_now import fetch_missing_now
from adapters.postgres.views.school_day import fetch_days_of_school, fetch_school_days
from adapters.postgres.views.school_state import fetch_school_state
from adapters.postgres.views.signature_latency import fetch_latency_by_district, fetch_latency_by_person
from adapters.postgres.views.zero_coverage import fetch_coverage
from domain.ledger.time import at_shanghai
from tests.adapters.views.by_hand import NOTHING, Judged, judge, rank
from tests.adapters.views.unruly_city import unruly_history
from tests.histories import FIRST_DAY, ListedLog

SEEDS = 2, 4, 7, 29  # together they hold everything that the last test asks for
SECOND, LAST = FIRST_DAY + timedelta(1), FIRST_DAY + timedelta(3)
# Spans of days and a district, or none: each narrows what is counted.
ASKED: list[tuple[date, date, str | None]] = [
    (FIRST_DAY, LAST, None),
    (SECOND, SECOND, None),
    (FIRST_DAY, SECOND, "district-2"),
]


class Told:
    """A city's duties judged by hand, and a database that its history was projected into."""

    def __init__(self, duties: list[Judged], connection: asyncpg.Connection) -> None:
        self.duties = duties
        self.connection = connection

    def inside(self, first: date, last: date, district: str | None) -> list[Judged]:
        return [each for each in self.duties if first <= each.day <= last and district in (None, each.district)]


@pytest.fixture(params=SEEDS)
async def told(request: pytest.FixtureRequest, dsn: str) -> AsyncIterator[Told]:
    history = unruly_history(request.param)
    pool = await open_pool(dsn, size=2)
    try:
        await Projector(ListedLog(history.events), pool).catch_up()
        async with pool.acquire() as connection:
            yield Told(judge(history.events), connection)
    finally:
        await pool.close()


def by_day(each: Judged) -> tuple[date, str, str]:
    return each.day, each.district, each.school


async def test_every_school_day_stands_as_its_events_say(told: Told) -> None:
    for first, last, district in ASKED:
        expected = [
            (
                each.report, each.status, each.answered, each.nature, each.corrected_before, each.corrected_after,
                each.returned, each.withdrawn, each.signed_level, each.position,
                tuple(level.missed for level in each.levels), tuple(level.excused for level in each.levels),
            )
            for each in sorted(told.inside(first, last, district), key=by_day)
        ]  # fmt: skip
        rows = await fetch_school_days(told.connection, first, last, district=district)
        assert [
            (
                row.report, row.status, row.answered, row.nature, row.corrected_before, row.corrected_after,
                row.returned, row.withdrawn, row.signed_level, row.position,
                (row.missed_1, row.missed_2, row.missed_3), (row.excused_1, row.excused_2, row.excused_3),
            )
            for row in rows
        ] == expected  # fmt: skip


async def test_the_board_has_a_cell_for_every_duty(told: Told) -> None:
    for first, last, district in ASKED:
        duties = sorted(told.inside(first, last, district), key=lambda each: (each.district, each.school, each.day))
        cells = await fetch_board(told.connection, first, last, district=district)
        assert [
            (
                cell.school, cell.district, cell.business_date, cell.status, cell.nature, cell.answered, cell.corrected,
                cell.returned, cell.withdrawn, cell.signed_level,
            )
            for cell in cells
        ] == [
            (
                each.school, each.district, each.day, each.status, each.nature, each.answered,
                each.corrected_before or each.corrected_after, each.returned, each.withdrawn, each.signed_level,
            )
            for each in duties
        ]  # fmt: skip


async def test_missing_now_is_what_nothing_answers_with_its_reminders(told: Told) -> None:
    for now, district in (
        (at_shanghai(LAST, "15:01"), None),
        (at_shanghai(LAST, "15:00"), None),  # at the very deadline nothing is missing yet
        (at_shanghai(SECOND, "15:01"), "district-1"),
    ):
        expected = [
            (each.due, each.report, each.school, each.district, each.status, each.withdrawn, each.levels[0].missed,
             each.reminders, each.position)
            for each in told.duties
            if not each.answered and each.due < now and district in (None, each.district)
        ]  # fmt: skip
        rows = await fetch_missing_now(told.connection, now, district=district)
        assert [
            (row.due_1, row.report, row.school, row.district, row.status, row.withdrawn, row.recorded,
             [(each.reminder, each.how) for each in row.reminders], row.position)
            for row in rows
        ] == sorted(expected)  # fmt: skip


async def test_lateness_is_counted_for_each_level_of_each_district(told: Told) -> None:
    for first, last, district in ASKED:
        duties = told.inside(first, last, district)
        expected = []
        for name in sorted({each.district for each in duties}):
            for level, act in ((1, "report"), (2, "report"), (2, "rollup"), (3, "rollup")):
                second = (level, act) == (2, "rollup")
                of_it = [each for each in duties if each.district == name]
                levels = [each.rollup if second else each.levels[level - 1] for each in of_it]
                late = [each.late for each in levels if each.late and not each.excused]
                expected.append(
                    (
                        name,
                        level,
                        act,
                        sum(each.decided is not None for each in levels),
                        len(late),
                        sum(bool(each.late) and each.excused for each in levels),
                        sum(each.missed for each in levels),
                        sum(late, NOTHING),
                        max(late, default=NOTHING),
                    )
                )
        rows = await fetch_lateness(told.connection, first, last, district=district)
        assert [
            (row.district, row.level, row.act, row.decided, row.late, row.excused, row.missed, row.lost, row.longest)
            for row in rows
        ] == expected


async def test_the_late_reports_name_every_level_that_lost_time(told: Told) -> None:
    for first, last, district in ASKED:
        duties = sorted(told.inside(first, last, district), key=by_day)
        expected = []
        for each in duties:
            lost = tuple(NOTHING if level.excused else level.late for level in each.levels)
            by_rollup = NOTHING if each.rollup.excused else each.rollup.late
            if any(lost) or by_rollup:
                deadlines = tuple(level.deadline for level in each.levels)
                decided = tuple(level.decided for level in each.levels)
                both = lost[0], max(lost[1], by_rollup), lost[2]
                worst = max((1, 2, 3), key=lambda level: (both[level - 1], -level))
                where = each.report, each.school, each.district, each.day
                expected.append((*where, deadlines, decided, lost, by_rollup, worst))
        rows = await fetch_late_reports(told.connection, first, last, district=district)
        assert [
            (
                row.report,
                row.school,
                row.district,
                row.business_date,
                row.deadlines,
                row.decided,
                row.lost,
                row.lost_rollup,
                row.level,
            )
            for row in rows
        ] == expected


async def test_a_zero_stands_on_who_reported_and_names_who_did_not(told: Told) -> None:
    for first, last, district in ASKED:
        expected = []
        for day in sorted({each.day for each in told.inside(first, last, district)}):
            duties = told.inside(day, day, district)

            def count(is_one: Callable[[Judged], bool], duties: list[Judged] = duties) -> int:
                return sum(map(is_one, duties))

            expected.append(
                (
                    day,
                    len(duties),
                    count(lambda each: each.answered),
                    count(lambda each: each.nature == "zero"),
                    count(lambda each: each.nature == "positive"),
                    count(lambda each: each.status in ("on_time", "service_delay")),
                    count(lambda each: each.status == "late"),
                    count(lambda each: each.status == "excused"),
                    tuple(sorted(each.school for each in duties if not each.answered)),
                )
            )
        rows = await fetch_coverage(told.connection, first, last, district=district)
        assert [
            (row.business_date, row.expected, row.reported, row.zero, row.positive, row.in_time, row.late, row.excused,
             row.non_reporters)
            for row in rows
        ] == expected  # fmt: skip


async def test_latency_is_from_the_receipt_to_the_signature_that_stands(told: Told) -> None:
    for first, last, district in ASKED:
        by_district: dict[tuple[str, int], list[tuple[str, timedelta]]] = {}
        by_person: dict[tuple[str, int], list[tuple[str, timedelta]]] = {}
        for each in told.inside(first, last, district):
            for number, level in enumerate(each.levels, 1):
                if level.signer is not None and level.waited is not None:
                    signature = level.signer, level.waited
                    by_district.setdefault((each.district, number), []).append(signature)
                    by_person.setdefault((level.signer, number), []).append(signature)
        rows = await fetch_latency_by_district(told.connection, first, last, district=district)
        assert [seconds(row) for row in rows] == [latency(*each) for each in sorted(by_district.items())]
        rows = await fetch_latency_by_person(told.connection, first, last, district=district)
        assert [seconds(row) for row in rows] == [latency(*each) for each in sorted(by_person.items())]


def latency(key: tuple[str, int], signatures: list[tuple[str, timedelta]]) -> tuple[object, ...]:
    waited = [each for _, each in signatures]
    times = rank(waited, 0.5), rank(waited, 0.9), max(waited), min(waited)
    return (*key, len(waited), len({person for person, _ in signatures}), *times)


def seconds(row) -> tuple[object, ...]:
    return row.by, row.level, row.signatures, row.persons, row.median, row.p90, row.longest, row.shortest


async def test_a_schools_state_counts_its_days(told: Told) -> None:
    for first, last, _ in ASKED:
        for school in sorted({each.school for each in told.duties}):
            duties = [each for each in told.inside(first, last, None) if each.school == school]
            row = await fetch_school_state(told.connection, school, first, last)
            assert (row.owed, row.answered) == (len(duties), sum(each.answered for each in duties))
            for status in ("on_time", "service_delay", "late", "missing", "excused", "open"):
                assert getattr(row, status) == sum(each.status == status for each in duties), status
            for flag in ("corrected_before", "corrected_after", "returned"):
                assert getattr(row, flag) == sum(getattr(each, flag) for each in duties), flag
            assert row.fully_signed == sum(each.signed_level == 3 for each in duties)
            days = [each.day for each in duties]
            assert (row.first_day, row.last_day) == (min(days, default=None), max(days, default=None))
            assert row.position == max((each.position for each in duties), default=0)
            listed = await fetch_days_of_school(told.connection, school, first, last)
            assert [each.report for each in listed] == [each.report for each in sorted(duties, key=by_day)]


def test_the_histories_hold_every_status_and_every_kind_of_lateness() -> None:
    """So that no comparison here is one of nothing with nothing."""
    duties = [each for seed in SEEDS for each in judge(unruly_history(seed).events)]
    assert {each.status for each in duties} >= {"on_time", "service_delay", "late", "missing", "excused"}
    assert {each.signed_level for each in duties} == {0, 1, 2, 3}
    assert {each.nature for each in duties} == {None, "zero", "positive"}
    for level in range(3):
        assert any(each.levels[level].late and not each.levels[level].excused for each in duties)
        assert any(each.levels[level].late and each.levels[level].excused for each in duties)
    assert any(each.rollup.late and not each.rollup.excused for each in duties)
    assert any(each.rollup.late and each.rollup.excused for each in duties)
    for flag in ("corrected_before", "corrected_after", "returned", "withdrawn", "answered"):
        assert {getattr(each, flag) for each in duties} == {True, False}
