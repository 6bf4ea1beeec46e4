"""Declare a site's staff and classes as of a day."""

from datetime import date

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.registry.authority import Acting, Authority
from domain.registry.errors import ClassRepeated
from domain.registry.events import ClassRoster, Role, RosterDeclared
from domain.registry.interval import require_recent
from domain.registry.organisation import OrganisationState
from domain.registry.wording import require_code


class DeclareRoster(Command):
    """The registrar, or the site's own principal, says who is there. The newest roster as of a day counts."""

    name = "declare_roster"

    def __init__(
        self, *, acting: Acting, organisation: str, as_of: date, staff: int, classes: tuple[ClassRoster, ...]
    ) -> None:
        self.as_of = as_of
        self.staff = staff
        self.classes = classes
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.perspectives = (self.authority, self.site)

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: Invalid; refusals of authority; OrganisationUnknown, NotASite, NotYetOpened, AlreadyClosed,
        TooLongAgo, ClassRepeated.
        """
        self._require_counts()
        self.authority.require_registrar_or(frozenset({Role.PRINCIPAL}), self.site.organisation)
        self.recorded_before = self.authority.valid_until
        self.site.require_site()
        self.site.require_open_on(self.as_of)
        require_recent(self.as_of, self.authority.acting_on)
        seen: set[str] = set()
        for one in self.classes:
            if one.class_id in seen:
                raise ClassRepeated(organisation=self.site.organisation, class_id=one.class_id)
            seen.add(one.class_id)
        self.record(
            RosterDeclared(
                organisation=self.site.organisation, as_of=self.as_of, staff=self.staff, classes=self.classes
            )
        )

    def _require_counts(self) -> None:
        if self.staff < 0:
            raise Invalid("staff", "must not be negative")
        for one in self.classes:
            require_code("class_id", one.class_id)
            if not 0 <= one.grade <= 12:
                raise Invalid("grade", "must lie between 0 and 12", class_id=one.class_id)
            if one.students < 0:
                raise Invalid("students", "must not be negative", class_id=one.class_id)
