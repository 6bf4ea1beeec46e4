"""Absences: what each level misses, and what it does not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.registry.events import SiteClosed, SiteSuspended
from domain.reporting import errors
from domain.reporting.close_duty import CloseDuty
from domain.reporting.events import (
    RollupSigned,
)
from domain.reporting.record_missed import RecordMissed
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU_ROLLUP,
    CLOSES,
    DAY,
    DUE_1,
    DUE_2,
    DUE_3,
    EVENING,
    NORTH_ROLLUP,
    OFFICER,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECTION,
    SMALL,
    Story,
    acting,
    opened,
)

INSTANT = timedelta(microseconds=1)


def missed(
    level: int, at: datetime, deadline: datetime | None = None, rollup: str | None = None, filed: int = 1
) -> RecordMissed:
    return RecordMissed(report=REPORT, level=level, at=at, deadline=deadline, rollup=rollup, filed=filed)


def test_level_2_misses_only_what_it_was_given() -> None:
    story = Story()
    digest = story.filed().digest
    story.refuses(missed(2, EVENING), errors.NotHandedOver)
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(missed(2, DUE_2), errors.NotDueYet)
    assert story.does(missed(2, DUE_2 + INSTANT)).deadline == DUE_2


def test_a_deadline_is_moved_by_what_the_view_knows_and_never_back() -> None:
    story = Story()
    story.signed(PRINCIPAL, 1, story.filed().digest)
    moved = DUE_2 + timedelta(minutes=40)
    story.refuses(missed(2, moved, moved), errors.NotDueYet)
    story.refuses(missed(2, DUE_2, DUE_1), errors.NotDueYet)
    assert story.does(missed(2, EVENING, moved)).deadline == moved


def test_what_was_filed_since_the_clock_looked_is_looked_at_again() -> None:
    story = Story()
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.signed(PRINCIPAL, 1, story.corrected().digest)
    story.refuses(missed(2, EVENING), errors.NotMissing)
    story.does(missed(2, EVENING, filed=2))


@pytest.mark.parametrize("act", ["sign", "return", "refuse"])
def test_a_level_that_acted_has_not_missed(act: str) -> None:

    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    acts: dict[str, Callable[[], Any]] = {
        "sign": lambda: story.signed(REVIEWER, 2, digest),
        "return": lambda: story.does(story.declines(ReturnReport, REVIEWER, 2, digest)),
        "refuse": lambda: story.does(story.declines(RefuseSignature, REVIEWER, 2, digest)),
    }
    acts[act]()
    story.refuses(missed(2, EVENING), errors.NotMissing)


def signed_once(*more: Event) -> Story:
    """The report is filed and signed by level 1."""
    story = Story(*more)
    story.signed(PRINCIPAL, 1, story.filed().digest)
    return story


def signed_twice(*more: Event, duties: tuple[str, ...] = (SCHOOL,)) -> Story:
    """The report is filed and signed by levels 1 and 2."""
    story = Story(*more, duties=duties)
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    return story


def rolls_up(story: Story, level: int = 2) -> RollupSigned:
    person, rollup, at, section = (
        (REVIEWER, NORTH_ROLLUP, DUE_2, None) if level == 2 else (OFFICER, BUREAU_ROLLUP, DUE_3, SECTION)
    )
    built = story.does(story.builds(person, rollup, at, section))
    signed: RollupSigned = story.does(story.signs_rollup(built.digest, person, rollup, section))
    return signed


def test_level_2_misses_the_roll_up_that_it_did_not_sign_over_what_it_signed() -> None:
    story = signed_twice()
    story.refuses(missed(2, EVENING), errors.NotMissing)
    story.does(story.builds())
    recorded = story.does(missed(2, EVENING, rollup=NORTH_ROLLUP))
    assert (recorded.level, recorded.rollup) == (2, NORTH_ROLLUP)
    covered = signed_twice()
    signed = rolls_up(covered)
    covered.refuses(missed(2, EVENING, rollup=NORTH_ROLLUP), errors.NotMissing)
    covered.does(covered.returns_rollup(signed.digest))
    covered.refuses(missed(2, EVENING, rollup=NORTH_ROLLUP), errors.NotMissing)


def test_a_roll_up_covers_only_what_was_there_when_it_was_built() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    rolls_up(story)  # it names the report as unsigned
    story.signed(REVIEWER, 2, digest)
    story.does(missed(2, EVENING, rollup=NORTH_ROLLUP))


def test_level_3_misses_what_no_signed_bureau_rollup_covers() -> None:
    story = signed_twice()
    story.refuses(missed(3, EVENING, rollup=BUREAU_ROLLUP), errors.NotHandedOver)
    signed = rolls_up(story)
    story.refuses(missed(3, DUE_3, rollup=BUREAU_ROLLUP), errors.NotDueYet)
    uncovered = Story(*story.history[len(Story().history) :])
    sent_back = Story(*story.history[len(Story().history) :])
    rolls_up(story, 3)
    story.refuses(missed(3, EVENING, rollup=BUREAU_ROLLUP), errors.NotMissing)
    recorded = uncovered.does(missed(3, EVENING, rollup=BUREAU_ROLLUP))
    assert (recorded.deadline, recorded.rollup) == (DUE_3, BUREAU_ROLLUP)
    uncovered.refuses(missed(3, EVENING, rollup=BUREAU_ROLLUP), errors.MissedAlreadyRecorded)
    sent_back.does(sent_back.returns_rollup(signed.digest))
    sent_back.refuses(missed(3, EVENING, rollup=BUREAU_ROLLUP), errors.NotHandedOver)


def test_a_signed_bureau_roll_up_does_not_cover_a_duty_that_was_opened_after_it() -> None:
    story = Story(duties=(SMALL,))
    rolls_up(story)
    rolls_up(story, 3)
    story.history.append(opened(SCHOOL))
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)
    tomorrow = EVENING + timedelta(days=1)
    built = story.does(story.builds(at=tomorrow))
    story.does(story.signs_rollup(built.digest))
    story.does(missed(3, tomorrow, rollup=BUREAU_ROLLUP))


@pytest.mark.parametrize(
    "ended",
    [
        SiteSuspended(organisation=SCHOOL, suspended_on=DAY),
        SiteClosed(organisation=SCHOOL, closed_on=DAY, heir=SMALL),
    ],
)
def test_who_owes_nothing_on_the_day_misses_nothing(ended: Event) -> None:
    Story(ended).refuses(missed(1, EVENING, filed=0), errors.NothingOwed)


def test_what_was_answered_before_nothing_was_owed_is_still_signed_by_every_level() -> None:
    """It cannot be lifted, so that a level above would else be awaited for ever."""
    suspended = SiteSuspended(organisation=SCHOOL, suspended_on=DAY)
    assert signed_twice(suspended).does(missed(2, EVENING, rollup=NORTH_ROLLUP)).level == 2
    story = Story()
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.does(missed(2, EVENING))
    story.does(WithdrawReport(acting=acting(REPORTER, EVENING), report=REPORT, reason=REASON))
    story.history.append(suspended)
    story.refuses(CloseDuty(acting=None, at=EVENING, report=REPORT, reason=None), errors.DutyNotOver)
    assert story.does(missed(1, CLOSES + INSTANT, CLOSES)).level == 1


def test_what_was_withdrawn_and_not_filed_again_is_missed_at_the_deadline_that_the_view_names() -> None:
    story = Story()
    story.filed()
    story.refuses(missed(1, EVENING), errors.NotMissing)
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    story.refuses(missed(1, EVENING, filed=0), errors.NotMissing)  # filed and withdrawn since the clock looked
    story.refuses(missed(1, CLOSES, CLOSES), errors.NotDueYet)
    assert story.does(missed(1, CLOSES + INSTANT, CLOSES)).deadline == CLOSES


def test_a_level_acts_anew_on_what_is_filed_after_a_withdrawal() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.does(story.declines(RefuseSignature, REVIEWER, 2, digest))
    story.refuses(missed(2, EVENING), errors.NotMissing)
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.does(missed(2, EVENING, filed=2))


@pytest.mark.parametrize("arguments", [(0, EVENING), (4, EVENING), (3, EVENING)])
def test_the_clock_says_level_and_roll_up(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid):
        missed(*arguments)
