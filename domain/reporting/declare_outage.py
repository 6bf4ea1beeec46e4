"""Declare that filing was impossible for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Commitment, Event
from domain.ledger.slice import Selector, event
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import OutageExists
from domain.reporting.events import OutageDeclared

LONGEST: Final = timedelta(days=3)
"""What lasts longer is no outage: other rules are adopted for it."""
GRACE: Final = timedelta(days=1)
DECLARED_WITHIN: Final = timedelta(days=7)


class DeclareOutage(Command):
    """A section officer declares it, once it has begun and within a week of its end, for some schools or (without
    ``schools``) for all.

    It excuses what was due inside it and arrived by ``grace_until``; it changes no event and no deadline. Nothing takes
    it back: so it is short, and for schools that are there. There is one bureau in a log, and every site is of it.
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
        if ended_at - began_at > LONGEST:
            raise Invalid("ended_at", f"an outage lasts at most {LONGEST.days} days")
        if grace_until - ended_at > GRACE:
            raise Invalid("grace_until", "lies at most a day after the end")
        if acting.at < began_at:
            raise Invalid("began_at", "an outage is declared once it has begun")
        if acting.at - ended_at > DECLARED_WITHIN:
            raise Invalid("ended_at", f"an outage is declared within {DECLARED_WITHIN.days} days of its end")
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
        self.schools = {school: OrganisationState(school) for school in schools or ()}
        self.perspectives = (self.authority, *self.schools.values())
        self.exists = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """The officer's authority, this outage's own name, and the schools that it names."""
        named = Selector(types=type(self).projected_types, tags=[f"outage:{self.declared.outage}"])
        return [*super().consistency_boundary(), named]

    def fold(self, event: Event) -> None:
        """Each registry event concerns one school: to fold all into all would cost the square of their number."""
        event.mutate(self)
        event.mutate(self.authority)
        school = self.schools.get(getattr(event, "organisation", ""))
        if school is not None:
            event.mutate(school)

    @event(OutageDeclared)
    def _(self, outage: str) -> None:
        self.exists = self.exists or outage == self.declared.outage

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, OrganisationUnknown, NotASite, OutageExists."""
        self.authority.require(Role.SECTION_OFFICER)
        for school in self.schools.values():
            school.require_site()
        if self.exists:
            raise OutageExists(outage=self.declared.outage)
        self.record(self.declared)
        self.recorded_before = self.authority.valid_until
