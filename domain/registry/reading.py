"""Who may read what: the one decision over event class and role.

open      every holder of a token
office    staff, within their own scope: a school's people their school, a district's its schools, the bureau's all;
          and whoever an event is about
sealed    discipline
source    nobody yet
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from domain.ledger.event import EventClass
from domain.registry.events import Role


class Scope(StrEnum):
    """How far a role sees; the organisation of the appointment says which school or district."""

    NOTHING = "nothing"
    SCHOOL = "school"
    DISTRICT = "district"
    BUREAU = "bureau"


def scope_of(role: Role) -> Scope:
    """How far a role sees."""
    match role:
        case Role.REPORTER | Role.CLASS_TEACHER | Role.PRINCIPAL:
            return Scope.SCHOOL
        case Role.DISTRICT_REVIEWER:
            return Scope.DISTRICT
        case Role.SECTION_OFFICER | Role.REGISTRAR | Role.INSPECTOR | Role.DISCIPLINE:
            return Scope.BUREAU
        case Role.CLOCK:
            return Scope.NOTHING
        case _:
            assert_never(role)


def classes_of(role: Role) -> frozenset[EventClass]:
    """The classes that a role may see at all; its scope bounds them further."""
    match role:
        case Role.DISCIPLINE:
            return _OPEN_OFFICE_SEALED
        case Role.CLOCK:
            return _OPEN
        case (
            Role.REPORTER
            | Role.CLASS_TEACHER
            | Role.PRINCIPAL
            | Role.DISTRICT_REVIEWER
            | Role.SECTION_OFFICER
            | Role.REGISTRAR
            | Role.INSPECTOR
        ):
            return _OPEN_OFFICE
        case _:
            assert_never(role)


_OPEN: Final = frozenset({EventClass.OPEN})
_OPEN_OFFICE: Final = _OPEN | {EventClass.OFFICE}
_OPEN_OFFICE_SEALED: Final = _OPEN_OFFICE | {EventClass.SEALED}


@dataclass(frozen=True, slots=True)
class Post:
    """A role in an organisation that the reader holds at the instant of reading."""

    role: Role
    organisation: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A person with the posts held now, by appointment or under a delegation."""

    person: str
    posts: tuple[Post, ...] = ()

    @property
    def classes(self) -> frozenset[EventClass]:
        """Every class of which the reader may see some event: the coarse filter, asked of the database.

        Office stands in it for everyone, because of the events about the reader.
        """
        return frozenset().union(_OPEN_OFFICE, *(classes_of(post.role) for post in self.posts))

    def may_read(self, event_class: EventClass, tags: Iterable[str]) -> bool:
        """Whether the reader may see an event of this class with these tags."""
        match event_class:
            case EventClass.OPEN:
                return True
            case EventClass.OFFICE:
                seen = frozenset(tags)
                return f"person:{self.person}" in seen or any(
                    event_class in classes_of(post.role) and _covers(post, seen) for post in self.posts
                )
            case EventClass.SEALED:
                return any(event_class in classes_of(post.role) for post in self.posts)
            case EventClass.SOURCE:
                return False
            case _:
                assert_never(event_class)

    def sees_school(self, school: str, district: str | None) -> bool:
        """Whether what one school reports lies in the reader's scope."""
        return (
            any(
                self._sees(post, Scope.SCHOOL, school) or self._sees(post, Scope.DISTRICT, district)
                for post in self.posts
            )
            or self.sees_bureau()
        )

    def sees_district(self, district: str) -> bool:
        """Whether a whole district lies in the reader's scope."""
        return any(self._sees(post, Scope.DISTRICT, district) for post in self.posts) or self.sees_bureau()

    def sees_bureau(self) -> bool:
        """Whether the whole city lies in the reader's scope."""
        return any(scope_of(post.role) is Scope.BUREAU for post in self.posts)

    def sees_personal(self, tags: Iterable[str]) -> bool:
        """Whether personal values of what a school filed may be disclosed to the reader: its own people, discipline."""
        seen = frozenset(tags)
        return self.sees_everybodys or any(
            scope_of(post.role) is Scope.SCHOOL and f"school:{post.organisation}" in seen for post in self.posts
        )

    @property
    def sees_everybodys(self) -> bool:
        """Whether that holds of every school."""
        return any(post.role is Role.DISCIPLINE for post in self.posts)

    @staticmethod
    def _sees(post: Post, scope: Scope, organisation: str | None) -> bool:
        return scope_of(post.role) is scope and post.organisation == organisation


def _covers(post: Post, tags: frozenset[str]) -> bool:
    scope = scope_of(post.role)
    match scope:
        case Scope.NOTHING:
            return False
        case Scope.SCHOOL:
            return f"school:{post.organisation}" in tags or f"organisation:{post.organisation}" in tags
        case Scope.DISTRICT:
            # A report carries the roll-up of its day: the district that a school belonged to then, not today's.
            return f"organisation:{post.organisation}" in tags or any(
                tag.startswith("rollup:") and tag.endswith(f".{post.organisation}") for tag in tags
            )
        case Scope.BUREAU:
            return True
        case _:
            assert_never(scope)
