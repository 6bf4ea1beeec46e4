"""Excuses: by the level above, for an absence or a lateness, and never for the own."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from domain.ledger.errors import Invalid
from domain.ledger.time import at_shanghai
from domain.registry.errors import WrongOrganisation, WrongRole
from domain.registry.events import Relieved, Role
from domain.reporting import errors
from domain.reporting.events import (
    DutyExcused,
    DutyInherited,
)
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.report_state import ReportState
from domain.reporting.return_report import ReturnReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    DAY,
    DELEGATE,
    DUE_1,
    DUE_2,
    EVENING,
    FAR_REVIEWER,
    NORTH,
    NORTH_ROLLUP,
    OFFICE_OF,
    OFFICER,
    PRINCIPAL,
    REASON,
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
    delegation,
    uuid,
)
from tests.domain.reporting.test_absences import INSTANT, missed, signed_once, signed_twice


def excuses(
    person: str, level: int, at: datetime = EVENING, section: str | None = None, *, late: bool = False, **acts: Any
) -> ExcuseDuty:
    by = acting(person, at, **acts)
    return ExcuseDuty(acting=by, report=REPORT, level=level, reason=REASON, section=section, late=late)


def test_the_level_above_excuses_after_the_deadline_once() -> None:
    story = signed_once()
    story.does(missed(2, DUE_2 + INSTANT))
    story.refuses(excuses(REVIEWER, 1, DUE_1, late=True), errors.NotDueYet)
    story.refuses(excuses(PRINCIPAL, 1), WrongRole)
    story.refuses(excuses(FAR_REVIEWER, 1), WrongOrganisation)
    story.refuses(excuses(OFFICER, 1), WrongRole)
    assert story.does(excuses(REVIEWER, 1, late=True)) == DutyExcused(
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
    story.refuses(excuses(REPORTER, 1, appointment=office, late=True), errors.SamePerson)


def test_nobody_excuses_the_own_omission() -> None:
    office, section = uuid(401), uuid(402)
    level_1 = Story(appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office))
    level_1.refuses(excuses(PRINCIPAL, 1, appointment=office), errors.SamePerson)
    level_1.does(excuses(REVIEWER, 1))
    level_2 = signed_once(appointed(REVIEWER, Role.SECTION_OFFICER, SECTION, section))
    level_2.does(missed(2, DUE_2 + INSTANT))
    level_2.refuses(excuses(REVIEWER, 2, section=SECTION, appointment=section), errors.SamePerson)
    level_2.does(excuses(OFFICER, 2, section=SECTION))


def test_who_left_the_office_before_the_day_or_holds_it_elsewhere_may_excuse() -> None:
    office = uuid(401)
    above = appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office)

    def relieved(at: datetime) -> Relieved:
        return Relieved(appointment=OFFICE_OF[PRINCIPAL], person=PRINCIPAL, organisation=SCHOOL, relieved_at=at)

    midnight = at_shanghai(DAY, "00:00")
    Story(above, relieved(midnight)).does(excuses(PRINCIPAL, 1, appointment=office))
    Story(above, relieved(midnight + INSTANT)).refuses(excuses(PRINCIPAL, 1, appointment=office), errors.SamePerson)
    elsewhere = appointed(REVIEWER, Role.PRINCIPAL, SMALL, uuid(402))
    Story(elsewhere).does(excuses(REVIEWER, 1))


def test_a_delegate_does_not_excuse_what_the_holder_omitted() -> None:
    office = uuid(401)
    story = Story(
        appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office),
        msgspec.structs.replace(delegation(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH), appointment=office),
    )
    by: dict[str, Any] = {"appointment": office, "delegation": uuid(301)}
    story.refuses(excuses(DELEGATE, 1, **by), errors.SamePerson)


def test_the_heirs_people_do_not_excuse_what_the_heir_did_not_answer() -> None:
    office = uuid(401)
    inherited = DutyInherited(report=SMALL_REPORT, district=NORTH, heir=SCHOOL)
    story = Story(appointed(PRINCIPAL, Role.DISTRICT_REVIEWER, NORTH, office), inherited, duties=(SMALL,))
    command = ExcuseDuty(acting=acting(PRINCIPAL, EVENING, office), report=SMALL_REPORT, level=1, reason=REASON)
    story.refuses(command, errors.SamePerson)


def test_only_an_absence_or_a_lateness_is_excused() -> None:
    story = signed_once()
    story.refuses(excuses(REVIEWER, 1), errors.NothingToExcuse)
    story.does(excuses(REVIEWER, 1, late=True))
    # After a withdrawal there is an absence that nobody has excused.
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    story.does(excuses(REVIEWER, 1))
    # Level 2's deadline moves with what it receives: what the day's deadline was says nothing about it.
    signed_once().refuses(excuses(OFFICER, 2, section=SECTION), errors.NothingToExcuse)
    acted = signed_twice()
    acted.refuses(excuses(OFFICER, 2, section=SECTION), errors.NothingToExcuse)
    acted.does(missed(2, EVENING, rollup=NORTH_ROLLUP))
    acted.does(excuses(OFFICER, 2, section=SECTION))


@pytest.mark.parametrize("act", [ReturnReport, RefuseSignature])
def test_the_holder_does_not_excuse_what_a_delegate_declined(act: type[ReturnReport | RefuseSignature]) -> None:
    office = uuid(401)
    story = signed_once(
        delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH), appointed(REVIEWER, Role.SECTION_OFFICER, SECTION, office)
    )
    by = {"at": EVENING, "appointment": OFFICE_OF[REVIEWER], "delegation": uuid(301)}
    declined = story.does(story.declines(act, DELEGATE, 2, story.history[-1].digest, **by))
    assert (declined.person, declined.delegation, declined.on_behalf_of) == (DELEGATE, uuid(301), REVIEWER)
    assert f"person:{REVIEWER}" in declined.tags()
    state = ReportState(REPORT)
    for each in story.history:
        each.mutate(state)
    assert state.persons_at(2) == {DELEGATE, REVIEWER}
    story.refuses(excuses(REVIEWER, 2, section=SECTION, appointment=office, late=True), errors.SamePerson)


def test_who_withdraws_or_excuses_for_another_says_so() -> None:
    story = Story(delegation(REPORTER, Role.REPORTER, SCHOOL))
    story.filed()
    by = acting(DELEGATE, EVENING, OFFICE_OF[REPORTER], uuid(301))
    withdrawn = story.does(WithdrawReport(acting=by, report=REPORT, reason=REASON))
    assert (withdrawn.delegation, withdrawn.on_behalf_of) == (uuid(301), REPORTER)
    story = Story(delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH))
    by = acting(DELEGATE, EVENING, OFFICE_OF[REVIEWER], uuid(301))
    excused = story.does(ExcuseDuty(acting=by, report=REPORT, level=1, reason=REASON))
    assert (excused.delegation, excused.on_behalf_of) == (uuid(301), REVIEWER)
    assert f"person:{REVIEWER}" in excused.tags()


@pytest.mark.parametrize("act", [ReturnReport, RefuseSignature])
def test_nobody_excuses_the_own_return_or_refusal(act: type[ReturnReport | RefuseSignature]) -> None:
    office = uuid(401)
    story = Story(appointed(REVIEWER, Role.SECTION_OFFICER, SECTION, office))
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.does(story.declines(act, REVIEWER, 2, digest, at=EVENING))
    story.refuses(excuses(REVIEWER, 2, section=SECTION, appointment=office, late=True), errors.SamePerson)
    story.does(excuses(OFFICER, 2, section=SECTION, late=True))


def test_levels_1_and_2_can_be_excused() -> None:
    with pytest.raises(Invalid):
        excuses(OFFICER, 3)
