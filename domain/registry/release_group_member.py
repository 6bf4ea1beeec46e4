"""Release a person from a group or task force."""

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.errors import NotAMember
from domain.registry.events import GroupMemberReleased
from domain.registry.group import LEADING_ROLES, GroupState


class ReleaseGroupMember(Command):
    """The registrar, or whoever leads the organisation that formed the group, lets a person leave it."""

    name = "release_group_member"

    def __init__(self, *, acting: Acting, group: str, person: str) -> None:
        self.person = person
        self.authority = Authority(acting)
        self.group = GroupState(group)
        self.perspectives = (self.authority, self.group)

    def execute(self) -> None:
        """Raises: GroupUnknown, GroupOver; refusals of authority; NotAMember."""
        formed_by = self.group.require_at_work()
        self.authority.require_registrar_or(LEADING_ROLES, formed_by)
        self.recorded_before = self.authority.valid_until
        if self.person not in self.group.members:
            raise NotAMember(group=self.group.group, person=self.person)
        self.record(GroupMemberReleased(group=self.group.group, person=self.person))
