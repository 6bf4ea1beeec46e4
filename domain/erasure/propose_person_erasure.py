"""Propose to erase a person: every key, of every purpose and year, and none is ever made again."""

from collections.abc import Sequence
from typing import ClassVar

from domain.erasure.erasure_state import ErasureState
from domain.erasure.events import ErasureProposed, Ground
from domain.erasure.offices import PROPOSES
from domain.erasure.subjects import Subjects
from domain.ledger.command import Command
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority


class ProposePersonErasure(Command):
    """The person need not be in the registry: on the named list of a school stand pupils who are not.

    Whoever holds an office is relieved first. Legal holds are looked at when it is approved: whoever proposes may not
    know of them.
    """

    name: ClassVar[str] = "propose_person_erasure"

    def __init__(self, *, acting: Acting, erasure: str, ground: Ground, person: str) -> None:
        self.ground, self.person = ground, person
        self.authority = Authority(acting)
        self.erasure = ErasureState(erasure)
        self.subjects = Subjects()
        self.perspectives = (self.authority, self.erasure, self.subjects)

    def consistency_boundary(self) -> Sequence[Selector]:
        """The officer's authority, the erasure's name, the person's offices, and that it is no organisation."""
        return [*super().consistency_boundary(), *self.subjects.offices_of((self.person,))]

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, ErasureTaken, NotAPerson, StillInOffice."""
        self.authority.require(PROPOSES)
        self.recorded_before = self.authority.valid_until
        self.erasure.require_free()
        self.subjects.require_person(self.person)
        self.subjects.require_out_of_office((self.person,), self.authority.acting.at)
        actor = self.authority.actor
        self.record(
            ErasureProposed(
                erasure=self.erasure.erasure,
                ground=self.ground,
                proposed_by=actor.person,
                on_behalf_of=actor.on_behalf_of,
                person=self.person,
            )
        )
