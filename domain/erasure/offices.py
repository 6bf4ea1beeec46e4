"""Which office does what in an erasure, and what a proposal of keys must be. Two offices: nobody does both."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from domain.erasure.errors import NotDue, TermStillRuns
from domain.erasure.events import Ground, SealedUnder
from domain.erasure.retention import Retention
from domain.ledger.errors import Invalid
from domain.registry.kinds import Role

ADOPTS: Final = Role.REGISTRAR
PROPOSES: Final = Role.SECTION_OFFICER
APPROVES: Final = Role.DISCIPLINE
HOLDS: Final = Role.DISCIPLINE

MOST_KEYS: Final = 100
"""In one proposal: each subject is looked at in the boundary of the decision."""
IDENTITY: Final = frozenset({"name", "phone", "registrar_name"})
"""The purposes that say who somebody in office is and how to reach them."""


def check_keys(keys: Sequence[SealedUnder]) -> None:
    """Raises Invalid."""
    if not 0 < len(keys) <= MOST_KEYS:
        raise Invalid("keys", f"from 1 to {MOST_KEYS} keys")
    if len(set(keys)) != len(keys):
        raise Invalid("keys", "names each key once")


def require_ripe(keys: Sequence[SealedUnder], ground: Ground, retention: Retention, today: date) -> None:
    """The years of the keys are over; under the ground of retention their periods too.

    Raises TermStillRuns, NotDue; both name the purposes.
    """
    running = sorted({key.purpose for key in keys if key.term >= today.year})
    if running:
        raise TermStillRuns(purposes=running)
    if ground is Ground.RETENTION_OVER:
        early = sorted({key.purpose for key in keys if not retention.is_due(key, today)})
        if early:
            raise NotDue(purposes=early)


def in_office_needs(keys: Sequence[SealedUnder]) -> set[str]:
    """Of whom a proposal takes what somebody in office is known by."""
    return {key.subject for key in keys if key.purpose in IDENTITY}
