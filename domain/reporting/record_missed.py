"""Record that a level let its deadline pass."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command, Perspective
from domain.ledger.errors import Invalid
from domain.ledger.time import instant_text
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import MissedAlreadyRecorded, NotDueYet, NotHandedOver, NothingOwed, NotMissing
from domain.reporting.events import DutyMissed
from domain.reporting.identifiers import parts_of
from domain.reporting.report_state import ReportState
from domain.reporting.rollup_cover import RollupCover


class RecordMissed(Command):
    """The service's clock records an absence, once per level; any number of clocks may run.

    ``at`` is the database's instant: at the very deadline it is too early. The condition of the append is the whole
    duty, so that a filing in the same instant and this record can never both be decided without the other.

    ``deadline`` is the level's own as the view judged it (``standing.py``): when something arrived is in no payload. It
    is never before the duty's. ``filed`` is how many revisions the view had seen: what has been filed since moves the
    deadline, and the clock has to look again.

    Levels 2 and 3 have missed only what they were given and never acted upon. ``rollup`` names the roll-up whose
    signature is missing: the bureau's at level 3, which signs nothing else; the district's where level 2 has acted upon
    the report, but signed no roll-up that covers it.
    """

    name: ClassVar[str] = "record_missed"

    def __init__(
        self,
        *,
        report: str,
        level: int,
        at: datetime,
        deadline: datetime | None = None,
        rollup: str | None = None,
        filed: int = 0,
    ) -> None:
        if level not in (1, 2, 3):
            raise Invalid("level", "must be 1, 2 or 3")
        if level == 3 and rollup is None:
            raise Invalid("rollup", "level 3 signs the bureau's roll-up")
        self.level = level
        self.at = at
        self.deadline = deadline
        self.rollup = rollup
        self.filed = filed
        self.report = ReportState(report)
        self.site = OrganisationState(parts_of(report)[2])
        self.cover = None if rollup is None else RollupCover(self.report, rollup)
        self.perspectives: Sequence[Perspective] = [
            self.report,
            self.site,
            *([] if self.cover is None else [self.cover]),
        ]

    def execute(self) -> None:
        """Raises: NoDuty, MissedAlreadyRecorded, NothingOwed, NotMissing, NotHandedOver, NotDueYet."""
        duty = self.report.duty
        if self.level in self.report.missed:
            raise MissedAlreadyRecorded(report=self.report.report, level=self.level)
        if self.report.is_untouched and not self.site.owes_on(duty.business_date):
            # It will be lifted. What was answered cannot be, and then every level owes its own part.
            raise NothingOwed(report=self.report.report)
        if self._has_acted():
            raise NotMissing(report=self.report.report, level=self.level)
        if not self._was_handed():
            raise NotHandedOver(report=self.report.report, level=self.level)
        due = duty.dues[self.level - 1]
        deadline = due if self.deadline is None else max(due, self.deadline)
        if self.at <= deadline:
            raise NotDueYet(report=self.report.report, level=self.level, due=instant_text(deadline))
        self.record(
            DutyMissed(
                report=self.report.report,
                district=duty.district,
                level=self.level,
                deadline=deadline,
                rules=duty.rules,
                rollup=self.rollup,
            )
        )

    def _has_acted(self) -> bool:
        if self.report.filed > self.filed:
            return True
        if self.level == 1:
            return self.report.current is not None
        if self.cover is None:
            return self.report.has_acted(self.level)
        return self.cover.was_signed(self.level) or (self.level == 3 and self.report.has_acted(3))

    def _was_handed(self) -> bool:
        if self.level < 3 or self.cover is None:
            return self.report.signed_level >= self.level - 1
        current = self.report.current
        return self.report.signed_level == 2 and current is not None and self.cover.below() == current.digest
