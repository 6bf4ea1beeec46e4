"""Approve an erasure: the decision, by a second person of another office."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from domain.erasure.erasure_state import ErasureState
from domain.erasure.errors import SecondPersonNeeded
from domain.erasure.events import ErasureApproved, ErasureProposed, SealedUnder
from domain.erasure.offices import APPROVES, in_office_needs, require_ripe
from domain.erasure.retention import Retention
from domain.erasure.subjects import Subjects
from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.slice import Selector
from domain.registry.authority import Acting, Authority


class ApproveErasure(Command):
    """What was proposed is looked at once more, as things stand now: periods, offices, legal holds.

    ``spare`` leaves out the keys of some subjects, for no recorded reason: a reason would tell of a legal hold.
    ``stands_with``: by subject the organisations that its sealed values stand with, from the vault.
    """

    name: ClassVar[str] = "approve_erasure"

    def __init__(
        self,
        *,
        acting: Acting,
        erasure: str,
        spare: tuple[str, ...] = (),
        stands_with: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.spare = frozenset(spare)
        self.authority = Authority(acting)
        self.erasure = ErasureState(erasure)
        self.subjects = Subjects(stands_with)
        self.retention = Retention()
        self.perspectives = (self.authority, self.erasure, self.subjects, self.subjects.holds, self.retention)

    def further_boundary(self) -> Sequence[Selector]:
        """Once it is known what was proposed: the periods, and what protects those it is about."""
        proposed = self.erasure.proposed
        if proposed is None:
            return ()
        periods = Retention(key.purpose for key in proposed.keys or ())
        return [*periods.consistency_boundary(), *self.subjects.boundary_of(subjects_of(proposed))]

    def execute(self) -> None:
        """Guards in the order a person would ask.

        Raises: the refusals of Authority.require, ErasureUnknown, ErasureDecided, SecondPersonNeeded, Invalid,
        TermStillRuns, NotDue, NotAPerson, StillInOffice, UnderLegalHold.
        """
        self.authority.require(APPROVES)
        self.recorded_before = self.authority.valid_until
        proposed = self.erasure.require_open()
        self._require_second_person(proposed)
        keys = self._left(proposed)
        at = self.authority.acting.at
        if keys is not None:
            require_ripe(keys, proposed.ground, self.retention, self.authority.acting_on)
            self.subjects.require_out_of_office(in_office_needs(keys), at)
            self.subjects.require_no_hold({key.subject for key in keys}, at)
        if proposed.person is not None:
            self.subjects.require_person(proposed.person)
            self.subjects.require_out_of_office((proposed.person,), at)
            self.subjects.require_no_hold((proposed.person,), at)
        self.record(
            ErasureApproved(
                erasure=proposed.erasure,
                ground=proposed.ground,
                approved_by=self.authority.acting.person,
                person=proposed.person,
                keys=keys,
            )
        )

    def _require_second_person(self, proposed: ErasureProposed) -> None:
        actor = self.authority.actor
        if {actor.person, actor.on_behalf_of} & {proposed.proposed_by, proposed.on_behalf_of} - {None}:
            raise SecondPersonNeeded(person=proposed.proposed_by)

    def _left(self, proposed: ErasureProposed) -> tuple[SealedUnder, ...] | None:
        if proposed.keys is None:
            if self.spare:
                raise Invalid("spare", "a person is erased or not; nothing can be left out")
            return None
        if self.spare - subjects_of(proposed):
            raise Invalid("spare", "names subjects of the proposal")
        keys = tuple(key for key in proposed.keys if key.subject not in self.spare)
        if not keys:
            raise Invalid("spare", "leaves nothing; decline the erasure instead")
        return keys


def subjects_of(proposed: ErasureProposed) -> frozenset[str]:
    """Whom an erasure is about."""
    whole: Collection[str] = () if proposed.person is None else (proposed.person,)
    return frozenset({*whole, *(key.subject for key in proposed.keys or ())})
