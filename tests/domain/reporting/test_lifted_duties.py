"""A lifted duty that is opened again begins anew: no view knows what was noted before it, nor may a command."""

from datetime import timedelta

from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.events import SiteClosed, SiteResumed, SiteSuspended
from domain.reporting import errors
from domain.reporting.close_duty import CloseDuty
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.record_missed import RecordMissed
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    DAY,
    EVENING,
    FAR,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    Story,
    acting,
    opens,
)

RESTS: tuple[Event, Event] = (
    SiteSuspended(organisation=SCHOOL, suspended_on=DAY - timedelta(days=1)),
    SiteResumed(organisation=SCHOOL, resumed_on=DAY),
)
LATER = EVENING + timedelta(days=3)


def lifted_and_opened_again(story: Story) -> None:
    rests, comes_back = RESTS
    story.history.append(rests)
    story.does(CloseDuty(acting=None, at=EVENING, report=REPORT, reason=None))
    story.history.append(comes_back)
    story.does(opens(schools=(SCHOOL,), at=EVENING))


def test_the_excuse_of_a_lifted_duty_does_not_stand_in_the_way_of_the_next() -> None:
    story = Story()
    excuses = ExcuseDuty(acting=acting(REVIEWER, EVENING), report=REPORT, level=1, reason=REASON)
    story.does(excuses)
    lifted_and_opened_again(story)
    again = ExcuseDuty(acting=acting(REVIEWER, LATER), report=REPORT, level=1, reason=REASON)
    story.does(again)
    story.refuses(
        ExcuseDuty(acting=acting(REVIEWER, LATER), report=REPORT, level=1, reason=REASON), errors.AlreadyExcused
    )


def test_a_duty_of_which_an_absence_is_recorded_is_not_lifted() -> None:
    story = Story()
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.does(RecordMissed(report=REPORT, level=2, at=EVENING, filed=1))
    story.does(WithdrawReport(acting=acting(REPORTER, EVENING), report=REPORT, reason=REASON))
    story.history.append(RESTS[0])
    story.refuses(CloseDuty(acting=None, at=EVENING, report=REPORT, reason=None), errors.DutyNotOver)


def test_what_was_withdrawn_before_the_lifting_hides_no_absence_after_it() -> None:
    story = Story()
    story.filed()
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    lifted_and_opened_again(story)
    assert story.does(RecordMissed(report=REPORT, level=1, at=LATER, filed=0)).level == 1


def test_the_heir_of_a_lifted_duty_inherits_it_again() -> None:
    tomorrow = DAY + timedelta(days=1)
    story = Story(SiteClosed(organisation=SCHOOL, closed_on=tomorrow, heir=FAR))
    morning = at_shanghai(tomorrow, "09:00")
    story.does(InheritDuty(acting=None, at=morning, report=REPORT, closed=SCHOOL, heir=FAR))
    lifted_and_opened_again(story)
    assert story.does(InheritDuty(acting=None, at=morning, report=REPORT, closed=SCHOOL, heir=FAR)).heir == FAR
