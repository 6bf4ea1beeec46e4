"""Events of the ledger itself."""

from datetime import datetime
from typing import ClassVar, Literal

from domain.ledger.event import Digest, Event, EventClass


class LogOpened(Event, frozen=True, kw_only=True):
    """The log was opened; position 1 of every log. ``origin`` names it in everything that is signed."""

    type_name: ClassVar[str] = "LogOpened"
    origin: str
    format: int
    clock: Literal["real", "simulated"]

    def tags(self) -> tuple[str, ...]:
        return ("log:opened",)


class TokenIssued(Event, frozen=True, kw_only=True):
    """A bearer token was issued to a person; only its fingerprint is kept."""

    type_name: ClassVar[str] = "TokenIssued"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    token: str
    person: str
    fingerprint: Digest
    expires_at: datetime

    def tags(self) -> tuple[str, ...]:
        return (f"token:{self.token}", f"person:{self.person}")


class ServiceInterrupted(Event, frozen=True, kw_only=True):
    """Appends could not commit between these two instants: a not-ready window, recorded by the service itself.

    What was received inside it counts by its arrival, however late it could be recorded.
    """

    type_name: ClassVar[str] = "ServiceInterrupted"
    began_at: datetime
    ended_at: datetime

    def tags(self) -> tuple[str, ...]:
        return ("service:interruptions",)


EVENTS: tuple[type[Event], ...] = (LogOpened, TokenIssued, ServiceInterrupted)
