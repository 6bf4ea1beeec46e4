"""Adopt a retention period for a purpose."""

from typing import ClassVar, Final

from domain.erasure.errors import SameRetention
from domain.erasure.events import Purpose, RetentionAdopted
from domain.erasure.offices import ADOPTS
from domain.erasure.retention import Retention
from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.registry.authority import Acting, Authority

LONGEST: Final = 36_525
"""Days: a hundred years."""
SOURCE_LIMIT: Final = 200


class AdoptRetention(Command):
    """Values of this purpose are kept ``days`` days after the end of the year in which they were sealed."""

    name: ClassVar[str] = "adopt_retention"

    def __init__(self, *, acting: Acting, purpose: Purpose, days: int, source: str) -> None:
        if not 1 <= days <= LONGEST:
            raise Invalid("days", f"from 1 to {LONGEST}")
        if not 0 < len(source) <= SOURCE_LIMIT:
            raise Invalid("source", f"the provision it rests on, up to {SOURCE_LIMIT} characters")
        self.purpose, self.days, self.source = purpose, days, source
        self.authority = Authority(acting)
        self.retention = Retention((purpose,))
        self.perspectives = (self.authority, self.retention)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, SameRetention."""
        self.authority.require(ADOPTS)
        self.recorded_before = self.authority.valid_until
        now = self.retention.periods.get(self.purpose)
        if now is not None and (now.days, now.source) == (self.days, self.source):
            raise SameRetention(purpose=self.purpose, days=self.days)
        self.record(
            RetentionAdopted(
                purpose=self.purpose,
                retention_version=1 if now is None else now.retention_version + 1,
                days=self.days,
                source=self.source,
            )
        )
