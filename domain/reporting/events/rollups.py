"""Events of roll-ups."""

from datetime import date
from typing import ClassVar

from domain.ledger.event import Commitment, Digest, Event
from domain.reporting.events.tags import person_tags
from domain.signing.held_signature import Examined, HeldSignature


class RollupBuilt(Event, frozen=True, kw_only=True):
    """A roll-up was built from what stood below: counts, the gaps by name, and one Merkle root over its children.

    ``level`` 2 is a district's over its schools' reports, 3 the bureau's over its districts' latest signed roll-ups.
    At both, ``expected`` (duties) = ``covered`` + missing + excused (excused without a report), in schools; beside them
    ``not_owed`` names the schools whose duty was lifted.
    ``unsigned``: at level 2 schools whose report is there without a valid level 2 signature, counted as covered; at
    level 3 those, and districts without a signed roll-up, whose schools all count as missing.
    ``root`` is over the sorted children, each ``canonical_json([organisation, digest, signature])``, without the
    third where it is unsigned. The first signed revision is the main roll-up; what is built after one was signed is
    supplementary (``supplemented_on``, in Shanghai), at most one signed a day, and lists in ``changed`` the children
    that differ from the last signed one. An unsigned revision is a draft: the next takes its place.
    """

    type_name: ClassVar[str] = "RollupBuilt"
    rollup: str
    parent: str
    """The roll-up of the level above that this one is part of; the bureau's names itself."""
    level: int
    form: str
    """The form that it is the roll-up of."""
    organisation: str
    business_date: date
    revision: int
    expected: int
    covered: int
    missing: tuple[str, ...]
    excused: tuple[str, ...]
    unsigned: tuple[str, ...]
    not_owed: tuple[str, ...]
    sums: dict[str, int]
    root: Digest
    digest: Digest
    person: str
    changed: tuple[str, ...] | None = None
    supplemented_on: date | None = None

    def tags(self) -> tuple[str, ...]:
        return (f"rollup:{self.rollup}", f"rollup:{self.parent}", f"person:{self.person}")


class RollupSigned(Event, frozen=True, kw_only=True):
    """Level 2 signed its district's roll-up, or level 3 the bureau's."""

    type_name: ClassVar[str] = "RollupSigned"
    rollup: str
    parent: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    nonce: str
    signature: Digest
    held: HeldSignature
    delegation: str | None = None
    on_behalf_of: str | None = None
    examined: Examined | None = None

    def tags(self) -> tuple[str, ...]:
        return (
            f"rollup:{self.rollup}",
            f"rollup:{self.parent}",
            *person_tags(self.person, self.on_behalf_of, self.held),
        )


class RollupReturned(Event, frozen=True, kw_only=True):
    """The level above sent a roll-up back with a reason."""

    type_name: ClassVar[str] = "RollupReturned"
    rollup: str
    parent: str
    revision: int
    level: int
    digest: Digest
    person: str
    appointment: str
    reason: Commitment
    nonce: str
    signature: Digest
    held: HeldSignature
    delegation: str | None = None
    on_behalf_of: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (
            f"rollup:{self.rollup}",
            f"rollup:{self.parent}",
            *person_tags(self.person, self.on_behalf_of, self.held),
        )
