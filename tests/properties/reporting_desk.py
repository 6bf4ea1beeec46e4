"""The reports of a day as they lie on a desk: the sheet that stands, the signatures on it, what is noted beside it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.reporting.events import DutyOpened, ReminderSent, ReportCorrected, ReportSigned, ReportSubmitted
from domain.signing.held_signature import HeldSignature

DayPlace = tuple[date, str]


def persons(person: str, on_behalf_of: str | None, held: HeldSignature | None = None) -> set[str]:
    """One side: who acted, for whom, and who attested that it was signed by hand."""
    attested = set() if held is None or held.paper is None else {held.paper.attested_by}
    return {person} | ({on_behalf_of} if on_behalf_of else set()) | attested


@dataclass
class Paper:
    """One duty with its report."""

    duty: DutyOpened
    open: bool = True
    over: bool = False
    heir: str | None = None
    digests: set[str] = field(default_factory=set)
    sheet: ReportSubmitted | ReportCorrected | None = None
    returned: bool = False
    stamps: dict[int, ReportSigned] = field(default_factory=dict)
    standing: list[str] = field(default_factory=list)
    """The digests from the submission on that what stands now began with."""
    acted: set[tuple[int, str]] = field(default_factory=set)
    hands: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Who ever had a hand in it at a level."""
    missed: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    revisions: int = 0
    attested: set[str] = field(default_factory=set)
    """The digests whose zero report is attested by a key."""
    relied_on: set[str] = field(default_factory=set)
    reminders: dict[str, ReminderSent] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)

    @property
    def is_untouched(self) -> bool:
        return self.sheet is None and not self.missed and not self.over

    @property
    def answering(self) -> str:
        return self.heir or self.duty.school

    @property
    def dues(self) -> tuple[datetime, datetime, datetime]:
        return (self.duty.due_1, self.duty.due_2, self.duty.due_3)

    def has_acted(self, level: int) -> bool:
        return any((level, digest) in self.acted for digest in self.standing)

    def child(self) -> list[str] | None:
        if self.sheet is None:
            return None
        stamp = self.stamps.get(2)
        return [self.duty.school, self.sheet.digest] + ([stamp.signature] if stamp else [])


class Desk:
    """All papers, and who stood where: whatever came first, nobody stands at two levels of one district's day."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.lifted: defaultdict[DayPlace, set[str]] = defaultdict(set)
        """Per day and organisation whose roll-up names them."""
        self.stood: defaultdict[tuple[date, str, int], set[str]] = defaultdict(set)
        self.signed_rollups: defaultdict[tuple[date, int, str], set[str]] = defaultdict(set)

    def open_papers(self, day: date, district: str | None = None) -> Sequence[Paper]:
        return [
            each
            for each in self.papers.values()
            if each.open and each.duty.business_date == day and district in (None, each.duty.district)
        ]

    def paper(self, report: str) -> Paper:
        assert report in self.papers, "nothing happens without a duty"
        assert self.papers[report].open, "nothing happens to what was lifted"
        return self.papers[report]

    def stands(self, day: date, level: int, district: str, acting: set[str]) -> None:
        """Whatever came first: who signed a roll-up does not act below it afterwards."""
        for (signed_day, above, organisation), signers in self.signed_rollups.items():
            if signed_day == day and above > level and (above == 3 or organisation == district):
                assert acting.isdisjoint(signers), f"level {above} signed {organisation}, then stood at level {level}"
        if level < 3:
            self.stood[day, district, level] |= acting
