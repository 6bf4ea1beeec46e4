"""Form a task force (工作专班)."""

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import Level, TaskForceFormed
from domain.registry.group import GroupState, require_level
from domain.registry.organisation import OrganisationState
from domain.registry.wording import require_name


class FormTaskForce(Command):
    """An organisation forms a task force at its own level, for a line of work."""

    name = "form_task_force"

    def __init__(self, *, acting: Acting, task_force: str, level: Level, formed_by: str, name: str) -> None:
        self.level = level
        self.task_force_name = name
        self.authority = Authority(acting)
        self.task_force = GroupState(task_force)
        self.former = OrganisationState(formed_by)
        self.perspectives = (self.authority, self.task_force, self.former)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: Invalid; refusals of authority; GroupTaken, OrganisationUnknown, LevelUnfit, AlreadyClosed,
        NotYetOpened.
        """
        require_name("name", self.task_force_name)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.task_force.require_free()
        require_level(self.former, self.level)
        self.former.require_open_on(self.authority.acting_on)
        self.record(
            TaskForceFormed(
                task_force=self.task_force.group,
                level=self.level,
                formed_by=self.former.organisation,
                name=self.task_force_name,
            )
        )
