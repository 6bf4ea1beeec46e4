"""What a roll-up is over: the duties of one form, and of those only what is owed."""

from typing import Any

import msgspec

from domain.ledger.event import Event
from domain.registry.events import SiteSuspended
from domain.reporting.close_duty import CloseDuty
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import report_id, rollup_id
from domain.reporting.rollup_state import RollupState
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU,
    BUREAU_ROLLUP,
    DAY,
    DUE_3,
    EVENING,
    NORTH,
    NORTH_ROLLUP,
    OFFICER,
    PRINCIPAL,
    REASON,
    REVIEWER,
    SCHOOL,
    SECTION,
    SMALL,
    SMALL_REPORT,
    SMALL_REPORTER,
    Story,
    acting,
    opened,
)


def answered(story: Story) -> None:
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.signed(REVIEWER, 2, digest)


def bureau_builds(story: Story) -> Any:
    return story.builds(OFFICER, BUREAU_ROLLUP, DUE_3, SECTION)


def is_outdated(story: Story, rollup: str) -> bool:
    state = RollupState(rollup)
    for event in story.history:
        event.mutate(state)
    return state.is_outdated


def second_form() -> tuple[Event, ...]:
    """A second form with its own duty of the day for the same school."""
    other = msgspec.structs.replace(F1, form="F9")
    duty = msgspec.structs.replace(opened(SCHOOL), form="F9", report=report_id("F9", DAY, SCHOOL))
    return other, duty


def test_each_form_of_a_day_has_its_own_rollup() -> None:
    story = Story(*second_form())
    answered(story)
    built = story.does(story.builds())
    assert (built.form, built.expected, built.covered, built.missing) == ("F1", 1, 1, ())
    other = story.does(story.builds(rollup=rollup_id("F9", DAY, NORTH)))
    assert (other.form, other.expected, other.covered, other.missing) == ("F9", 1, 0, (SCHOOL,))
    assert other.parent == rollup_id("F9", DAY, BUREAU)
    story.does(story.signs_rollup(built.digest))
    bureau = story.does(bureau_builds(story))
    assert (bureau.expected, bureau.covered, bureau.missing) == (1, 1, ())
    story.filed(report=report_id("F9", DAY, SCHOOL))
    assert story.does(story.builds(rollup=rollup_id("F9", DAY, NORTH))).covered == 1
    assert not is_outdated(story, NORTH_ROLLUP)


def lifts(story: Story, school: str = SMALL) -> None:
    story.history.append(SiteSuspended(organisation=school, suspended_on=DAY))
    story.does(CloseDuty(acting=None, at=EVENING, report=report_id("F1", DAY, school), reason=None))


def test_a_lifted_duty_is_no_gap_and_is_named() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    answered(story)
    before = story.does(story.builds())
    assert (before.expected, before.missing, before.not_owed) == (2, (SMALL,), ())
    story.does(story.signs_rollup(before.digest))
    lifts(story)
    bureau = story.does(bureau_builds(story))
    # The district signed while the school still owed; the bureau's own counts add up all the same.
    assert (bureau.expected, bureau.covered, bureau.missing, bureau.not_owed) == (1, 1, (), (SMALL,))
    after = story.does(story.builds(at=EVENING))
    assert (after.expected, after.covered, after.missing, after.not_owed) == (1, 1, (), (SMALL,))
    assert after.changed == (SMALL,)


def test_a_report_that_was_covered_withdrawn_and_lifted_is_counted_nowhere() -> None:
    story = Story(duties=(SCHOOL, SMALL))
    answered(story)
    story.filed(SMALL_REPORTER, SMALL_REPORT)
    story.does(story.signs_rollup(story.does(story.builds()).digest))
    story.does(WithdrawReport(acting=acting(SMALL_REPORTER, EVENING), report=SMALL_REPORT, reason=REASON))
    lifts(story)
    bureau = story.does(bureau_builds(story))
    assert (bureau.expected, bureau.covered, bureau.missing, bureau.unsigned) == (1, 1, (), ())
