"""Forms, rules, and duties: opened, closed, inherited, missed, excused."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.ledger.errors import Invalid
from domain.ledger.time import at_shanghai
from domain.registry.errors import WrongRole
from domain.registry.events import SiteClosed, SiteMoved, SiteSuspended
from domain.reporting import errors
from domain.reporting.adopt_rules import AdoptRules
from domain.reporting.close_duty import CloseDuty
from domain.reporting.events import (
    ArithmeticRule,
    DutyClosed,
    DutyInherited,
    FieldKind,
    FormField,
    FormPublished,
    RulesAdopted,
)
from domain.reporting.forms.f1 import F1
from domain.reporting.forms.f2 import F2
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.open_duties import OpenDuties
from domain.reporting.publish_form import PublishForm
from tests.domain.reporting.story import (
    BUREAU,
    CLOSES,
    DAY,
    DUE_1,
    FAR,
    NORTH,
    OFFICER,
    REGISTRAR,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SMALL,
    SMALL_REPORT,
    SOUTH,
    Story,
    acting,
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
