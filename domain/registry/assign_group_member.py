"""Assign a person to a group or task force."""

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadyMember
from domain.registry.events import GroupMemberAssigned
from domain.registry.group import LEADING_ROLES, GroupState
from domain.registry.person import PersonState


class AssignGroupMember(Command):
    """The registrar, or whoever leads the organisation that formed the group, lets a person join it."""

    name = "assign_group_member"

    def __init__(self, *, acting: Acting, group: str, person: str) -> None:
        self.authority = Authority(acting)
        self.group = GroupState(group)
        self.person = PersonState(person)
        self.perspectives = (self.authority, self.group, self.person)

    def execute(self) -> None:
        """Raises: GroupUnknown, GroupOver; refusals of authority; PersonUnknown, AlreadyMember."""
        formed_by = self.group.require_at_work()
        self.authority.require_registrar_or(LEADING_ROLES, formed_by)
        self.recorded_before = self.authority.valid_until
        self.person.require_registered()
        if self.person.person in self.group.members:
            raise AlreadyMember(group=self.group.group, person=self.person.person)
        self.record(GroupMemberAssigned(group=self.group.group, person=self.person.person))
