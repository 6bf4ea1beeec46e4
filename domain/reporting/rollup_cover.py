"""What the signed roll-ups of a day cover of one report, by what stood below when they were built.

A roll-up names its gaps, not what it covers: a school that is in no gap is covered only if its duty was open and its
report there when the roll-up was built. The bureau's is built from the districts' signed roll-ups: it covers what the
latest of them that was not sent back covers. ``school_day.py`` folds the same with its instants.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.reporting.events import RollupBuilt, RollupReturned, RollupSigned
from domain.reporting.report_state import ReportState


def names_as_gap(school: str, *, missing: Sequence[str], excused: Sequence[str], unsigned: Sequence[str]) -> bool:
    """Whether a roll-up says that it does not hold this school's signed report."""
    return any(school in gap for gap in (missing, excused, unsigned))


@dataclass(slots=True, kw_only=True)
class _Covering:
    """One revision of a roll-up that covers the report's revision of this digest."""

    level: int
    rollup: str
    revision: int
    digest: str
    signed: bool = False
    returned: bool = False


class RollupCover(Perspective):
    """Of one report, by the roll-ups tagged with ``rollup``. The command folds ``report`` before this perspective."""

    def __init__(self, report: ReportState, rollup: str) -> None:
        self._report = report
        self._rollup = rollup
        self._covering: list[_Covering] = []

    def consistency_boundary(self) -> Sequence[Selector]:
        """The roll-up's own events and those of the roll-ups that are part of it."""
        return [Selector(types=type(self).projected_types, tags=[f"rollup:{self._rollup}"])]

    def was_signed(self, level: int) -> bool:
        """Whether this level ever signed a roll-up over what stands, be it corrected or sent back since."""
        standing = {each.digest for each in self._report.standing}
        return any(each.signed and each.level == level and each.digest in standing for each in self._covering)

    def below(self) -> str | None:
        """The digest that the district's latest signed roll-up covers, of those that were not sent back."""
        district = [each for each in self._covering if each.level == 2 and each.signed and not each.returned]
        return district[-1].digest if district else None

    @event(RollupBuilt)
    def _(
        self,
        *,
        rollup: str,
        level: int,
        organisation: str,
        revision: int,
        missing: tuple[str, ...],
        excused: tuple[str, ...],
        unsigned: tuple[str, ...],
    ) -> None:
        duty, current = self._report.opened, self._report.current
        if duty is None or names_as_gap(duty.school, missing=missing, excused=excused, unsigned=unsigned):
            return
        digest = None
        if level == 2 and organisation == duty.district and current is not None:
            digest = current.digest
        elif level == 3 and organisation == duty.bureau and duty.district not in unsigned:
            digest = self.below()
        if digest is not None:
            self._covering.append(_Covering(level=level, rollup=rollup, revision=revision, digest=digest))

    @event(RollupSigned)
    def _(self, rollup: str, revision: int) -> None:
        for each in self._of(rollup, revision):
            each.signed = True

    @event(RollupReturned)
    def _(self, rollup: str, revision: int) -> None:
        for each in self._of(rollup, revision):
            each.returned = True

    def _of(self, rollup: str, revision: int) -> list[_Covering]:
        return [each for each in self._covering if (each.rollup, each.revision) == (rollup, revision)]
