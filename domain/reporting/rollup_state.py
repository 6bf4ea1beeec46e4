"""What a roll-up of a day must cover, folded from everything tagged with its name.

A district's roll-up (level 2) covers the reports of every duty of its schools; the bureau's (level 3) covers the
districts' latest signed roll-ups, and knows every duty of the day itself, so that a district without a roll-up is a
gap by name. Because the command that builds a roll-up has exactly this boundary, no report and no gap can slip in
between the counting and the storing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.reporting.errors import NothingToRollUp
from domain.reporting.events import (
    Content,
    DutyExcused,
    DutyLifted,
    DutyOpened,
    ReportCorrected,
    ReportReturned,
    ReportSigned,
    ReportSubmitted,
    ReportWithdrawn,
    RollupBuilt,
    RollupReturned,
    RollupSigned,
)
from domain.reporting.identifiers import parts_of, rollup_id

Child = tuple[str, ...]
"""(organisation, digest, signature), or (organisation, digest) where the signature below is missing."""


@dataclass(slots=True)
class SchoolReport:
    """One duty as its district's roll-up sees it."""

    school: str
    district: str
    digest: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    signature: str | None = None
    excused: bool = False


@dataclass(slots=True, kw_only=True)
class BuiltRollup:
    """One built revision, the roll-up's own or a district's; ``picture`` is what stood below when it was built."""

    revision: int
    digest: str
    covered: int
    missing: tuple[str, ...]
    excused: tuple[str, ...]
    unsigned: tuple[str, ...]
    sums: dict[str, int]
    picture: dict[str, Child]
    supplemented_on: date | None
    signature: str | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a roll-up built now would say: ``expected`` = ``covered`` + missing + excused."""

    expected: int
    covered: int
    missing: tuple[str, ...]
    excused: tuple[str, ...]
    unsigned: tuple[str, ...]
    not_owed: tuple[str, ...]
    sums: dict[str, int]


class RollupState(Perspective):
    """One roll-up: what is below it, and its own revisions in ``built``."""

    def __init__(self, rollup: str) -> None:
        _, self.business_date, self.organisation = parts_of(rollup)
        self.form = ""
        """Of the duties that it is about."""
        self.rollup = rollup
        self.bureau: str | None = None
        self.reports: dict[str, SchoolReport] = {}
        self.lifted: set[str] = set()
        self.districts: dict[str, list[BuiltRollup]] = {}
        self.built: list[BuiltRollup] = []

    def consistency_boundary(self) -> Sequence[Selector]:
        """Everything that carries the roll-up's tag; drafts, absences and reminders do not change it."""
        return [Selector(types=type(self).projected_types, tags=[f"rollup:{self.rollup}"])]

    @property
    def level(self) -> int:
        """2 for a district's, 3 for the bureau's. Raises NothingToRollUp without any duty."""
        if self.bureau is None:
            raise NothingToRollUp(rollup=self.rollup)
        return 3 if self.bureau == self.organisation else 2

    @property
    def latest(self) -> BuiltRollup | None:
        """The newest revision."""
        return self.built[-1] if self.built else None

    @property
    def signed(self) -> BuiltRollup | None:
        """The newest revision that is signed and was not sent back."""
        return _standing(self.built)

    @property
    def is_outdated(self) -> bool:
        """Whether the newest revision no longer shows what stands below. Its signatures stay valid for what it says."""
        return self.latest is not None and bool(self.changed_since(self.latest))

    def changed_since(self, built: BuiltRollup) -> tuple[str, ...]:
        """The children that differ from those of a revision, sorted."""
        now = self.picture()
        names = now.keys() | built.picture.keys()
        return tuple(sorted(name for name in names if now.get(name) != built.picture.get(name)))

    def children(self) -> tuple[Child, ...]:
        """What the Merkle root is over: the present reports, or the districts' latest signed roll-ups."""
        if self.level == 2:
            return tuple(_child(each) for each in self.reports.values() if each.digest is not None)
        signed = ((district, self._signed(district)) for district in self._districts())
        return tuple((district, one.digest, one.signature or "") for district, one in signed if one is not None)

    def picture(self) -> dict[str, Child]:
        """Every child with what can change about it, the absent ones too."""
        if self.bureau is None:
            return {}
        if self.level == 2:
            return {
                each.school: (each.school, "excused") if each.digest is None and each.excused else _child(each)
                for each in self.reports.values()
            }
        present = {child[0]: child for child in self.children()}
        return {
            district: (*present.get(district, (district,)), *sorted(self._schools(district)))
            for district in self._districts()
        }

    def figures(self) -> Figures:
        """The counts and the gaps by name, sorted."""
        return self._district_figures() if self.level == 2 else self._bureau_figures()

    def _district_figures(self) -> Figures:
        present = [each for each in self.reports.values() if each.digest is not None]
        absent = [each for each in self.reports.values() if each.digest is None]
        sums: dict[str, int] = {}
        for each in present:
            _add(sums, each.counts)
        return Figures(
            expected=len(self.reports),
            covered=len(present),
            missing=tuple(sorted(each.school for each in absent if not each.excused)),
            excused=tuple(sorted(each.school for each in absent if each.excused)),
            unsigned=tuple(sorted(each.school for each in present if each.signature is None)),
            not_owed=tuple(sorted(self.lifted)),
            sums=sums,
        )

    def _bureau_figures(self) -> Figures:
        covered = 0
        missing: set[str] = set()
        excused: set[str] = set()
        unsigned: set[str] = set()
        sums: dict[str, int] = {}
        for district in self._districts():
            schools = self._schools(district)
            signed = self._signed(district)
            if signed is None:
                # Nothing of it has reached level 3 under a signature: all of it is a gap, each school by name.
                missing |= schools
                unsigned.add(district)
                continue
            # Of what it says, what is still owed; and the duties opened since it was built are gaps.
            gaps = schools & {*signed.missing, *(schools - signed.picture.keys())}
            missing |= gaps
            excused |= schools.intersection(signed.excused)
            covered += len(schools - gaps - set(signed.excused))
            unsigned |= schools.intersection(signed.unsigned)
            _add(sums, signed.sums)
        return Figures(
            expected=len(self.reports),
            covered=covered,
            missing=tuple(sorted(missing)),
            excused=tuple(sorted(excused)),
            unsigned=tuple(sorted(unsigned)),
            not_owed=tuple(sorted(self.lifted)),
            sums=sums,
        )

    def _districts(self) -> list[str]:
        return sorted({each.district for each in self.reports.values()})

    def _schools(self, district: str) -> set[str]:
        return {each.school for each in self.reports.values() if each.district == district}

    def _signed(self, district: str) -> BuiltRollup | None:
        """The district's latest revision that is signed and was not sent back."""
        return _standing(self.districts.get(district, []))

    @event(DutyOpened)
    def _(self, *, report: str, form: str, school: str, district: str, bureau: str, business_date: date) -> None:
        if self.rollup in (rollup_id(form, business_date, each) for each in (district, bureau)):
            self.bureau, self.form = bureau, form
            self.lifted.discard(school)
            self.reports[report] = SchoolReport(school=school, district=district)

    @event(DutyLifted)
    def _(self, report: str) -> None:
        lifted = self.reports.pop(report, None)
        if lifted is not None:
            self.lifted.add(lifted.school)

    @event(DutyExcused)
    def _(self, report: str, level: int) -> None:
        if level == 1 and report in self.reports:
            self.reports[report].excused = True

    @event(ReportSubmitted)
    def _(self, report: str, digest: str, content: Content) -> None:
        self._filed(report, digest, content)

    @event(ReportCorrected)
    def _(self, report: str, digest: str, content: Content) -> None:
        self._filed(report, digest, content)

    @event(ReportWithdrawn)
    def _(self, report: str) -> None:
        if report in self.reports:
            filed = self.reports[report]
            filed.digest, filed.counts, filed.signature = None, {}, None
            filed.excused = False  # what was excused was another absence

    @event(ReportSigned)
    def _(self, report: str, level: int, signature: str) -> None:
        if level == 2 and report in self.reports:
            self.reports[report].signature = signature

    @event(ReportReturned)
    def _(self, report: str) -> None:
        if report in self.reports:
            self.reports[report].signature = None

    @event(RollupBuilt)
    def _(
        self,
        *,
        rollup: str,
        parent: str,
        organisation: str,
        revision: int,
        covered: int,
        missing: tuple[str, ...],
        excused: tuple[str, ...],
        unsigned: tuple[str, ...],
        sums: dict[str, int],
        digest: str,
        supplemented_on: date | None,
    ) -> None:
        if self.rollup not in (rollup, parent):
            return
        own = rollup == self.rollup
        # Taken now: the events below it are folded in position order, so this is what the roll-up was built from.
        built = BuiltRollup(
            revision=revision,
            digest=digest,
            covered=covered,
            missing=missing,
            excused=excused,
            unsigned=unsigned,
            sums=sums,
            picture=self.picture() if own else {school: (school,) for school in self._schools(organisation)},
            supplemented_on=supplemented_on,
        )
        (self.built if own else self.districts.setdefault(organisation, [])).append(built)

    @event(RollupSigned)
    def _(self, rollup: str, revision: int, signature: str) -> None:
        for each in self._revisions_of(rollup):
            if each.revision == revision:
                each.signature = signature

    @event(RollupReturned)
    def _(self, rollup: str, revision: int) -> None:
        for each in self._revisions_of(rollup):
            if each.revision == revision:
                each.returned = True

    def _revisions_of(self, rollup: str) -> list[BuiltRollup]:
        return self.built if rollup == self.rollup else self.districts.get(parts_of(rollup)[2], [])

    def _filed(self, report: str, digest: str, content: Content) -> None:
        if report in self.reports:
            filed = self.reports[report]
            filed.digest, filed.counts, filed.signature = digest, content.counts, None


def _standing(revisions: Sequence[BuiltRollup]) -> BuiltRollup | None:
    return next((each for each in reversed(revisions) if each.signature is not None and not each.returned), None)


def _child(filed: SchoolReport) -> Child:
    if filed.digest is None:
        return (filed.school,)
    if filed.signature is None:
        return (filed.school, filed.digest)
    return (filed.school, filed.digest, filed.signature)


def _add(sums: dict[str, int], counts: dict[str, int]) -> None:
    for name, count in counts.items():
        sums[name] = sums.get(name, 0) + count
