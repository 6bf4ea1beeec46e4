"""Five task forces, eight groups of the bureau, and the 404 of districts and schools with their 2,047 members.

403 schools and 9 districts would make 412 groups; the article says 404 and names the 8 of the bureau apart. Taken here:
each district has one and 8 pairs of small kindergartens share one (9 + 395). With n districts it is n - 1 pairs
(n + 404 - n). Recorded as an assumption, not as a fact.
The article gives no members for the bureau's own groups, so they have none here: its 2,047 are read as those of the
404.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from api.demo.city import FOUNDED, MERGED_CODE, OPENED_CODE, City, Site
from api.demo.seeded import seeded_ids
from domain.registry.events import Level

TASK_FORCES: Final = 5
BUREAU_GROUPS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A special group: who formed it, whom it covers, who is in it."""

    id: str
    level: Level
    formed_by: str
    covers: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskForce:
    """A task force of the bureau. The article gives no names, so they are numbered."""

    id: str
    name: str


def task_forces(city: City) -> tuple[TaskForce, ...]:
    """The five task forces."""
    names = seeded_ids(city.seed, "task forces", FOUNDED)
    return tuple(TaskForce(id=names.new(), name=f"工作专班-{number:02}") for number in range(1, TASK_FORCES + 1))


def groups(city: City) -> tuple[Group, ...]:
    """8 groups of the bureau, then those of the districts, then those of the schools."""
    names = seeded_ids(city.seed, "groups", FOUNDED)
    every_district = tuple(district.id for district in city.districts)
    made = [
        Group(id=names.new(), level=Level.BUREAU, formed_by=city.bureau, covers=every_district, members=())
        for _ in range(BUREAU_GROUPS)
    ]
    for district in city.districts:
        people = tuple(post.person for post in (*district.reviewers, *district.staff))
        made.append(
            Group(id=names.new(), level=Level.DISTRICT, formed_by=district.id, covers=(district.id,), members=people)
        )
    for together in _together(city):
        made.append(
            Group(
                id=names.new(),
                level=Level.SCHOOL,
                formed_by=together[0].id,
                covers=tuple(site.id for site in together),
                members=tuple(dict.fromkeys(person for site in together for person in people_of(site))),
            )
        )
    return tuple(made)


def succession(city: City) -> tuple[Group, Group]:
    """The group of the kindergarten that is merged, and the one that follows it, with the same people."""
    merged, opening = city.site(MERGED_CODE), city.site(OPENED_CODE)
    old = next(group for group in groups(city) if merged.id in group.covers)
    new = seeded_ids(city.seed, "groups later", FOUNDED).new()
    return old, replace(old, id=new, formed_by=opening.id, covers=(opening.id,))


def people_of(site: Site) -> tuple[str, ...]:
    """The persons of a site, each once."""
    return tuple(dict.fromkeys(post.person for post in (site.principal, site.reporter, *site.teachers)))


def _together(city: City) -> Iterator[tuple[Site, ...]]:
    """The sites that share a group, of those that are there at first."""
    partners = dict(zip(city.sharing[::2], city.sharing[1::2], strict=True))
    for site in city.sites:
        if site.code == OPENED_CODE or site.code in partners.values():
            continue
        if site.code in partners:
            yield site, city.site(partners[site.code])
        else:
            yield (site,)
