"""Declare that filing was impossible for a while."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.reporting.errors import OutageExists
from domain.reporting.events import OutageDeclared


class DeclareOutage(Command):
    """A section officer declares it, once it has begun, for some schools or (without ``schools``) for all.

    It excuses what was due inside it and arrived by ``grace_until``; it changes no event and no deadline.
    """

    name: ClassVar[str] = "declare_outage"

    def __init__(
        self,
        *,
        acting: Acting,
        outage: str,
        began_at: datetime,
        ended_at: datetime,
        grace_until: datetime,
        reason: Commitment,
        schools: tuple[str, ...] | None = None,
    ) -> None:
        if not began_at < ended_at <= grace_until:
            raise Invalid("ended_at", "an outage begins, ends later, and its grace ends no earlier")
        if schools is not None and (not schools or len(set(schools)) != len(schools)):
            raise Invalid("schools", "names each school once; without it, all schools")
        if acting.at < began_at:
            raise Invalid("began_at", "an outage is declared once it has begun")
        self.declared = OutageDeclared(
            outage=outage,
            began_at=began_at,
            ended_at=ended_at,
            grace_until=grace_until,
            reason=reason,
            person=acting.person,
            schools=schools,
        )
        self.authority = Authority(acting)
        self.perspectives = (self.authority,)
        self.exists = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """The officer's authority, and this outage's own name."""
        named = Selector(types=type(self).projected_types, tags=[f"outage:{self.declared.outage}"])
        return [*super().consistency_boundary(), named]

    @event(OutageDeclared)
    def _(self, outage: str) -> None:
        self.exists = self.exists or outage == self.declared.outage

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, OutageExists."""
        self.authority.require(Role.SECTION_OFFICER)
        if self.exists:
            raise OutageExists(outage=self.declared.outage)
        self.record(self.declared)
        self.recorded_before = self.authority.valid_until
