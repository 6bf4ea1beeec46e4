"""Found the bureau: the one command that nobody is appointed for."""

from collections.abc import Sequence
from datetime import datetime

from domain.ledger.command import Command, Perspective
from domain.ledger.event import Commitment
from domain.ledger.slice import Selector, event
from domain.registry.errors import RegistryNotEmpty
from domain.registry.events import Appointed, BureauFounded, PersonRegistered, Role
from domain.registry.wording import require_name, require_person_code


class Founding(Perspective):
    """Whether a bureau was founded. Nothing else can enter a registry before: everything else needs a registrar."""

    def __init__(self) -> None:
        self.bureau: str | None = None

    def consistency_boundary(self) -> Sequence[Selector]:
        """The founding, of whichever bureau."""
        return [Selector(types=type(self).projected_types, tags=["registry:bureau"])]

    @event(BureauFounded)
    def _(self, bureau: str) -> None:
        self.bureau = bureau


class FoundBureau(Command):
    """Enter the bureau, its first registrar as a person, and the registrar's appointment, open from ``at`` on."""

    name = "found_bureau"

    def __init__(
        self,
        *,
        bureau: str,
        name: str,
        registrar_person: str,
        registrar_code: str,
        registrar_name: Commitment,
        appointment: str,
        at: datetime,
    ) -> None:
        self.bureau = bureau
        self.bureau_name = name
        self.registrar_person = registrar_person
        self.registrar_code = registrar_code
        self.registrar_name = registrar_name
        self.appointment = appointment
        self.at = at
        self.founding = Founding()
        self.perspectives = (self.founding,)

    def execute(self) -> None:
        """Raises: Invalid, RegistryNotEmpty."""
        require_name("name", self.bureau_name)
        require_person_code("registrar_code", self.registrar_code)
        if self.founding.bureau is not None:
            raise RegistryNotEmpty(bureau=self.founding.bureau)
        self.record(BureauFounded(bureau=self.bureau, name=self.bureau_name))
        self.record(PersonRegistered(person=self.registrar_person, code=self.registrar_code, name=self.registrar_name))
        self.record(
            Appointed(
                appointment=self.appointment,
                person=self.registrar_person,
                role=Role.REGISTRAR,
                organisation=self.bureau,
                valid_from=self.at,
            )
        )
