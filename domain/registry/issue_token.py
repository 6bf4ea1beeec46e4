"""Issue a bearer token to a person."""

from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.event import Digest
from domain.ledger.events import TokenIssued
from domain.ledger.slice import Selector, event
from domain.registry.errors import PersonUnknown
from domain.registry.events import BureauFounded, PersonRegistered


class IssueToken(Command):
    """To a registered person; on an empty registry to whoever is going to found the bureau.

    Only the fingerprint is recorded. ``expires_at`` is in real time, also in a simulated log.
    """

    name: ClassVar[str] = "issue_token"

    def __init__(self, *, token: str, person: str, fingerprint: Digest, expires_at: datetime) -> None:
        self.token = token
        self.person = person
        self.fingerprint = fingerprint
        self.expires_at = expires_at
        self.founded = False
        self.registered = False

    def consistency_boundary(self) -> list[Selector]:
        """The person's registration, and whether there is a bureau."""
        return [
            Selector(types=[PersonRegistered], tags=[f"person:{self.person}"]),
            Selector(types=[BureauFounded], tags=["registry:bureau"]),
        ]

    @event(BureauFounded)
    def _(self) -> None:
        self.founded = True

    @event(PersonRegistered)
    def _(self, person: str) -> None:
        self.registered = self.registered or person == self.person

    def execute(self) -> None:
        """Raises PersonUnknown."""
        if self.founded and not self.registered:
            raise PersonUnknown(person=self.person)
        self.record(
            TokenIssued(token=self.token, person=self.person, fingerprint=self.fingerprint, expires_at=self.expires_at)
        )
