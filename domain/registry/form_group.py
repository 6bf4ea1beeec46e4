"""Form a special group (专项小组) with its first members."""

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.registry.authority import Acting, Authority
from domain.registry.errors import AlreadyMember, CoversNothing
from domain.registry.events import GroupFormed, GroupMemberAssigned, Level
from domain.registry.group import GroupState, require_level
from domain.registry.organisation import OrganisationState
from domain.registry.person import PersonState
from domain.registry.wording import require_name

MAX_MEMBERS = 500
MAX_COVERED = 1_000


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
        purpose: str,
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
        require_name("purpose", self.purpose)
        if len(self.covered) > MAX_COVERED or len(self.members) > MAX_MEMBERS:
            raise Invalid("group", f"at most {MAX_COVERED} organisations and {MAX_MEMBERS} first members")
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        self.group.require_free()
        require_level(self.former, self.level)
        self.former.require_open_on(self.authority.acting_on)
        covers = tuple(one.organisation for one in self.covered)
        if not covers or len(set(covers)) != len(covers):
            raise CoversNothing(group=self.group.group)
        for one in self.covered:
            one.require_open_on(self.authority.acting_on)
        joining: list[str] = []
        for member in self.members:
            member.require_registered()
            if member.person in joining:
                raise AlreadyMember(group=self.group.group, person=member.person)
            joining.append(member.person)
        self.record(
            GroupFormed(
                group=self.group.group,
                level=self.level,
                formed_by=self.former.organisation,
                covers=covers,
                purpose=self.purpose,
            )
        )
        for person in joining:
            self.record(GroupMemberAssigned(group=self.group.group, person=person))
