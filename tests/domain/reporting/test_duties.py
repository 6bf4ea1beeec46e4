"""Forms, rules, and duties: opened, closed, inherited, missed, excused."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.ledger.errors import Invalid
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.errors import WrongOrganisation, WrongRole
from domain.registry.events import Relieved, Role, SiteClosed, SiteMoved, SiteSuspended
from domain.reporting import errors
from domain.reporting.adopt_rules import AdoptRules
from domain.reporting.close_duty import CloseDuty
from domain.reporting.events import (
    ArithmeticRule,
    DutyClosed,
    DutyExcused,
    DutyInherited,
    FieldKind,
    FormField,
    FormPublished,
    RollupSigned,
    RulesAdopted,
)
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.forms.f1 import F1
from domain.reporting.forms.f2 import F2
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.open_duties import OpenDuties
from domain.reporting.publish_form import PublishForm
from domain.reporting.record_missed import RecordMissed
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.report_state import ReportState
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU,
    BUREAU_ROLLUP,
    CLOSES,
    DAY,
    DELEGATE,
    DUE_1,
    DUE_2,
    DUE_3,
    EVENING,
    FAR,
    FAR_REVIEWER,
    NORTH,
    NORTH_ROLLUP,
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
    SOUTH,
    Story,
    acting,
    appointed,
    delegation,
    opened,
    rules,
    uuid,
)

INSTANT = timedelta(microseconds=1)


def publishes(form: FormPublished, person: str = REGISTRAR) -> PublishForm:
    return PublishForm(acting=acting(person), **form.as_dict())


def adopts(rules: RulesAdopted, person: str = OFFICER) -> AdoptRules:
    return AdoptRules(acting=acting(person), **rules.as_dict())


def opens(person: str | None = None, **changes: Any) -> OpenDuties:
    arguments: dict[str, Any] = {
        "acting": None if person is None else acting(person),
        "business_date": DAY,
        "form": "F1",
        "district": NORTH,
        "bureau": BUREAU,
        "schools": (SCHOOL, SMALL),
    }
    return OpenDuties(**arguments | changes)


def test_forms_are_published_in_order_of_versions() -> None:
    story = Story()
    story.refuses(publishes(F1), errors.FormVersionTaken, next=2)
    second = msgspec.structs.replace(F1, form_version=2)
    assert story.does(publishes(second)) == second
    assert story.does(publishes(F2, OFFICER)) == F2
    story.refuses(publishes(F2, REVIEWER), WrongRole)


def field(**changes: Any) -> FormField:
    plain = {"name": "n", "kind": FieldKind.COUNT, "label_zh": "", "label_en": "", "required": True, "positive": False}
    return FormField(**plain | changes)


MALFORMED: dict[str, dict[str, Any]] = {
    "two of one name": {"fields": (field(), field())},
    "name": {"fields": (field(name="N"),)},
    "choices on a count": {"fields": (field(choices=("a",)),)},
    "no choices": {"fields": (field(kind=FieldKind.CHOICE),)},
    "positive text": {"fields": (field(name="remarks", kind=FieldKind.TEXT, positive=True),)},
    "maximum of a flag": {"fields": (field(kind=FieldKind.BOOLEAN, maximum=1),)},
    "unsealed text": {"fields": (field(kind=FieldKind.TEXT),)},
    "relation": {"rules": (ArithmeticRule(rule="r", left=("n",), relation=">", right=("n",)),)},
    "empty side": {"rules": (ArithmeticRule(rule="r", left=("n",), relation="=", right=()),)},
    "unknown count": {"rules": (ArithmeticRule(rule="r", left=("n",), relation="=", right=("m",)),)},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED)
def test_a_form_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    plain = msgspec.structs.replace(F2, fields=(field(),), rules=())
    Story().refuses(publishes(msgspec.structs.replace(plain, **changes)), errors.FormMalformed)


def test_a_form_has_a_short_capital_name() -> None:
    with pytest.raises(errors.FormMalformed):
        publishes(msgspec.structs.replace(F2, form="f2 daily"))


def test_rules_are_adopted_for_a_published_form_from_today_on() -> None:
    story = Story()
    new = rules("r2", DAY + timedelta(days=1), first="14:00")
    assert story.does(adopts(new)) == new
    story.refuses(adopts(new), errors.RulesExist)
    story.refuses(adopts(rules("r3"), REPORTER), WrongRole)
    story.refuses(adopts(rules("r3", DAY - timedelta(days=1))), errors.RetroactiveRules)
    story.refuses(adopts(msgspec.structs.replace(rules("r3"), form_version=2)), errors.FormNotPublished)


@pytest.mark.parametrize(
    "changes",
    [
        {"deadlines": ("15:00", "15:00", "17:00")},
        {"deadlines": ("16:00", "15:00", "17:00")},
        {"deadlines": ("15:00", "16:00", "25:00")},
        {"deadlines": ("15:00", "16:00")},
        {"closes_after_days": -1},
        {"closes_after_days": 0, "closes": "16:30"},
        {"rules": "two words"},
        {"effective_from": date(9999, 12, 31)},
    ],
)
def test_rules_that_cannot_hold_are_refused(changes: dict[str, Any]) -> None:
    Story().refuses(adopts(msgspec.structs.replace(rules("r2"), **changes)), Invalid)


def test_the_last_deadline_may_be_midnight() -> None:
    midnight = msgspec.structs.replace(rules("r2"), deadlines=("15:00", "16:00", "24:00"))
    Story().does(adopts(midnight))
    late = Story(msgspec.structs.replace(midnight, closes="24:00"), duties=()).does(opens())
    assert late.due_3 == at_shanghai(DAY + timedelta(days=1), "00:00")
    assert late.closes_at == at_shanghai(DAY + timedelta(days=2), "00:00")


def test_duties_are_opened_with_the_deadlines_of_the_rules_in_force() -> None:
    story = Story(duties=())
    assert story.does(opens()) == opened(SMALL)
    assert story.history[-2] == opened(SCHOOL)


def test_the_newest_rules_effective_on_the_day_hold() -> None:
    story = Story(rules("r2", DAY, first="14:00"), rules("r3", DAY + timedelta(days=1)), duties=())
    duty = story.does(opens(OFFICER, schools=(SCHOOL,)))
    assert (duty.rules, duty.due_1) == ("r2", DUE_1 - timedelta(hours=1))
    tomorrow = story.does(opens(REGISTRAR, schools=(SCHOOL,), business_date=DAY + timedelta(days=1)))
    assert tomorrow.rules == "r3"


def test_open_duties_are_skipped_and_nothing_is_opened_twice() -> None:
    story = Story()
    assert story.does(opens()) == opened(SMALL)
    story.refuses(opens(), errors.NothingToOpen)


def test_only_schools_that_owe_on_the_day_in_the_district_get_a_duty() -> None:
    story = Story(
        SiteSuspended(organisation=SMALL, suspended_on=DAY),
        SiteMoved(organisation=SCHOOL, from_parent=NORTH, to_parent=SOUTH, moved_on=DAY),
        duties=(),
    )
    story.refuses(opens(schools=(SCHOOL, SMALL, FAR, uuid(999))), errors.NothingToOpen)
    closed = Story(SiteClosed(organisation=SCHOOL, closed_on=DAY, heir=SMALL), duties=())
    assert closed.does(opens()) == opened(SMALL)


def test_duties_need_rules_in_force_and_somebody_who_may() -> None:
    story = Story(duties=())
    story.refuses(opens(business_date=DAY - timedelta(days=1)), errors.NoRulesInForce)
    story.refuses(opens(REVIEWER), WrongRole)


def test_a_duty_closes_once_after_its_time() -> None:
    story = Story()
    story.refuses(CloseDuty(report=REPORT, at=CLOSES), errors.DutyNotOver)
    assert story.does(CloseDuty(report=REPORT, at=CLOSES + INSTANT)) == DutyClosed(report=REPORT, district=NORTH)
    story.refuses(CloseDuty(report=REPORT, at=CLOSES + INSTANT), errors.DutyAlreadyClosed)
    story.refuses(CloseDuty(report=SMALL_REPORT, at=CLOSES + INSTANT), errors.NoDuty)


def test_the_heir_named_by_the_registry_inherits_in_turn() -> None:
    closed = SiteClosed(organisation=SMALL, closed_on=DAY, heir=SCHOOL)
    story = Story(closed, duties=(SMALL,))

    def inherits(closed: str, heir: str, person: str | None = None) -> InheritDuty:
        by = None if person is None else acting(person)
        return InheritDuty(acting=by, report=SMALL_REPORT, closed=closed, heir=heir)

    story.refuses(inherits(SMALL, FAR), errors.DutyNotInherited)
    story.refuses(inherits(SCHOOL, FAR), errors.DutyNotInherited)
    story.refuses(inherits(SMALL, SCHOOL, REVIEWER), WrongRole)
    assert story.does(inherits(SMALL, SCHOOL, REGISTRAR)) == DutyInherited(
        report=SMALL_REPORT, district=NORTH, heir=SCHOOL
    )
    story.refuses(inherits(SMALL, SCHOOL), errors.DutyNotInherited)
    story.history.append(SiteClosed(organisation=SCHOOL, closed_on=DAY, heir=FAR))
    assert story.does(inherits(SCHOOL, FAR)).heir == FAR
    Story(duties=(SMALL,)).refuses(inherits(SMALL, SCHOOL), errors.DutyNotInherited)
    Story(closed, duties=()).refuses(inherits(SMALL, SCHOOL), errors.NoDuty)


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
    said: dict[str, Any] = {"report": REPORT, "level": 2, "digest": digest, "reason": REASON}
    acts: dict[str, Callable[[], Any]] = {
        "sign": lambda: story.signed(REVIEWER, 2, digest),
        "return": lambda: story.does(ReturnReport(acting=acting(REVIEWER), **said)),
        "refuse": lambda: story.does(RefuseSignature(acting=acting(REVIEWER), **said)),
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


def sends_back(signed: RollupSigned) -> ReturnRollup:
    return ReturnRollup(
        acting=acting(OFFICER), rollup=NORTH_ROLLUP, digest=signed.digest, reason=REASON, section=SECTION
    )


def test_level_2_misses_the_roll_up_that_it_did_not_sign_over_what_it_signed() -> None:
    story = signed_twice()
    story.refuses(missed(2, EVENING), errors.NotMissing)
    story.does(story.builds())
    recorded = story.does(missed(2, EVENING, rollup=NORTH_ROLLUP))
    assert (recorded.level, recorded.rollup) == (2, NORTH_ROLLUP)
    covered = signed_twice()
    signed = rolls_up(covered)
    covered.refuses(missed(2, EVENING, rollup=NORTH_ROLLUP), errors.NotMissing)
    covered.does(sends_back(signed))
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
    sent_back.does(sends_back(signed))
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
    signed_twice(ended).refuses(missed(2, EVENING, rollup=NORTH_ROLLUP), errors.NothingOwed)


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
    story.does(RefuseSignature(acting=acting(REVIEWER), report=REPORT, level=2, digest=digest, reason=REASON))
    story.refuses(missed(2, EVENING), errors.NotMissing)
    story.does(WithdrawReport(acting=acting(REPORTER), report=REPORT, reason=REASON))
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.does(missed(2, EVENING, filed=2))


@pytest.mark.parametrize("arguments", [(0, EVENING), (4, EVENING), (3, EVENING)])
def test_the_clock_says_level_and_roll_up(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid):
        missed(*arguments)


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
    by = acting(DELEGATE, EVENING, OFFICE_OF[REVIEWER], uuid(301))
    digest = story.history[-1].digest
    declined = story.does(act(acting=by, report=REPORT, level=2, digest=digest, reason=REASON))
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
    story.does(act(acting=acting(REVIEWER, EVENING), report=REPORT, level=2, digest=digest, reason=REASON))
    story.refuses(excuses(REVIEWER, 2, section=SECTION, appointment=office, late=True), errors.SamePerson)
    story.does(excuses(OFFICER, 2, section=SECTION, late=True))


def test_levels_1_and_2_can_be_excused() -> None:
    with pytest.raises(Invalid):
        excuses(OFFICER, 3)
