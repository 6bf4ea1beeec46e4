"""The plan of the days: rates of the reference, an order that can be lived, deadlines kept by all but the late."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from api.demo.calendars import CHANGE_KNOWN, PROLONGED, PUBLISHED
from api.demo.city import City, build_city
from api.demo.plan import EVENING, Act, Deed, due_on, plan_day, supplement_on
from api.demo.stories import LATE, OUTAGE_DAY, RULE_CHANGE, Stories, Story, days_of, draw_stories
from domain.ledger.time import at_shanghai
from domain.registry.events import CalendarName

Scenario = tuple[City, Stories, dict[date, list[Act]]]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    city = build_city(1)
    stories = draw_stories(city, days_of(38))
    return city, stories, {day: plan_day(city, day, stories) for day in days_of(38)}


def test_background_has_the_rates_of_the_reference(scenario: Scenario) -> None:
    _, stories, _ = scenario
    assert stories.count(Story.LATE_REMINDED, Story.LATE_EXCUSED) == 184
    assert stories.count(Story.EVENING) == 46
    assert stories.count(Story.CORRECTED, Story.CORRECTED_AFTER) == 77
    assert stories.count(Story.RETURNED_BY_PRINCIPAL, Story.RETURNED_BY_DISTRICT) == 123
    assert stories.count(Story.OUTAGE) == 60


def test_all_duties_but_two_are_filed_once_and_the_acts_of_a_report_have_minutes_of_their_own(
    scenario: Scenario,
) -> None:
    city, _, plan = scenario
    filed = 0
    for day, acts in plan.items():
        minutes = defaultdict(list)
        for act in acts:
            if act.site is not None:
                minutes[act.site.id].append(act.minute)
        assert set(minutes) == {site.id for site in city.owing_on(day)}
        assert all(len(set(each)) == len(each) for each in minutes.values())
        filed += sum(act.deed is Deed.SUBMIT for act in acts)
    assert filed == 15_312


def test_whoever_is_not_late_files_and_signs_before_the_deadlines(scenario: Scenario) -> None:
    _, stories, plan = scenario
    for day, acts in plan.items():
        due = due_on(day)
        for act in acts:
            if act.site is None:
                continue
            story = stories.of(day, act.site)
            late = story in LATE
            if act.deed is Deed.SUBMIT:
                assert (act.minute > due.first) == late
            if act.deed is Deed.SIGN and act.minute < EVENING and (story, act.level) != (Story.HELD, 2):
                assert act.minute < (due.second - 5 if act.level == 2 or late else due.first)


def test_late_and_missing_reports_are_reminded_excused_or_explained_by_the_outage(scenario: Scenario) -> None:
    _, stories, plan = scenario
    deeds: dict[Story, Counter[Deed]] = defaultdict(Counter)
    for day, acts in plan.items():
        for act in acts:
            if act.site is not None:
                deeds[stories.of(day, act.site)][act.deed] += 1
    for story in (Story.LATE_REMINDED, Story.EVENING, Story.UNFILED):
        assert deeds[story][Deed.REMIND] == deeds[story][Deed.SERVE] == stories.count(story)
    assert deeds[Story.LATE_EXCUSED][Deed.EXCUSE] == stories.count(Story.LATE_EXCUSED)
    outages = [(day, act) for day, acts in plan.items() for act in acts if act.deed is Deed.DECLARE_OUTAGE]
    assert [day for day, _ in outages] == [OUTAGE_DAY]


def test_roll_ups_follow_the_signatures_that_they_cover(scenario: Scenario) -> None:
    _, _, plan = scenario
    for day, acts in plan.items():
        built = [act for act in acts if act.deed is Deed.BUILD_DISTRICT]
        main = [act for act in built if act.minute < supplement_on(day)]
        assert sorted(act.district for act in main) == list(range(9))
        signed_later = {
            act.district for act in acts if act.deed is Deed.SIGN and act.level == 2 and act.minute >= main[0].minute
        }
        supplementary = {
            act.district for act in acts if act.deed is Deed.BUILD_DISTRICT and act.minute >= supplement_on(day)
        }
        assert supplementary == signed_later
        assert max(act.minute for act in acts) < 24 * 60, day


def test_deadlines_are_an_hour_earlier_from_3_february(scenario: Scenario) -> None:
    assert due_on(date(2020, 2, 2)).texts() == ("16:00", "17:00", "18:00")
    assert due_on(RULE_CHANGE).texts() == ("15:00", "16:00", "17:00")
    _, stories, plan = scenario
    between = [
        act
        for day, acts in plan.items()
        for act in acts
        if day < RULE_CHANGE
        and act.site is not None
        and act.deed is Deed.SUBMIT
        and stories.of(day, act.site) is Story.ORDINARY
        and act.minute > 15 * 60
    ]
    assert between, "the rule change must have something to change"


def test_1_february_changes_from_a_working_saturday_to_a_holiday_known_on_27_january() -> None:
    working = next(each for each in PUBLISHED if each.calendar is CalendarName.WORKING)
    assert date(2020, 2, 1) in working.work_days
    assert date(2020, 2, 1) in PROLONGED
    assert at_shanghai(date(2020, 1, 25), "24:00") < CHANGE_KNOWN <= at_shanghai(date(2020, 1, 27), "24:00")


def test_the_same_seed_gives_the_same_plan() -> None:
    days = days_of(3)
    city = build_city(5)
    one, other = (draw_stories(city, days) for _ in range(2))
    assert one == other
    assert plan_day(city, days[1], one) == plan_day(build_city(5), days[1], other)
