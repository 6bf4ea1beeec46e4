"""One special group or task force with its members. Both share one space of ids."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from domain.ledger.command import Perspective
from domain.ledger.errors import Invalid
from domain.ledger.slice import Selector, event
from domain.registry.errors import AlreadyMember, CoversNothing, GroupOver, GroupTaken, GroupUnknown, LevelUnfit
from domain.registry.events import (
    SITE_KINDS,
    GroupDissolved,
    GroupFormed,
    GroupMemberAssigned,
    GroupMemberReleased,
    Level,
    OrganisationKind,
    Role,
    TaskForceFormed,
)
from domain.registry.organisation import OrganisationState
from domain.registry.person import PersonState

LEADING_ROLES: Final = frozenset({Role.PRINCIPAL, Role.DISTRICT_REVIEWER, Role.SECTION_OFFICER})
"""Who leads an organisation, and with it the groups that it formed."""
MAX_MEMBERS: Final = 500
MAX_COVERED: Final = 1_000
_FORMERS: Final = {
    Level.BUREAU: frozenset({OrganisationKind.BUREAU, OrganisationKind.SECTION}),
    Level.DISTRICT: frozenset({OrganisationKind.DISTRICT}),
    Level.SCHOOL: SITE_KINDS,
}


class GroupState(Perspective):
    """A group or a task force by its id."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.formed_by: str | None = None
        self.is_dissolved = False
        self.members: set[str] = set()

    def consistency_boundary(self) -> Sequence[Selector]:
        """The group, its members, and a task force of the same id."""
        return [
            Selector(types=type(self).projected_types, tags=[f"group:{self.group}"]),
            Selector(types=[TaskForceFormed], tags=[f"taskforce:{self.group}"]),
        ]

    @event(TaskForceFormed)
    def _(self, task_force: str, formed_by: str) -> None:
        if task_force == self.group:
            self.formed_by = formed_by

    @event(GroupFormed)
    def _(self, group: str, formed_by: str) -> None:
        if group == self.group:
            self.formed_by = formed_by

    @event(GroupDissolved)
    def _(self, group: str) -> None:
        if group == self.group:
            self.is_dissolved = True

    @event(GroupMemberAssigned)
    def _(self, group: str, person: str) -> None:
        if group == self.group:
            self.members.add(person)

    @event(GroupMemberReleased)
    def _(self, group: str, person: str) -> None:
        if group == self.group:
            self.members.discard(person)

    def require_first(self, covered: Sequence[OrganisationState], members: Sequence[PersonState], on: date) -> None:
        """What it begins with: whom it covers, all open on that day and each once; its first members, each once.

        Raises: OrganisationUnknown, NotYetOpened, AlreadyClosed, CoversNothing, PersonUnknown, AlreadyMember.
        """
        covers = [one.organisation for one in covered]
        if not covers or len(set(covers)) != len(covers):
            raise CoversNothing(group=self.group)
        for one in covered:
            one.require_open_on(on)
        joining: set[str] = set()
        for member in members:
            member.require_registered()
            if member.person in joining:
                raise AlreadyMember(group=self.group, person=member.person)
            joining.add(member.person)

    def require_free(self) -> None:
        """Raises: GroupTaken."""
        if self.formed_by is not None:
            raise GroupTaken(group=self.group)

    def require_at_work(self) -> str:
        """The organisation that formed it. Raises: GroupUnknown, GroupOver."""
        if self.formed_by is None:
            raise GroupUnknown(group=self.group)
        if self.is_dissolved:
            raise GroupOver(group=self.group)
        return self.formed_by


def require_size(covered: Sequence[object], members: Sequence[object]) -> None:
    """Few enough for one decision. Raises Invalid."""
    if len(covered) > MAX_COVERED or len(members) > MAX_MEMBERS:
        raise Invalid("group", f"at most {MAX_COVERED} organisations and {MAX_MEMBERS} first members")


def require_level(former: OrganisationState, level: Level) -> None:
    """The bureau and its sections form groups of the bureau, a district of the district, a site of the school.

    Raises: OrganisationUnknown, LevelUnfit.
    """
    former.require_registered()
    if former.kind not in _FORMERS[level]:
        raise LevelUnfit(organisation=former.organisation, kind=str(former.kind), level=level.value)
