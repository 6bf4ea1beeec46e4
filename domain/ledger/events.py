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


class LogContinued(Event, frozen=True, kw_only=True):
    """The log goes on under a new name: what was signed last under the old one could not be brought back.

    ``origin``, ``size`` and ``root`` are of the old log's last signed checkpoint.
    """

    type_name: ClassVar[str] = "LogContinued"
    origin: str
    size: int
    root: Digest

    def tags(self) -> tuple[str, ...]:
        return ("log:opened",)


class LogKeyAdopted(Event, frozen=True, kw_only=True):
    """From the next checkpoint on this key signs the log; the checkpoint that holds this is signed by the one before.

    ``vkey`` is the verifier key, ``<name>+<id>+<key>``.
    """

    type_name: ClassVar[str] = "LogKeyAdopted"
    vkey: str

    def tags(self) -> tuple[str, ...]:
        return ("log:keys",)


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


class BundleExported(Event, frozen=True, kw_only=True):
    """A bundle was made for somebody. ``manifest`` is the SHA-256 of its manifest, which says what was asked.

    What it is about stands nowhere else in the log: who is looked into must not learn it from here.
    """

    type_name: ClassVar[str] = "BundleExported"
    event_class: ClassVar[EventClass] = EventClass.OFFICE
    bundle: str
    person: str
    manifest: Digest
    entries: int
    disclosed: int

    def tags(self) -> tuple[str, ...]:
        return (f"bundle:{self.bundle}", f"person:{self.person}")


class ServiceInterrupted(Event, frozen=True, kw_only=True):
    """Appends could not commit between these two instants: a not-ready window, recorded by the service itself.

    What was received inside it counts by its arrival, however late it could be recorded.
    """

    type_name: ClassVar[str] = "ServiceInterrupted"
    began_at: datetime
    ended_at: datetime

    def tags(self) -> tuple[str, ...]:
        return ("service:interruptions",)


EVENTS: tuple[type[Event], ...] = (
    LogOpened,
    LogContinued,
    LogKeyAdopted,
    TokenIssued,
    BundleExported,
    ServiceInterrupted,
)
