"""Three calendars as known at an instant, and the one deadline function."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from domain.ledger.errors import Invalid
from domain.ledger.time import at_shanghai
from domain.registry.calendar import Calendar, Calendars, DeadlineRule, deadline, in_time, months_later
from domain.registry.change_calendar import ChangeCalendar
from domain.registry.errors import (
    DayContradicts,
    DayOutsideSpan,
    EmptyInterval,
    EveryDayCounts,
    KnownOutOfOrder,
    NothingChanged,
    SpanTaken,
    WrongRole,
)
from domain.registry.events import CalendarChanged, CalendarName, CalendarPublished
from domain.registry.publish_calendar import PublishCalendar
from tests.domain.registry.town import AS_PRINCIPAL, AS_REGISTRAR, AT, MICRO, when

PLAN_KNOWN = at_shanghai(date(2019, 11, 21), "12:00")
NOTICE_KNOWN = at_shanghai(date(2020, 1, 27), "00:00")
HOLIDAY = tuple(date(2020, 1, day) for day in (24, 27, 28, 29, 30))
MAKE_UP = (date(2020, 1, 19), date(2020, 2, 1))
PLAN = CalendarPublished(
    calendar=CalendarName.WORKING,
    first_day=date(2020, 1, 1),
    last_day=date(2020, 12, 31),
    work_days=MAKE_UP,
    rest_days=HOLIDAY,
    known_at=PLAN_KNOWN,
    source="国务院办公厅",
)
NOTICE = CalendarChanged(
    calendar=CalendarName.WORKING,
    work_days=(),
    rest_days=(date(2020, 1, 31), date(2020, 2, 1)),
    known_at=NOTICE_KNOWN,
    source="国务院办公厅",
)
YEAR_2020 = Calendars.of((PLAN, NOTICE))
JAN_25, JAN_27 = at_shanghai(date(2020, 1, 25), "12:00"), at_shanghai(date(2020, 1, 27), "12:00")


def test_weekends_rest_and_make_up_days_work() -> None:
    def works(day: date) -> bool:
        return YEAR_2020.is_working_day(day, known_at=JAN_27)

    assert works(date(2020, 1, 19))  # a Sunday, made up for the holiday
    assert not works(date(2020, 1, 18))
    assert not works(date(2020, 1, 27))  # a Monday in the holiday
    assert works(date(2020, 2, 3))
    assert not works(date(2020, 2, 29))


@pytest.mark.parametrize(
    ("known_at", "works"),
    [(JAN_25, True), (NOTICE_KNOWN - MICRO, True), (NOTICE_KNOWN, False), (JAN_27, False)],
)
def test_1_february_was_a_working_saturday_until_the_notice_was_known(known_at: datetime, works: bool) -> None:
    assert YEAR_2020.is_working_day(date(2020, 2, 1), known_at=known_at) is works


def test_the_next_working_day_depends_on_what_was_known() -> None:
    friday = date(2020, 1, 31)
    assert YEAR_2020.next_working_day(friday, known_at=JAN_25) == date(2020, 2, 1)
    assert YEAR_2020.next_working_day(friday, known_at=JAN_27) == date(2020, 2, 3)


def test_before_the_plan_was_known_the_plain_rule_holds() -> None:
    before = PLAN_KNOWN - MICRO
    assert not YEAR_2020.is_working_day(date(2020, 2, 1), known_at=before)
    assert YEAR_2020.is_working_day(date(2020, 1, 27), known_at=before)
    assert not YEAR_2020.working.published(date(2020, 1, 27), known_at=before)
    assert YEAR_2020.working.published(date(2020, 1, 27), known_at=PLAN_KNOWN)
    assert not YEAR_2020.working.published(date(2021, 1, 1), known_at=JAN_27)


def test_a_change_of_one_calendar_leaves_the_others_alone() -> None:
    for name in (CalendarName.DAILY, CalendarName.LEGAL):
        assert YEAR_2020.named(name).counts(date(2020, 2, 1), known_at=JAN_27)
    assert YEAR_2020.named(CalendarName.WORKING) is YEAR_2020.working


def test_what_is_recorded_later_stands_even_if_it_restores_the_day() -> None:
    restored = CalendarChanged(
        calendar=CalendarName.WORKING, work_days=MAKE_UP[1:], rest_days=(), known_at=NOTICE_KNOWN, source="更正"
    )
    assert Calendars.of((PLAN, NOTICE, restored)).is_working_day(date(2020, 2, 1), known_at=NOTICE_KNOWN)


def due(day: date, known_at: datetime = JAN_27, **rule: Any) -> datetime:
    return deadline(DeadlineRule(**rule), day, YEAR_2020, known_at)


def test_a_daily_deadline_falls_on_the_day_itself_holiday_or_not() -> None:
    for day in (date(2020, 1, 27), date(2020, 2, 1), date(2020, 2, 29)):
        assert due(day, clock="15:00") == datetime(day.year, day.month, day.day, 7, tzinfo=UTC)


def test_at_the_deadline_is_in_time_and_a_microsecond_later_is_late() -> None:
    end = due(date(2020, 2, 9), clock="15:00")
    assert in_time(end - MICRO, end)
    assert in_time(end, end)
    assert not in_time(end + MICRO, end)


def test_24_00_is_midnight_at_the_end_of_the_day() -> None:
    assert due(date(2020, 2, 29), clock="24:00") == datetime(2020, 2, 29, 16, tzinfo=UTC)
    assert due(date(2020, 2, 29), clock="24:00") == due(date(2020, 3, 1), clock="00:00")


def test_days_are_counted_in_the_named_calendar_and_the_day_itself_is_not() -> None:
    friday = date(2020, 2, 7)
    assert due(friday, clock="17:00", days=1, calendar=CalendarName.WORKING) == at_shanghai(date(2020, 2, 10), "17:00")
    assert due(friday, clock="17:00", days=1) == at_shanghai(date(2020, 2, 8), "17:00")
    assert due(friday, clock="17:00", days=6, calendar=CalendarName.WORKING) == at_shanghai(date(2020, 2, 17), "17:00")


def test_a_working_deadline_without_days_moves_off_a_day_of_rest() -> None:
    working: dict[str, Any] = {"clock": "17:00", "calendar": CalendarName.WORKING}
    assert due(date(2020, 2, 7), **working) == at_shanghai(date(2020, 2, 7), "17:00")
    assert due(date(2020, 2, 8), **working) == at_shanghai(date(2020, 2, 10), "17:00")


@pytest.mark.parametrize(
    ("day", "days", "end"),
    [
        (date(2020, 1, 17), 1, date(2020, 1, 19)),  # a Friday; the Sunday after it is made up
        (date(2020, 1, 23), 1, date(2020, 2, 3)),  # across the whole holiday, prolonged, and the end of the month
        (date(2020, 2, 28), 1, date(2020, 3, 2)),  # the 29th is a Saturday
        (date(2020, 12, 31), 1, date(2021, 1, 1)),  # beyond what is published the plain rule holds
        (date(2020, 2, 28), 0, date(2020, 2, 28)),
        (date(2020, 2, 29), 0, date(2020, 3, 2)),
    ],
)
def test_working_days_lead_across_holidays_make_up_days_and_the_ends_of_months(day: date, days: int, end: date) -> None:
    working: dict[str, Any] = {"days": days, "calendar": CalendarName.WORKING}
    assert due(day, clock="24:00", **working) == at_shanghai(end, "24:00")
    assert due(day, clock="24:00", **working) == at_shanghai(end + timedelta(1), "00:00")


def test_a_legal_period_ends_on_its_day_although_that_is_a_day_of_rest() -> None:
    legal: dict[str, Any] = {"clock": "24:00", "calendar": CalendarName.LEGAL}
    assert due(date(2020, 1, 28), days=30, **legal) == at_shanghai(date(2020, 2, 27), "24:00")
    assert due(date(2019, 12, 25), months=1, **legal) == at_shanghai(date(2020, 1, 25), "24:00")


def test_midnight_at_the_end_is_in_time_and_a_microsecond_later_is_late() -> None:
    end = due(date(2020, 2, 29), clock="24:00")
    assert in_time(at_shanghai(date(2020, 3, 1), "00:00"), end)
    assert not in_time(at_shanghai(date(2020, 3, 1), "00:00") + MICRO, end)


def test_the_same_rule_gives_another_deadline_to_who_knew_less() -> None:
    rule = DeadlineRule(clock="17:00", days=2, calendar=CalendarName.WORKING)
    assert deadline(rule, date(2020, 1, 30), YEAR_2020, JAN_25) == at_shanghai(date(2020, 2, 1), "17:00")
    assert deadline(rule, date(2020, 1, 30), YEAR_2020, JAN_27) == at_shanghai(date(2020, 2, 4), "17:00")


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2019, 1, 31), 1, date(2019, 2, 28)),
        (date(2020, 1, 31), 2, date(2020, 3, 31)),
        (date(2019, 12, 31), 2, date(2020, 2, 29)),
        (date(2020, 2, 29), 12, date(2021, 2, 28)),
        (date(2020, 2, 29), 0, date(2020, 2, 29)),
    ],
)
def test_months_are_clipped_to_the_end_of_the_month(day: date, months: int, end: date) -> None:
    assert months_later(day, months) == end
    legal: dict[str, Any] = {"clock": "24:00", "calendar": CalendarName.LEGAL}
    assert due(day, months=months, **legal) == at_shanghai(end, "24:00")
    assert due(day, months=months, days=30, **legal) == at_shanghai(end + timedelta(30), "24:00")


@pytest.mark.parametrize(
    "rule",
    [
        {"clock": "24:01"},
        {"clock": "9:00"},
        {"clock": "15:00", "days": -1},
        {"clock": "15:00", "days": 3_661},
        {"clock": "15:00", "months": -1},
        {"clock": "15:00", "months": 3_661},
    ],
)
def test_a_rule_that_is_none_is_invalid(rule: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        due(date(2020, 2, 9), **rule)


def test_the_end_of_time_is_invalid_not_a_crash() -> None:
    with pytest.raises(Invalid):
        due(date.max, clock="15:00", days=1)
    with pytest.raises(Invalid):
        due(date(9999, 12, 1), clock="15:00", months=1)


DAYS = st.dates(date(2019, 12, 1), date(2021, 2, 1))
INSTANTS = st.datetimes(datetime(2019, 11, 1), datetime(2020, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@forall(DAYS, st.integers(0, 40), INSTANTS, st.sampled_from(CalendarName))
def test_a_deadline_lies_on_a_counting_day_with_exactly_the_days_between(
    day: date, days: int, known_at: datetime, name: CalendarName
) -> None:
    calendar: Calendar = YEAR_2020.named(name)
    end = calendar.after(day, days, known_at=known_at)
    assert calendar.counts(end, known_at=known_at)
    between = [day + timedelta(step) for step in range(1, (end - day).days + 1)]
    assert sum(calendar.counts(each, known_at=known_at) for each in between) == (
        days if days or calendar.counts(day, known_at=known_at) else 1
    )


@forall(DAYS, st.integers(0, 40), st.integers(0, 40), INSTANTS)
def test_more_days_never_give_an_earlier_deadline(day: date, one: int, other: int, known_at: datetime) -> None:
    few, many = sorted((one, other))
    after = YEAR_2020.working.after
    assert after(day, few, known_at=known_at) <= after(day, many, known_at=known_at)


@forall(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 240))
def test_months_later_keeps_the_day_or_the_last_of_the_month(day: date, months: int) -> None:
    end = months_later(day, months)
    assert (end.year - day.year) * 12 + end.month - day.month == months
    assert end.day == day.day or (end + timedelta(1)).month != end.month


@forall(DAYS, st.integers(0, 1440), INSTANTS)
def test_the_clock_of_a_deadline_is_shanghai_time(day: date, minute: int, known_at: datetime) -> None:
    clock = f"{minute // 60:02}:{minute % 60:02}"
    end = deadline(DeadlineRule(clock=clock), day, YEAR_2020, known_at)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    assert end - midnight == timedelta(minutes=minute)


def publish(**changes: Any) -> PublishCalendar:
    return PublishCalendar(**{"acting": AS_REGISTRAR, **PLAN.as_dict(), **changes})


def change(**changes: Any) -> ChangeCalendar:
    return ChangeCalendar(**{"acting": AS_REGISTRAR, **NOTICE.as_dict(), **changes})


def test_a_calendar_is_published_and_changed() -> None:
    when(publish()).then(PLAN)
    when(change(), PLAN).then(NOTICE)
    next_year: dict[str, Any] = {"first_day": date(2021, 1, 1), "last_day": date(2021, 12, 31)}
    when(publish(**next_year, work_days=(), rest_days=()), PLAN).records()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_PRINCIPAL}, WrongRole),
        ({"last_day": date(2019, 12, 31)}, EmptyInterval),
        ({"calendar": CalendarName.DAILY}, EveryDayCounts),
        ({"rest_days": (*HOLIDAY, MAKE_UP[0])}, DayContradicts),
        ({"rest_days": (*HOLIDAY, HOLIDAY[0])}, DayContradicts),
        ({"last_day": date(2020, 1, 31)}, DayOutsideSpan),
        ({"known_at": AT + MICRO}, KnownOutOfOrder),
        ({"source": ""}, Invalid),
    ],
)
def test_a_publication_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(publish(**changes)).refuses_with(refusal)


def test_no_day_is_published_twice() -> None:
    when(publish(), PLAN).refuses_with(SpanTaken)
    last: dict[str, Any] = {"first_day": date(2020, 12, 31), "last_day": date(2021, 12, 31)}
    when(publish(**last, work_days=(), rest_days=()), PLAN).refuses_with(SpanTaken)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_PRINCIPAL}, WrongRole),
        ({"rest_days": ()}, NothingChanged),
        ({"rest_days": HOLIDAY}, NothingChanged),
        ({"rest_days": (date(2021, 1, 4),)}, DayOutsideSpan),
        ({"work_days": (date(2020, 2, 1),)}, DayContradicts),
        ({"calendar": CalendarName.LEGAL}, EveryDayCounts),
        ({"known_at": PLAN_KNOWN - MICRO}, KnownOutOfOrder),
        ({"known_at": AT + MICRO}, KnownOutOfOrder),
        ({"source": "a\tb"}, Invalid),
    ],
)
def test_a_change_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    history = () if changes.get("calendar") else (PLAN,)
    when(change(**changes), *history).refuses_with(refusal)
