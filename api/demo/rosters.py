"""How many classes, pupils and staff a synthetic site has."""

from dataclasses import dataclass
from random import Random
from typing import Final

from domain.registry.events import ClassRoster, OrganisationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of site: how many there are, its grades, its classes a grade, its pupils a class, pupils per staff."""

    count: int
    letter: str
    label: str
    grades: tuple[int, ...]
    classes: tuple[int, int]
    pupils: tuple[int, int]
    pupils_per_staff: int


# The five counts make 403 (domain reference 6.2); the means make 245,000 people and 104,000 pupils of grades 4 to 9.
SHAPES: Final = {
    OrganisationKind.KINDERGARTEN: Shape(
        count=236, letter="K", label="幼儿园", grades=(0,), classes=(5, 9), pupils=(23, 30), pupils_per_staff=9
    ),
    OrganisationKind.PRIMARY: Shape(
        count=98,
        letter="P",
        label="小学",
        grades=(1, 2, 3, 4, 5, 6),
        classes=(3, 5),
        pupils=(37, 47),
        pupils_per_staff=18,
    ),
    OrganisationKind.JUNIOR: Shape(
        count=44, letter="J", label="初中", grades=(7, 8, 9), classes=(7, 11), pupils=(40, 50), pupils_per_staff=13
    ),
    OrganisationKind.SENIOR: Shape(
        count=17, letter="H", label="高中", grades=(10, 11, 12), classes=(8, 10), pupils=(44, 50), pupils_per_staff=11
    ),
    OrganisationKind.VOCATIONAL: Shape(
        count=8,
        letter="V",
        label="职业学校",
        grades=(10, 11, 12),
        classes=(8, 12),
        pupils=(42, 48),
        pupils_per_staff=12,
    ),
}
TRAINING: Final = Shape(
    count=8, letter="T", label="培训机构", grades=(), classes=(0, 0), pupils=(0, 0), pupils_per_staff=1
)


@dataclass(frozen=True, slots=True)
class Roster:
    """Staff and classes of one site."""

    staff: int
    classes: tuple[ClassRoster, ...]

    @property
    def students(self) -> int:
        """Pupils over all classes."""
        return sum(row.students for row in self.classes)

    @property
    def students_of_grades_4_to_9(self) -> int:
        """The pupils of the article's online lessons."""
        return sum(row.students for row in self.classes if 4 <= row.grade <= 9)


def draw_roster(kind: OrganisationKind, chance: Random) -> Roster:
    """A roster of a kind. Class ids are ``grade-number``, as people say them."""
    shape = SHAPES[kind]
    classes = tuple(
        ClassRoster(class_id=f"{grade}-{number:02}", grade=grade, students=chance.randint(*shape.pupils))
        for grade in shape.grades
        for number in range(1, chance.randint(*shape.classes) + 1)
    )
    pupils = sum(row.students for row in classes)
    return Roster(staff=pupils // shape.pupils_per_staff + chance.randint(2, 4), classes=classes)
