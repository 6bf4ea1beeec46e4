"""Form a special group (专项小组) with its first members."""

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import GroupFormed, GroupMemberAssigned, GroupPurpose, Level
from domain.registry.group import GroupState, require_level, require_size
from domain.registry.organisation import OrganisationState
from domain.registry.person import PersonState


class FormGroup(Command):
    """An organisation forms a group at its own level; it covers one organisation or several."""

    name = "form_group"

    def __init__(
        self,
        *,
        acting: Acting,
        group: str,
        level: Level,
        formed_by: str,
        covers: tuple[str, ...],
        purpose: GroupPurpose,
        members: tuple[str, ...],
    ) -> None:
        self.level = level
        self.purpose = purpose
        self.authority = Authority(acting)
        self.group = GroupState(group)
        self.former = OrganisationState(formed_by)
        self.covered = tuple(OrganisationState(organisation) for organisation in covers)
        self.members = tuple(PersonState(person) for person in members)
        self.perspectives = (self.authority, self.group, self.former, *self.covered, *self.members)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: Invalid; refusals of authority; GroupTaken, OrganisationUnknown, LevelUnfit, NotYetOpened,
        AlreadyClosed, CoversNothing, PersonUnknown, AlreadyMember.
        """
        require_size(self.covered, self.members)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.group.require_free()
        require_level(self.former, self.level)
        self.former.require_open_on(self.authority.acting_on)
        self.group.require_first(self.covered, self.members, self.authority.acting_on)
        self.record(
            GroupFormed(
                group=self.group.group,
                level=self.level,
                formed_by=self.former.organisation,
                covers=tuple(one.organisation for one in self.covered),
                purpose=self.purpose,
            )
        )
        for member in self.members:
            self.record(GroupMemberAssigned(group=self.group.group, person=member.person))
