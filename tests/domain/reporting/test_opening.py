"""Forms, rules, and the opening of duties: who owes what, on which days, until when."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.ledger.errors import Invalid
from domain.ledger.time import at_shanghai
from domain.registry.errors import WrongRole
from domain.registry.events import (
    CalendarName,
    CalendarPublished,
    OrganisationKind,
    SiteClosed,
    SiteMoved,
    SiteSuspended,
)
from domain.reporting import errors
from domain.reporting.adopt_rules import AdoptRules
from domain.reporting.events import (
    ArithmeticRule,
    FieldKind,
    FormField,
    FormPublished,
    RulesAdopted,
)
from domain.reporting.forms.f1 import F1
from domain.reporting.forms.f2 import F2
from domain.reporting.publish_form import PublishForm
from tests.domain.reporting.story import (
    BUREAU,
    CLOSES,
    DAY,
    DUE_1,
    DUE_2,
    DUE_3,
    FAR,
    MORNING,
    NORTH,
    OFFICER,
    REGISTRAR,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SMALL,
    SOUTH,
    Story,
    acting,
    opened,
    opens,
    rules,
    uuid,
)

INSTANT = timedelta(microseconds=1)
DISTANT = [DAY - timedelta(days=8), DAY + timedelta(days=8), date(2999, 1, 1), date(1900, 1, 1)]


def publishes(form: FormPublished, person: str = REGISTRAR) -> PublishForm:
    return PublishForm(acting=acting(person), **form.as_dict())


def adopts(rules: RulesAdopted, person: str = OFFICER) -> AdoptRules:
    return AdoptRules(acting=acting(person), **rules.as_dict())


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
    "list of another name": {"fields": (field(name="people", kind=FieldKind.LIST),)},
    "list as a text": {"fields": (field(name="named_list", kind=FieldKind.TEXT),)},
    "remarks as a count": {"fields": (field(name="remarks"),)},
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
        {"owed_by": ()},
        {"owed_by": (OrganisationKind.PRIMARY, OrganisationKind.PRIMARY)},
        {"owed_by": (OrganisationKind.DISTRICT,)},
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


def test_the_bureau_of_a_duty_is_that_of_the_registry_and_no_school_hides_under_another() -> None:
    story = Story(duties=())
    assert story.does(opens()).bureau == BUREAU
    story.refuses(opens(district=BUREAU), errors.NotADistrict, organisation=BUREAU)
    story.refuses(opens(district=SCHOOL), errors.NotADistrict)
    story.refuses(opens(district=uuid(999)), errors.NotADistrict)


@pytest.mark.parametrize("day", DISTANT)
def test_no_duty_is_opened_for_a_distant_day(day: date) -> None:
    story = Story(rules("r0", date(1900, 1, 1)), duties=())
    story.refuses(opens(business_date=day), errors.DayOutOfReach, today=DAY.isoformat())
    story.refuses(opens(OFFICER, business_date=day), errors.DayOutOfReach)


@pytest.mark.parametrize(
    ("opened_at", "due_on"),
    [
        (at_shanghai(DAY, "12:00"), DAY),
        (at_shanghai(DAY, "12:00") + INSTANT, DAY + timedelta(days=1)),
        (at_shanghai(DAY, "23:00"), DAY + timedelta(days=1)),
        (at_shanghai(DAY + timedelta(days=3), "02:00"), DAY + timedelta(days=3)),
    ],
)
def test_a_duty_opened_late_is_due_on_the_first_day_that_leaves_time_to_answer(
    opened_at: datetime, due_on: date
) -> None:
    duty = Story(duties=()).does(opens(at=opened_at))
    later = due_on - DAY
    assert duty.business_date == DAY
    assert (duty.due_1, duty.due_2, duty.due_3) == (DUE_1 + later, DUE_2 + later, DUE_3 + later)
    assert duty.closes_at == CLOSES + later


def published(known_at: datetime, **days: tuple[date, ...]) -> CalendarPublished:
    plain: dict[str, tuple[date, ...]] = {"work_days": (), "rest_days": ()}
    return CalendarPublished(
        calendar=CalendarName.WORKING, first_day=date(2020, 1, 1), last_day=date(2020, 12, 31), known_at=known_at,
        source="plan", **plain | days,
    )  # fmt: skip


def test_rules_of_the_working_calendar_ask_only_on_working_days_as_known_when_the_duty_opens() -> None:
    weekdays = msgspec.structs.replace(rules("r2"), calendar=CalendarName.WORKING)
    sunday = Story(weekdays, duties=())
    assert DAY.weekday() == 6
    sunday.refuses(opens(), errors.NothingToOpen)
    late = Story(weekdays, published(MORNING + INSTANT, work_days=(DAY,)), duties=())
    late.refuses(opens(), errors.NothingToOpen)
    monday = date(2020, 2, 10)
    known = Story(weekdays, published(MORNING, work_days=(DAY,), rest_days=(monday,)), duties=())
    duty = known.does(opens())
    # It closes at noon of the next day that counts, which is Tuesday.
    assert (duty.due_1, duty.closes_at) == (DUE_1, CLOSES + timedelta(days=1))


def test_who_owes_is_said_by_the_rules() -> None:
    only_primary = msgspec.structs.replace(rules("r2"), owed_by=(OrganisationKind.PRIMARY,))
    story = Story(only_primary, duties=())
    assert story.does(opens()) == msgspec.structs.replace(opened(SCHOOL), rules="r2")
    story.refuses(opens(), errors.NothingToOpen)


def test_training_institutions_owe_nothing_by_the_rules_that_say_nothing_else() -> None:
    plain = rules("r2").as_dict()
    del plain["owed_by"], plain["calendar"]
    adopted = Story().does(AdoptRules(acting=acting(OFFICER), **plain))
    assert adopted == rules("r2")
    assert OrganisationKind.TRAINING not in adopted.owed_by
