"""Dissolve a group or task force."""

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import GroupDissolved
from domain.registry.group import GroupState


class DissolveGroup(Command):
    """The work of a group or task force ends; its members need no release of their own."""

    name = "dissolve_group"

    def __init__(self, *, acting: Acting, group: str) -> None:
        self.authority = Authority(acting)
        self.group = GroupState(group)
        self.perspectives = (self.authority, self.group)

    def execute(self) -> None:
        """Raises: refusals of authority; GroupUnknown, GroupOver."""
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.group.require_at_work()
        self.record(GroupDissolved(group=self.group.group))
