"""The synthetic city: bureau, sections, districts, 403 sites and the training institutions, and their people.

Nothing here is real: districts are called 学区-01 …, sites by kind and number, people by a code. Numbers are those of
the article (domain reference 1.2 and 6.2), which does not say how many districts there are: that is a parameter. One
kindergarten is merged into another that opens on the same day, so that 403 sites owe a report on every day.
"""

from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Final

from adapters.ids import SeededIds
from api.demo.rosters import SHAPES, TRAINING, Roster, draw_roster
from api.demo.seeded import seeded_ids, stream
from domain.ledger.time import at_shanghai
from domain.registry.events import ClassRoster, OrganisationKind

DISTRICTS: Final = 9
"""How many districts if nobody says otherwise. Synthetic: the real number is not known."""
MOST_DISTRICTS: Final = 13
"""With more, two of them have no 60 sites for the outage."""
HANDOVER: Final = date(2020, 2, 17)
"""The first day of the kindergarten that opens, and the first day without the one that is merged into it."""
FOUNDED: Final = at_shanghai(date(2020, 1, 20), "09:00")
PEOPLE: Final = range(240_000, 250_000)
GRADES_4_TO_9: Final = range(100_000, 110_000)
MERGED_CODE: Final = "K236"
OPENED_CODE: Final = "K237"
EXEMPT_CODE: Final = "K100"
"""The kindergarten with too few staff for two persons: its head also files the report."""
GROUPS_OF_SIX: Final = 27
"""404 groups have 2,047 = 377·5 + 27·6 members. Those of six are the shared groups, then those of large schools."""
LARGE: Final = (
    *(f"H{number:03}" for number in range(1, 18)),
    *(f"V{number:03}" for number in range(1, 9)),
    "J001",
    "J002",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A person in a role: the identifiers that an act needs."""

    person: str
    appointment: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A school, kindergarten or training institution with its people. ``closed_on`` is the first day without it."""

    id: str
    kind: OrganisationKind
    code: str
    name: str
    district: int
    opened_on: date
    public: bool
    roster: Roster
    principal: Post
    reporter: Post
    teachers: tuple[Post, ...]
    closed_on: date | None = None

    def owes_on(self, day: date) -> bool:
        """Whether the site is there on a day."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)

    def teacher_of(self, row: ClassRoster) -> str:
        """Who answers for a class: a class teacher, who may have several."""
        return self.teachers[(row.grade * 31 + int(row.class_id.rpartition("-")[2])) % len(self.teachers)].person


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district with its reviewer, the deputy reviewer, and the other people of its group."""

    id: str
    code: str
    name: str
    reviewers: tuple[Post, Post]
    staff: tuple[Post, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A responsible section of the bureau, the third level."""

    id: str
    code: str
    name: str
    officer: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Everything that is founded before the first day. ``sites`` are 404: the 403 of any day, and the other one."""

    seed: int
    bureau: str
    registrar: Post
    sections: tuple[Section, ...]
    districts: tuple[District, ...]
    sites: tuple[Site, ...]
    training: tuple[Site, ...]

    @property
    def sharing(self) -> tuple[str, ...]:
        """Codes of small kindergartens that form groups in pairs: with each district's one, 403 schools make 404."""
        return sharing(len(self.districts))

    def owing_on(self, day: date) -> list[Site]:
        """The sites that owe a report for a day, always 403."""
        return [site for site in self.sites if site.owes_on(day)]

    def people_on(self, day: date) -> int:
        """Staff and pupils of the schools and kindergartens of a day."""
        return sum(site.roster.staff + site.roster.students for site in self.owing_on(day))

    def students_of_grades_4_to_9(self, day: date) -> int:
        """The pupils of the online lessons."""
        return sum(site.roster.students_of_grades_4_to_9 for site in self.owing_on(day))

    def site(self, code: str) -> Site:
        """The site of a code."""
        return next(site for site in self.sites if site.code == code)


def build_city(seed: int, *, districts: int = DISTRICTS) -> City:
    """The city of a seed. Drawn again until staff and pupils lie where the article says, whatever the seed."""
    if not 1 <= districts <= MOST_DISTRICTS:
        raise ValueError(f"1 to {MOST_DISTRICTS} districts, not {districts}")
    for attempt in count():
        city = _draw(seed, attempt, districts)
        days = (date(2020, 1, 27), HANDOVER)
        if all(city.people_on(day) in PEOPLE and city.students_of_grades_4_to_9(day) in GRADES_4_TO_9 for day in days):
            return city
    raise AssertionError("unreachable")


def sharing(districts: int) -> tuple[str, ...]:
    """With n districts, n - 1 pairs of neighbours share a group (domain reference 6.2, a)."""
    return tuple(f"K{number}" for number in range(238 - 2 * districts, 236))


def _draw(seed: int, attempt: int, number_of_districts: int) -> City:
    chance = stream(seed, "city", attempt)
    names = seeded_ids(seed, f"city:{attempt}", FOUNDED)
    people = count(1)

    def post() -> Post:
        return Post(person=names.new(), appointment=names.new(), code=f"R{next(people):05}")

    registrar = post()
    sections = tuple(
        Section(id=names.new(), code=f"S{number:02}", name=f"责任科室-{number:02}", officer=post()) for number in (1, 2)
    )
    districts = tuple(
        District(
            id=names.new(),
            code=f"D{number:02}",
            name=f"学区-{number:02}",
            reviewers=(post(), post()),
            staff=tuple(post() for _ in range(3)),
        )
        for number in range(1, number_of_districts + 1)
    )
    sites: list[Site] = []
    for kind, shape in SHAPES.items():
        for number in range(1, shape.count + 1):
            code = f"{shape.letter}{number:03}"
            principal, reporter = post(), post()
            if code == EXEMPT_CODE:
                reporter = replace(reporter, person=principal.person, code=principal.code)
            teachers = tuple(post() for _ in range(_teachers(code, number_of_districts)))
            sites.append(
                Site(
                    id=names.new(),
                    kind=kind,
                    code=code,
                    name=f"{shape.label}-{number:03}",
                    # Neighbours by number, who may share a group, stay together.
                    district=(len(sites) + 1) // 2 % number_of_districts,
                    opened_on=date(2000 + chance.randint(0, 15), 9, 1),
                    public=kind is not OrganisationKind.KINDERGARTEN or chance.random() < 0.4,
                    roster=draw_roster(kind, chance),
                    principal=principal,
                    reporter=reporter,
                    teachers=teachers,
                )
            )
    merged = next(index for index, site in enumerate(sites) if site.code == MERGED_CODE)
    sites[merged] = replace(sites[merged], closed_on=HANDOVER)
    sites.append(_successor(sites[merged], names))
    training = tuple(
        Site(
            id=names.new(),
            kind=OrganisationKind.TRAINING,
            code=f"{TRAINING.letter}{number:03}",
            name=f"{TRAINING.label}-{number:03}",
            district=number % number_of_districts,
            opened_on=date(2015, 9, 1),
            public=False,
            roster=Roster(staff=chance.randint(6, 20), classes=()),
            principal=post(),
            reporter=post(),
            teachers=(),
        )
        for number in range(1, TRAINING.count + 1)
    )
    return City(
        seed=seed,
        bureau=names.new(),
        registrar=registrar,
        sections=sections,
        districts=districts,
        sites=tuple(sites),
        training=training,
    )


def _teachers(code: str, districts: int) -> int:
    """Class teachers beside principal and reporter, so that a group is just the people of its site."""
    if code in sharing(districts):
        return 1
    return 4 if code in LARGE[: GROUPS_OF_SIX - (districts - 1)] or code == EXEMPT_CODE else 3


def _successor(merged: Site, names: SeededIds) -> Site:
    """The kindergarten into which another is merged, in the same district: its people go over to new posts."""

    def again(old: Post) -> Post:
        return Post(person=old.person, appointment=names.new(), code=old.code)

    return replace(
        merged,
        id=names.new(),
        code=OPENED_CODE,
        name=f"{SHAPES[merged.kind].label}-237",
        opened_on=HANDOVER,
        closed_on=None,
        principal=again(merged.principal),
        reporter=again(merged.reporter),
        teachers=tuple(again(teacher) for teacher in merged.teachers),
    )
