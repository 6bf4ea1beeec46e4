"""Duties: closed, lifted, inherited, missed, excused."""

from datetime import datetime, timedelta

import pytest

from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.errors import WrongOrganisation, WrongRole
from domain.registry.events import (
    SiteClosed,
    SiteResumed,
    SiteSuspended,
)
from domain.reporting import errors
from domain.reporting.close_duty import CloseDuty
from domain.reporting.events import (
    DutyClosed,
    DutyInherited,
    DutyLifted,
)
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.record_missed import RecordMissed
from domain.reporting.return_report import ReturnReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU,
    CLOSES,
    DAY,
    EVENING,
    FAR,
    FAR_PRINCIPAL,
    FAR_REPORTER,
    NOON,
    NORTH,
    OFFICE_OF,
    OFFICER,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SMALL,
    SMALL_REPORT,
    Story,
    acting,
    opened,
    opens,
)

INSTANT = timedelta(microseconds=1)


def closes(person: str | None = None, report: str = REPORT, at: datetime = NOON) -> CloseDuty:
    by = None if person is None else acting(person, at)
    return CloseDuty(acting=by, at=at, report=report, reason=None if person is None else REASON)


def test_a_duty_closes_once_after_its_time() -> None:
    story = Story()
    story.refuses(closes(at=CLOSES), errors.DutyNotOver)
    assert story.does(closes(at=CLOSES + INSTANT)) == DutyClosed(report=REPORT, district=NORTH)
    story.refuses(closes(at=CLOSES + INSTANT), errors.DutyAlreadyClosed)
    story.refuses(closes(report=SMALL_REPORT, at=CLOSES + INSTANT), errors.NoDuty)


def missed() -> RecordMissed:
    return RecordMissed(report=REPORT, level=1, at=EVENING)


SUSPENDED = SiteSuspended(organisation=SCHOOL, suspended_on=DAY)
GONE = SiteClosed(organisation=SCHOOL, closed_on=DAY, heir=SMALL)


@pytest.mark.parametrize("ended", [SUSPENDED, GONE])
@pytest.mark.parametrize("person", [None, OFFICER, REGISTRAR])
def test_the_duty_of_a_site_that_owes_nothing_on_the_day_is_lifted(ended: Event, person: str | None) -> None:
    story = Story()
    story.refuses(closes(person), errors.DutyNotOver if person is None else errors.DutyOwed)
    story.history.append(ended)
    assert story.does(closes(person)) == DutyLifted(
        report=REPORT,
        district=NORTH,
        bureau=BUREAU,
        person=person,
        appointment=None if person is None else OFFICE_OF[person],
        reason=None if person is None else REASON,
    )
    for command in (closes(person), missed()):
        story.refuses(command, errors.NoDuty)


def test_a_person_who_lifts_a_duty_says_why_and_holds_the_office() -> None:
    story = Story(SUSPENDED)
    story.refuses(closes(REVIEWER), WrongRole)
    with pytest.raises(Invalid):
        CloseDuty(acting=acting(OFFICER), at=NOON, report=REPORT, reason=None)


def test_no_answer_and_no_recorded_absence_is_made_to_vanish() -> None:
    answered, absent = Story(), Story()
    answered.filed()
    absent.does(missed())
    for story in (answered, absent):
        story.history.append(SUSPENDED)
        story.refuses(closes(OFFICER), errors.DutyOwed)
        story.refuses(closes(), errors.DutyNotOver)
        story.does(closes(at=CLOSES + INSTANT))


def test_what_was_lifted_is_opened_again_when_the_site_resumes_on_the_day() -> None:
    story = Story(SUSPENDED)
    story.does(closes())
    story.refuses(opens(schools=(SCHOOL,)), errors.NothingToOpen)
    story.history.append(SiteResumed(organisation=SCHOOL, resumed_on=DAY))
    assert story.does(opens(schools=(SCHOOL,))) == opened(SCHOOL)
    story.filed()


TOMORROW = DAY + timedelta(days=1)
NEXT_MORNING = at_shanghai(TOMORROW, "09:00")


def inherits(
    closed: str, heir: str, person: str | None = None, at: datetime = NEXT_MORNING, report: str = SMALL_REPORT
) -> InheritDuty:
    by = None if person is None else acting(person, at)
    return InheritDuty(acting=by, at=at, report=report, closed=closed, heir=heir)


def test_the_heir_named_by_the_registry_inherits_in_turn() -> None:
    closed = SiteClosed(organisation=SMALL, closed_on=TOMORROW, heir=SCHOOL)
    story = Story(closed, duties=(SMALL,))
    story.refuses(inherits(SMALL, FAR), errors.DutyNotInherited)
    story.refuses(inherits(SCHOOL, FAR), errors.DutyNotInherited)
    story.refuses(inherits(SMALL, SCHOOL, REVIEWER), WrongRole)
    assert story.does(inherits(SMALL, SCHOOL, REGISTRAR)) == DutyInherited(
        report=SMALL_REPORT, district=NORTH, heir=SCHOOL
    )
    story.refuses(inherits(SMALL, SCHOOL), errors.DutyNotInherited)
    story.history.append(SiteClosed(organisation=SCHOOL, closed_on=TOMORROW, heir=FAR))
    assert story.does(inherits(SCHOOL, FAR)).heir == FAR
    Story(duties=(SMALL,)).refuses(inherits(SMALL, SCHOOL), errors.DutyNotInherited)
    Story(closed, duties=()).refuses(inherits(SMALL, SCHOOL), errors.NoDuty)


def test_nothing_is_handed_over_before_the_site_has_ended() -> None:
    story = Story(SiteClosed(organisation=SMALL, closed_on=TOMORROW, heir=SCHOOL), duties=(SMALL,))
    midnight = at_shanghai(TOMORROW, "00:00")
    story.refuses(inherits(SMALL, SCHOOL, REGISTRAR, midnight - INSTANT), errors.DutyNotInherited)
    story.does(inherits(SMALL, SCHOOL, REGISTRAR, midnight))


def test_what_was_not_owed_is_left_to_nobody() -> None:
    story = Story(SiteClosed(organisation=SMALL, closed_on=DAY, heir=SCHOOL), duties=(SMALL,))
    story.refuses(inherits(SMALL, SCHOOL), errors.NothingLeft)


def test_an_answered_duty_stays_with_who_answered_it_until_it_is_sent_back() -> None:
    story = Story(SiteClosed(organisation=SCHOOL, closed_on=TOMORROW, heir=FAR))
    digest = story.filed().digest
    hands_over = inherits(SCHOOL, FAR, report=REPORT)
    story.refuses(hands_over, errors.NothingLeft)
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(inherits(SCHOOL, FAR, report=REPORT), errors.NothingLeft)
    story.does(story.declines(ReturnReport, REVIEWER, 2, digest))
    story.does(inherits(SCHOOL, FAR, report=REPORT))


def test_after_an_inheritance_only_the_heir_acts() -> None:
    story = Story(SiteClosed(organisation=SCHOOL, closed_on=TOMORROW, heir=FAR))
    story.does(inherits(SCHOOL, FAR, report=REPORT))
    with pytest.raises(WrongOrganisation):
        story.filed(REPORTER, at=NEXT_MORNING)
    digest = story.filed(FAR_REPORTER, at=NEXT_MORNING).digest
    withdraws = WithdrawReport(acting=acting(REPORTER, NEXT_MORNING), report=REPORT, reason=REASON)
    story.refuses(withdraws, WrongOrganisation)
    story.refuses(story.signs(PRINCIPAL, 1, digest), WrongOrganisation)
    story.signed(FAR_PRINCIPAL, 1, digest)
