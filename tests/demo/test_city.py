"""The arithmetic of the article's city (domain reference 1.2, 6.1 and 6.2), for several seeds."""

from collections import Counter
from datetime import date

import pytest

from api.demo.city import EXEMPT_CODE, HANDOVER, MERGED_CODE, MOST_DISTRICTS, OPENED_CODE, build_city
from api.demo.groups import groups, succession, task_forces
from api.demo.stories import days_of, outage_sites
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


def test_one_kindergarten_is_merged_into_another_on_the_day_on_which_that_opens() -> None:
    city = build_city(1)
    merged, opened = city.site(MERGED_CODE), city.site(OPENED_CODE)
    assert merged.closed_on == opened.opened_on == HANDOVER
    assert merged.district == opened.district
    assert merged.principal.person == opened.principal.person
    assert merged.principal.appointment != opened.principal.appointment
    assert len(city.sites) == 404
    assert {site.kind for site in city.sites} == SCHOOL_KINDS


@pytest.mark.parametrize(
    ("seed", "districts"), [(1, 9), (7, 9), (2020, 9), (1, 1), (1, 2), (1, 5), (1, MOST_DISTRICTS)]
)
def test_404_groups_of_districts_and_schools_have_2047_members_however_many_districts(
    seed: int, districts: int
) -> None:
    city = build_city(seed, districts=districts)
    formed = groups(city)
    levels = Counter(group.level for group in formed)
    assert levels == {Level.BUREAU: 8, Level.DISTRICT: districts, Level.SCHOOL: 404 - districts}
    below = [group for group in formed if group.level is not Level.BUREAU]
    assert len(below) == 404
    assert Counter(len(group.members) for group in below) == {5: 377, 6: 27}
    members = [member for group in below for member in group.members]
    assert len(members) == len(set(members)) == 2_047
    assert len(task_forces(city)) == 5


def test_every_site_is_covered_by_one_group() -> None:
    city = build_city(1)
    covered = [site for group in groups(city) if group.level is Level.SCHOOL for site in group.covers]
    assert sorted(covered) == sorted(site.id for site in city.sites if site.code != OPENED_CODE)
    old, new = succession(city)
    assert (old.covers, new.covers) == ((city.site(MERGED_CODE).id,), (city.site(OPENED_CODE).id,))
    assert old.members == new.members


@pytest.mark.parametrize("districts", [1, 2, 9, MOST_DISTRICTS])
def test_pairs_of_neighbours_share_a_group_one_pair_less_than_there_are_districts(districts: int) -> None:
    city = build_city(1, districts=districts)
    shared = [group.covers for group in groups(city) if group.level is Level.SCHOOL and len(group.covers) > 1]
    assert len(shared) == districts - 1
    district_of = {site.id: site.district for site in city.sites}
    assert all(district_of[one] == district_of[other] for one, other in shared)


@pytest.mark.parametrize("districts", [1, 2, 9, MOST_DISTRICTS])
def test_the_outage_cuts_60_sites_off_however_many_districts_there_are(districts: int) -> None:
    city = build_city(1, districts=districts)
    cut_off = outage_sites(city)
    assert len(cut_off) == 60
    assert len({site.district for site in cut_off}) <= 2
    assert {site.district for site in city.sites} == set(range(districts))


@pytest.mark.parametrize("districts", [0, MOST_DISTRICTS + 1])
def test_a_number_of_districts_that_the_arithmetic_does_not_bear_is_refused(districts: int) -> None:
    with pytest.raises(ValueError, match="districts"):
        build_city(1, districts=districts)


def test_codes_and_identifiers_are_unique_and_only_the_exempted_site_has_one_person_for_two_posts() -> None:
    city = build_city(1)
    sites = [*city.sites, *city.training]
    assert len({site.id for site in sites}) == len(sites) == 412
    assert len({site.code for site in sites}) == 412
    assert [site.code for site in sites if site.principal.person == site.reporter.person] == [EXEMPT_CODE]


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    assert build_city(3) == build_city(3)
    assert build_city(3) != build_city(4)
