"""The offices in one organisation: they end with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.events import Appointed, Relieved, Role
from domain.registry.interval import earliest


class OfficesIn(Perspective):
    """The appointments in an organisation, with the end of each that is recorded so far."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        self._offices: dict[str, Appointed] = {}
        self._ends: dict[str, datetime | None] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Appointments there and their reliefs."""
        return [Selector(types=type(self).projected_types, tags=[f"organisation:{self.organisation}"])]

    @event(Appointed)
    def _(
        self,
        appointment: str,
        person: str,
        role: Role,
        organisation: str,
        valid_from: datetime,
        valid_to: datetime | None,
    ) -> None:
        if organisation == self.organisation:
            self._offices[appointment] = Appointed(
                appointment=appointment,
                person=person,
                role=role,
                organisation=organisation,
                valid_from=valid_from,
                valid_to=valid_to,
            )
            self._ends[appointment] = valid_to

    @event(Relieved)
    def _(self, appointment: str, relieved_at: datetime) -> None:
        if appointment in self._offices:
            self._ends[appointment] = earliest(self._ends[appointment], relieved_at)

    def reliefs(self, at: datetime) -> Iterator[Relieved]:
        """The relief of every office that would hold at an instant or later; one that has not begun ends unbegun."""
        for appointment, office in self._offices.items():
            end = self._ends[appointment]
            if end is None or end > at:
                yield Relieved(
                    appointment=appointment,
                    person=office.person,
                    organisation=office.organisation,
                    relieved_at=max(at, office.valid_from),
                )
