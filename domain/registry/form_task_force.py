"""Form a task force (工作专班) with its first members."""

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import GroupMemberAssigned, Level, TaskForceFormed
from domain.registry.group import GroupState, require_level, require_size
from domain.registry.organisation import OrganisationState
from domain.registry.person import PersonState
from domain.registry.wording import require_name


class FormTaskForce(Command):
    """An organisation forms a task force at its own level, for a line of work; it covers one organisation or several.

    Members join and leave a task force as they do a group.
    """

    name = "form_task_force"

    def __init__(
        self,
        *,
        acting: Acting,
        task_force: str,
        level: Level,
        formed_by: str,
        covers: tuple[str, ...],
        name: str,
        members: tuple[str, ...],
    ) -> None:
        self.level = level
        self.task_force_name = name
        self.authority = Authority(acting)
        self.task_force = GroupState(task_force)
        self.former = OrganisationState(formed_by)
        self.covered = tuple(OrganisationState(organisation) for organisation in covers)
        self.members = tuple(PersonState(person) for person in members)
        self.perspectives = (self.authority, self.task_force, self.former, *self.covered, *self.members)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: Invalid; refusals of authority; GroupTaken, OrganisationUnknown, LevelUnfit, NotYetOpened,
        AlreadyClosed, CoversNothing, PersonUnknown, AlreadyMember.
        """
        require_name("name", self.task_force_name)
        require_size(self.covered, self.members)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.task_force.require_free()
        require_level(self.former, self.level)
        self.former.require_open_on(self.authority.acting_on)
        self.task_force.require_first(self.covered, self.members, self.authority.acting_on)
        self.record(
            TaskForceFormed(
                task_force=self.task_force.group,
                level=self.level,
                formed_by=self.former.organisation,
                covers=tuple(one.organisation for one in self.covered),
                name=self.task_force_name,
            )
        )
        for member in self.members:
            self.record(GroupMemberAssigned(group=self.task_force.group, person=member.person))
