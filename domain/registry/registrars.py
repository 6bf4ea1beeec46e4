"""The registrars: somebody can always act in the registry.

From its founding on there is, at every instant, a registrar whose appointment has no end. The bureau is founded with
one, and whoever would be the last is not relieved: a successor is appointed first.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.errors import LastRegistrar
from domain.registry.events import Appointed, Relieved, Role


class Registrars(Perspective):
    """The registrars whose appointments have no end, and since when."""

    def __init__(self) -> None:
        self.endless: dict[str, datetime] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Every appointment of a registrar, in whichever office."""
        return [Selector(types=[Appointed], tags=["registry:registrar"])]

    def reliefs(self) -> Sequence[Selector]:
        """What may have ended those appointments; to be asked for once they are known."""
        return [Selector(types=[Relieved], tags=[f"appointment:{each}"]) for each in self.endless]

    @event(Appointed)
    def _(self, appointment: str, role: Role, valid_from: datetime, valid_to: datetime | None) -> None:
        if role is Role.REGISTRAR and valid_to is None:
            self.endless[appointment] = valid_from

    @event(Relieved)
    def _(self, appointment: str) -> None:
        self.endless.pop(appointment, None)

    def require_another(self, leaving: Collection[str], at: datetime) -> None:
        """When these appointments end at an instant, another holds by then, without an end. Raises LastRegistrar."""
        if not any(begin <= at for each, begin in self.endless.items() if each not in leaving):
            raise LastRegistrar(appointments=sorted(leaving))
