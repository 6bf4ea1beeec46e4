"""Duties: closed, lifted, inherited, missed, excused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.errors import WrongOrganisation, WrongRole
from domain.registry.events import (
    Role,
    SiteClosed,
    SiteResumed,
    SiteSuspended,
)
from domain.reporting import errors
from domain.reporting.close_duty import CloseDuty
from domain.reporting.events import (
    DutyClosed,
    DutyExcused,
    DutyInherited,
    DutyLifted,
)
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.record_missed import RecordMissed
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU,
    BUREAU_ROLLUP,
    CLOSES,
    DAY,
    DUE_1,
    DUE_2,
    DUE_3,
    EVENING,
    FAR,
    FAR_PRINCIPAL,
    FAR_REPORTER,
    FAR_REVIEWER,
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
    SECTION,
    SMALL,
    SMALL_REPORT,
    Story,
    acting,
    appointed,
    opened,
    opens,
    uuid,
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
    for command in (closes(person), missed(1, EVENING)):
        story.refuses(command, errors.NoDuty)


def test_a_person_who_lifts_a_duty_says_why_and_holds_the_office() -> None:
    story = Story(SUSPENDED)
    story.refuses(closes(REVIEWER), WrongRole)
    with pytest.raises(Invalid):
        CloseDuty(acting=acting(OFFICER), at=NOON, report=REPORT, reason=None)


def test_no_answer_and_no_recorded_absence_is_made_to_vanish() -> None:
    answered, absent = Story(), Story()
    answered.filed()
    absent.does(missed(1, EVENING))
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
    story.does(ReturnReport(acting=acting(REVIEWER), report=REPORT, level=2, digest=digest, reason=REASON))
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


def missed(
    level: int, at: datetime, received: datetime | None = None, bureau: str | None = None, filed: int = 0
) -> RecordMissed:
    return RecordMissed(report=REPORT, level=level, at=at, received_below=received, bureau=bureau, filed=filed)


def test_level_2_misses_only_what_it_was_given() -> None:
    story = Story()
    digest = story.filed().digest
    story.refuses(missed(2, EVENING, NOON), errors.NotHandedOver)
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(missed(2, DUE_2, NOON), errors.NotDueYet)
    assert story.does(missed(2, DUE_2 + INSTANT, NOON)).deadline == DUE_2


def test_the_time_of_level_2_runs_from_the_receipt() -> None:
    story = Story()
    story.signed(PRINCIPAL, 1, story.filed().digest)
    received = DUE_1 + timedelta(minutes=40)
    story.refuses(missed(2, DUE_2 + timedelta(minutes=40), received), errors.NotDueYet)
    assert story.does(missed(2, EVENING, received)).deadline == DUE_2 + timedelta(minutes=40)


@pytest.mark.parametrize("act", ["sign", "return", "refuse"])
def test_a_level_that_acted_has_not_missed(act: str) -> None:

    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    said: dict[str, Any] = {"report": REPORT, "level": 2, "digest": digest, "reason": REASON}
    acts: dict[str, Callable[[], Any]] = {
        "sign": lambda: story.signed(REVIEWER, 2, digest),
        "return": lambda: story.does(ReturnReport(acting=acting(REVIEWER), **said)),
        "refuse": lambda: story.does(RefuseSignature(acting=acting(REVIEWER), **said)),
    }
    acts[act]()
    story.refuses(missed(2, EVENING, NOON), errors.NotMissing)


def test_level_3_misses_what_no_signed_bureau_rollup_covers() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.refuses(missed(3, EVENING, NOON, BUREAU), errors.NotHandedOver)
    story.signed(REVIEWER, 2, digest)
    story.refuses(missed(3, DUE_3, NOON, BUREAU), errors.NotDueYet)
    uncovered = Story(*story.history[len(Story().history) :])
    district = story.does(story.builds())
    story.does(story.signs_rollup(district.digest))
    bureau = story.does(story.builds(OFFICER, BUREAU_ROLLUP, DUE_3, SECTION))
    story.does(story.signs_rollup(bureau.digest, OFFICER, BUREAU_ROLLUP, SECTION))
    story.refuses(missed(3, EVENING, NOON, BUREAU), errors.NotMissing)
    assert uncovered.does(missed(3, EVENING, NOON, BUREAU)).deadline == DUE_3
    uncovered.refuses(missed(3, EVENING, NOON, BUREAU), errors.MissedAlreadyRecorded)


def test_what_was_withdrawn_by_the_deadline_is_missed_and_what_was_there_then_is_not() -> None:
    story = Story()
    story.filed()
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    # Withdrawn after the deadline, or filed and withdrawn since the clock looked.
    story.refuses(missed(1, EVENING), errors.NotMissing)
    story.does(missed(1, EVENING, filed=1))


@pytest.mark.parametrize("arguments", [(0, EVENING), (4, EVENING), (2, EVENING), (3, EVENING, NOON)])
def test_the_clock_says_level_receipt_and_bureau(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid):
        missed(*arguments)


def excuses(person: str, level: int, at: datetime = EVENING, section: str | None = None, **acts: Any) -> ExcuseDuty:
    return ExcuseDuty(acting=acting(person, at, **acts), report=REPORT, level=level, reason=REASON, section=section)


def test_the_level_above_excuses_after_the_deadline_once() -> None:
    story = Story()
    story.refuses(excuses(REVIEWER, 1, DUE_1), errors.NotDueYet)
    story.refuses(excuses(PRINCIPAL, 1), WrongRole)
    story.refuses(excuses(FAR_REVIEWER, 1), WrongOrganisation)
    story.refuses(excuses(OFFICER, 1), WrongRole)
    assert story.does(excuses(REVIEWER, 1)) == DutyExcused(
        report=REPORT, district=NORTH, level=1, person=REVIEWER, appointment=OFFICE_OF[REVIEWER], reason=REASON
    )
    story.refuses(excuses(REVIEWER, 1), errors.AlreadyExcused)
    story.refuses(excuses(REVIEWER, 2), WrongRole)
    story.refuses(excuses(OFFICER, 2), errors.NotASection)
    assert story.does(excuses(OFFICER, 2, section=SECTION)).level == 2
    Story(duties=()).refuses(excuses(REVIEWER, 1), errors.NoDuty)


def test_nobody_excuses_the_own_act() -> None:
    office = uuid(401)
    story = Story(appointed(REPORTER, Role.DISTRICT_REVIEWER, NORTH, office))
    story.filed(at=EVENING)
    story.refuses(excuses(REPORTER, 1, appointment=office), errors.SamePerson)


@pytest.mark.parametrize("act", [ReturnReport, RefuseSignature])
def test_nobody_excuses_the_own_return_or_refusal(act: type[ReturnReport | RefuseSignature]) -> None:
    office = uuid(401)
    story = Story(appointed(REVIEWER, Role.SECTION_OFFICER, SECTION, office))
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.does(act(acting=acting(REVIEWER, EVENING), report=REPORT, level=2, digest=digest, reason=REASON))
    story.refuses(excuses(REVIEWER, 2, section=SECTION, appointment=office), errors.SamePerson)
    story.does(excuses(OFFICER, 2, section=SECTION))


def test_levels_1_and_2_can_be_excused() -> None:
    with pytest.raises(Invalid):
        excuses(OFFICER, 3)
