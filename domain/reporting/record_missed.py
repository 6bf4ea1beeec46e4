"""Record that a level let its deadline pass."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.slice import Selector, event
from domain.ledger.time import instant_text
from domain.reporting.errors import MissedAlreadyRecorded, NotDueYet, NotHandedOver, NotMissing
from domain.reporting.events import DutyMissed, RollupBuilt, RollupSigned
from domain.reporting.identifiers import parts_of, rollup_id
from domain.reporting.report_state import ReportState


class RecordMissed(Command):
    """The service's clock records an absence, once per level; any number of clocks may run.

    ``at`` is the database's instant: at the very deadline it is too early. The condition of the append is the whole
    duty, so that a filing in the same instant and this record can never both be decided without the other.

    ``deadline`` is the level's own as the view judged it (``standing.py``): when something arrived is in no payload. It
    is never before the duty's. ``filed`` is how many revisions the view had seen: what has been filed since moves the
    deadline, and the clock has to look again.

    Levels 2 and 3 have missed only what they were given and never acted upon. At level 3, which signs the bureau's
    roll-up, ``bureau`` names it: what a signed roll-up covers is not missed.
    """

    name: ClassVar[str] = "record_missed"

    def __init__(
        self,
        *,
        report: str,
        level: int,
        at: datetime,
        deadline: datetime | None = None,
        bureau: str | None = None,
        filed: int = 0,
    ) -> None:
        if level not in (1, 2, 3):
            raise Invalid("level", "must be 1, 2 or 3")
        if level == 3 and bureau is None:
            raise Invalid("bureau", "level 3 signs the bureau's roll-up")
        _, day, self.school = parts_of(report)
        self.level = level
        self.at = at
        self.deadline = deadline
        self.filed = filed
        self.rollup = None if bureau is None else rollup_id(day, bureau)
        self.report = ReportState(report)
        self.perspectives = (self.report,)
        self.covering: set[int] = set()
        self.covered = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """The duty; for level 3 also the bureau's roll-ups of the day."""
        if self.level < 3:
            return super().consistency_boundary()
        rollups = Selector(types=type(self).projected_types, tags=[f"rollup:{self.rollup}"])
        return [*super().consistency_boundary(), rollups]

    @event(RollupBuilt)
    def _(
        self,
        rollup: str,
        revision: int,
        missing: tuple[str, ...],
        excused: tuple[str, ...],
        unsigned: tuple[str, ...],
    ) -> None:
        if rollup == self.rollup and self.school not in (*missing, *excused, *unsigned):
            self.covering.add(revision)

    @event(RollupSigned)
    def _(self, rollup: str, revision: int) -> None:
        self.covered = self.covered or (rollup == self.rollup and revision in self.covering)

    def execute(self) -> None:
        """Raises: NoDuty, MissedAlreadyRecorded, NotMissing, NotHandedOver, NotDueYet."""
        duty = self.report.duty
        if self.level in self.report.missed:
            raise MissedAlreadyRecorded(report=self.report.report, level=self.level)
        if self._has_acted():
            raise NotMissing(report=self.report.report, level=self.level)
        if self.level > 1 and self.report.signed_level < self.level - 1:
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
            )
        )

    def _has_acted(self) -> bool:
        if len(self.report.revisions) > self.filed:
            return True
        if self.level == 1:
            return self.report.current is not None
        return self.covered or self.report.has_acted(self.level)
