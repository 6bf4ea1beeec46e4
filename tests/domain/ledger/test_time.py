from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.errors import Invalid
from domain.ledger.time import at_shanghai, business_date_of, instant_text, parse_instant

FULL_WIDTH = "\uff11\uff15:\uff10\uff10"
INSTANTS = st.datetimes(
    min_value=datetime(1001, 1, 3),  # noqa: DTZ001 - Hypothesis wants naive bounds
    max_value=datetime(9998, 12, 29),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_24_00_is_the_first_instant_of_the_next_day() -> None:
    assert at_shanghai(date(2020, 2, 28), "24:00") == at_shanghai(date(2020, 2, 29), "00:00")
    assert business_date_of(at_shanghai(date(2020, 2, 28), "24:00")) == date(2020, 2, 29)


def test_a_deadline_of_15_00_in_shanghai_is_07_00_utc() -> None:
    assert at_shanghai(date(2020, 2, 9), "15:00") == datetime(2020, 2, 9, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "clock", ["24:01", "15:60", "15", "1500", "9:00", "-1:00", "25:00", "", "15:00:00", FULL_WIDTH]
)
def test_a_clock_outside_the_day_is_refused(clock: str) -> None:
    with pytest.raises(Invalid) as caught:
        at_shanghai(date(2020, 2, 9), clock)
    assert caught.value.details["field"] == "clock"


@pytest.mark.parametrize(
    "text",
    [
        "2020-02-09",
        "2020-02-09T15:00:00",
        "yesterday",
        "2020-13-01T00:00:00Z",
        "1000-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
    ],
)
def test_an_instant_without_offset_or_sense_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_instant(text, field="as_of")
    assert caught.value.details.keys() == {"field", "rule"}
    assert caught.value.details["field"] == "as_of"
    assert text not in str(caught.value)


def test_a_naive_instant_has_no_text() -> None:
    with pytest.raises(Invalid):
        instant_text(datetime(2020, 2, 9, 15))  # noqa: DTZ001 - naive on purpose


@given(INSTANTS, INSTANTS)
def test_text_order_is_time_order(first: datetime, second: datetime) -> None:
    assert (instant_text(first) < instant_text(second)) == (first < second)


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_any_offset_reads_back_as_the_same_instant(instant: datetime, minutes: int) -> None:
    local = instant.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_instant(local.isoformat()) == instant
    assert parse_instant(instant_text(local)) == instant
    assert len(instant_text(local)) == 27
