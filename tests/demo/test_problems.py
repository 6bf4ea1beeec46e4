"""The problems of the reference that need no inspection to come to be, and the control beside them."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from api.demo.city import City, build_city
from api.demo.contents import content
from api.demo.plan import Act, Deed, due_on, plan_day
from api.demo.seeded import stream
from api.demo.stories import Stories, Story, days_of, draw_stories
from domain.ledger.time import at_shanghai
from domain.registry.organisation import Roster
from domain.reporting.content import check_content
from domain.reporting.events import Content
from domain.reporting.forms.f1 import F1

Scenario = tuple[City, Stories]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    city = build_city(1)
    return city, draw_stories(city, days_of(38))


def days_with(scenario: Scenario, code: str, story: Story) -> list[date]:
    city, stories = scenario
    return [day for day in days_of(38) if stories.of(day, city.site(code)) is story]


def acts_of(scenario: Scenario, code: str, day: date) -> list[Act]:
    city, stories = scenario
    return [act for act in plan_day(city, day, stories) if act.site is not None and act.site.code == code]


def minute_of(acts: list[Act], deed: Deed, level: int = 0) -> int:
    (minute,) = (act.minute for act in acts if (act.deed, act.level) == (deed, level))
    return minute


def filed(scenario: Scenario, code: str, day: date) -> Content:
    city, stories = scenario
    site = city.site(code)
    at: datetime = at_shanghai(day, "13:00")
    chance = stream(1, "test")
    return content(site, day, filed_at=at, prepared_by=site.reporter.person, chance=chance, story=stories.of(day, site))


def test_one_primary_school_is_late_on_three_days(scenario: Scenario) -> None:
    days = days_with(scenario, "P001", Story.LATE_AGAIN)
    assert len(days) == 3
    for day in days:
        acts = acts_of(scenario, "P001", day)
        assert minute_of(acts, Deed.SIGN, 1) > minute_of(acts, Deed.SUBMIT) > due_on(day).first
        assert Deed.REMIND not in {act.deed for act in acts}
        assert Deed.EXCUSE not in {act.deed for act in acts}


def test_one_kindergarten_is_late_on_three_days_and_held_up_by_its_district_on_a_fourth(scenario: Scenario) -> None:
    assert len(days_with(scenario, "K001", Story.LATE_AGAIN)) == 3
    (day,) = days_with(scenario, "K001", Story.HELD)
    acts = acts_of(scenario, "K001", day)
    assert minute_of(acts, Deed.SIGN, 1) < due_on(day).first
    assert minute_of(acts, Deed.SIGN, 2) - minute_of(acts, Deed.SIGN, 1) == 180
    assert minute_of(acts, Deed.SIGN, 2) > due_on(day).second


def test_one_junior_school_swaps_two_columns_on_five_days(scenario: Scenario) -> None:
    days = days_with(scenario, "J001", Story.SWAPPED)
    assert len(days) == 5
    for day in days:
        counts = filed(scenario, "J001", day).counts
        assert counts["returned_today"] > counts["outside_city"]
    counts = filed(scenario, "J001", days[-1] + timedelta(days=1)).counts
    assert counts["returned_today"] < counts["outside_city"]


def test_one_kindergarten_reports_all_who_were_ever_observed_instead_of_those_who_are(scenario: Scenario) -> None:
    observed = {day: filed(scenario, "K003", day).counts["home_observation"] for day in days_of(38)}
    days = days_with(scenario, "K003", Story.CUMULATIVE)
    assert len(days) == 7
    assert {observed[day] for day in days} == {3}
    before, after = days[0] - timedelta(days=1), days[-1] + timedelta(days=1)
    assert (observed[before], observed[after]) == (3, 0)
    # Those of the first day are free after fourteen: on the day on which the number should have fallen it did not.
    assert observed[days[0] - timedelta(days=14)] == 2


def test_one_kindergarten_does_not_file_on_two_days_though_reminders_were_served(scenario: Scenario) -> None:
    days = days_with(scenario, "K004", Story.UNFILED)
    assert len(days) == 2
    for day in days:
        assert Counter(act.deed for act in acts_of(scenario, "K004", day)) == {Deed.REMIND: 1, Deed.SERVE: 1}


def test_one_primary_school_has_three_blank_class_sheets_for_fourteen_days_and_signs_at_once(
    scenario: Scenario,
) -> None:
    city, _ = scenario
    days = days_with(scenario, "P004", Story.BLANK)
    assert len(days) == 14
    classes = {row.class_id for row in city.site("P004").roster.classes}
    for day in days:
        report = filed(scenario, "P004", day)
        assert len(report.missing_classes) == 3
        assert {row.class_id for row in report.classes} == classes - set(report.missing_classes)
        assert report.counts["classes_expected"] - report.counts["classes_reported"] == 3
        acts = acts_of(scenario, "P004", day)
        assert minute_of(acts, Deed.SIGN, 1) - minute_of(acts, Deed.SUBMIT) == 1


def test_one_senior_school_signs_as_fast_every_day_with_nothing_missing(scenario: Scenario) -> None:
    assert days_with(scenario, "H002", Story.FAST) == list(days_of(38))
    for day in days_of(38)[::9]:
        assert filed(scenario, "H002", day).missing_classes == ()
        acts = acts_of(scenario, "H002", day)
        assert minute_of(acts, Deed.SIGN, 1) - minute_of(acts, Deed.SUBMIT) == 1


@pytest.mark.parametrize("code", ["J001", "K003", "P004", "H002"])
def test_whatever_is_wrong_with_them_the_form_accepts_the_reports(code: str, scenario: Scenario) -> None:
    own = scenario[0].site(code).roster
    roster = Roster(as_of=days_of(1)[0], staff=own.staff, classes=own.classes)
    for day in days_of(38):
        check_content(filed(scenario, code, day), F1, roster)


def test_chance_leaves_these_sites_alone(scenario: Scenario) -> None:
    city, stories = scenario
    told = Counter(
        story for (_, site), story in stories.told.items() if site in {city.site(code).id for code in ("P001", "K004")}
    )
    assert told == {Story.LATE_AGAIN: 3, Story.UNFILED: 2}
