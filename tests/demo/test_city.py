"""The arithmetic of the article's city (domain reference 1.2, 6.1 and 6.2), for several seeds."""

from collections import Counter
from datetime import date

import pytest

from api.demo.city import CLOSED_CODE, EXEMPT_CODE, HANDOVER, OPENED_CODE, SHARING, build_city
from api.demo.groups import groups, succession, task_forces
from api.demo.stories import days_of
from domain.registry.events import SCHOOL_KINDS, Level

SEEDS = (1, 7, 2020)


@pytest.mark.parametrize("seed", SEEDS)
def test_403_sites_owe_a_report_on_every_one_of_38_days(seed: int) -> None:
    city = build_city(seed)
    days = days_of(38)
    assert (days[0], days[-1], len(days)) == (date(2020, 1, 27), date(2020, 3, 4), 38)
    assert [len(city.owing_on(day)) for day in days] == [403] * 38
    assert sum(len(city.owing_on(day)) for day in days) == 15_314 == 403 * 38


@pytest.mark.parametrize("seed", SEEDS)
def test_people_and_pupils_of_grades_4_to_9_lie_where_the_article_says(seed: int) -> None:
    city = build_city(seed)
    for day in days_of(38):
        assert 240_000 <= city.people_on(day) < 250_000
        assert 100_000 <= city.students_of_grades_4_to_9(day) < 110_000


def test_one_kindergarten_closes_on_the_day_on_which_another_opens() -> None:
    city = build_city(1)
    closed, opened = city.site(CLOSED_CODE), city.site(OPENED_CODE)
    assert closed.closed_on == opened.opened_on == HANDOVER
    assert closed.district == opened.district
    assert closed.principal.person == opened.principal.person
    assert closed.principal.appointment != opened.principal.appointment
    assert len(city.sites) == 404
    assert {site.kind for site in city.sites} == SCHOOL_KINDS


@pytest.mark.parametrize("seed", SEEDS)
def test_404_groups_of_districts_and_schools_have_2047_members(seed: int) -> None:
    city = build_city(seed)
    formed = groups(city)
    levels = Counter(group.level for group in formed)
    assert levels == {Level.BUREAU: 8, Level.DISTRICT: 9, Level.SCHOOL: 395}
    below = [group for group in formed if group.level is not Level.BUREAU]
    assert len(below) == 404
    assert Counter(len(group.members) for group in below) == {5: 377, 6: 27}
    members = [member for group in below for member in group.members]
    assert len(members) == len(set(members)) == 2_047
    assert len(task_forces(city)) == 5


def test_every_site_is_covered_by_one_group_and_sharing_sites_are_neighbours() -> None:
    city = build_city(1)
    covered = [site for group in groups(city) if group.level is Level.SCHOOL for site in group.covers]
    assert sorted(covered) == sorted(site.id for site in city.sites if site.code != OPENED_CODE)
    old, new = succession(city)
    assert (old.covers, new.covers) == ((city.site(CLOSED_CODE).id,), (city.site(OPENED_CODE).id,))
    assert old.members == new.members
    for one, other in zip(SHARING[::2], SHARING[1::2], strict=True):
        assert city.site(one).district == city.site(other).district


def test_codes_and_identifiers_are_unique_and_only_the_exempted_site_has_one_person_for_two_posts() -> None:
    city = build_city(1)
    sites = [*city.sites, *city.training]
    assert len({site.id for site in sites}) == len(sites) == 412
    assert len({site.code for site in sites}) == 412
    assert [site.code for site in sites if site.principal.person == site.reporter.person] == [EXEMPT_CODE]


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    assert build_city(3) == build_city(3)
    assert build_city(3) != build_city(4)
