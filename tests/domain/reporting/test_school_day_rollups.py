"""What roll-ups do to a school-day: the second act of level 2, and level 3."""

from datetime import timedelta

import msgspec

from domain.reporting.events import RollupReturned
from domain.reporting.identifiers import rollup_id
from domain.reporting.standing import Awaited
from tests.domain.reporting.test_school_day import DISTRICT, MINUTE, REPORT, after, at, in_good_order, judged, rolled_up
from tests.histories import (
    COMMITMENT,
    FIRST_DAY,
    corrected,
    digest,
    missed,
    seal,
    signed,
    submitted,
)


def test_level_3_comes_from_the_signed_bureau_roll_up_that_covers_the_report() -> None:
    assert after(*in_good_order(), *rolled_up()[:3]).days[REPORT].signed_level == 2
    assert after(*in_good_order(), *rolled_up()).days[REPORT].signed_level == 3
    assert after(*in_good_order()[:2], *rolled_up(unsigned=True)).days[REPORT].signed_level == 1


def test_what_level_3_signed_stands_for_what_it_covered() -> None:
    fold = after(*in_good_order(), *rolled_up(), ("18:00", corrected(REPORT, DISTRICT, 2)))
    day = fold.days[REPORT]
    assert day.signed_level == 0
    assert [(each.level, each.voided is None) for each in day.signatures] == [(1, False), (2, False), (3, True)]


def test_after_a_districts_roll_up_is_sent_back_the_one_before_counts_for_level_3() -> None:
    first, second = rolled_up(), rolled_up(revision=2)
    sent_back = RollupReturned(
        rollup=rollup_id("F1", FIRST_DAY, DISTRICT),
        parent=rollup_id("F1", FIRST_DAY, "bureau"),
        revision=2,
        level=3,
        digest=digest("x"),
        person="officer",
        appointment="a",
        reason=COMMITMENT,
        **seal("return"),
    )
    fold = after(*in_good_order(), *first[:2], *second[:2], ("16:40", sent_back), *first[2:])
    assert fold.days[REPORT].signed_level == 3
    assert judged(fold).awaited is None
    first_sent_back = msgspec.structs.replace(sent_back, revision=1)
    neither = after(
        *in_good_order(), *first[:2], *second[:2], ("16:40", sent_back), ("16:41", first_sent_back), *first[2:]
    )
    assert neither.days[REPORT].signed_level == 2


def test_level_3_is_not_blamed_for_the_roll_up_that_the_district_held() -> None:
    fold = after(*in_good_order(), *rolled_up(district="21:00", bureau="21:06"))
    judgement = judged(fold)
    _, second, third = judgement.levels
    assert (second.late, judgement.district_rollup.late) == (timedelta(), timedelta(hours=5))
    assert (third.receipt, third.deadline, third.late) == (at("21:00"), at("22:00"), timedelta())
    assert third.took == 6 * MINUTE
    late = judged(after(*in_good_order(), *rolled_up(district="21:00", bureau="22:01"))).levels[2]
    assert late.late == MINUTE


def test_without_a_signed_district_roll_up_level_2_is_awaited_and_never_level_3() -> None:
    rollup = rollup_id("F1", FIRST_DAY, DISTRICT)
    awaited = Awaited(level=2, deadline=at("16:00"), rollup=rollup)
    assert judged(after(*in_good_order())).awaited == awaited
    assert judged(after(*in_good_order(), *rolled_up()[:1])).awaited == awaited
    absence = msgspec.structs.replace(missed(REPORT, DISTRICT, 2, at("16:00")), rollup=rollup)
    fold = after(*in_good_order(), ("16:01", absence))
    assert judged(fold).awaited is None
    assert (judged(fold).levels[1].missed, judged(fold).district_rollup.missed) == (False, True)
    # Signed after all: level 3 has its hour from then on.
    handed = after(*in_good_order(), ("16:01", absence), *rolled_up(district="18:30")[:2])
    assert judged(handed).awaited == Awaited(level=3, deadline=at("19:30"), rollup=rollup_id("F1", FIRST_DAY, "bureau"))


def test_what_came_to_level_2_too_late_for_its_roll_up_is_due_in_a_supplement_when_the_duty_closes() -> None:
    fold = after(
        ("15:05", submitted(REPORT, DISTRICT)),
        ("15:10", signed(REPORT, DISTRICT, 1, 1)),
        ("15:20", signed(REPORT, DISTRICT, 1, 2)),
    )
    closes = fold.days[REPORT].closes_at
    assert judged(fold).awaited == Awaited(level=2, deadline=closes, rollup=rollup_id("F1", FIRST_DAY, DISTRICT))
    assert judged(fold).levels[1].deadline == at("16:10")
