"""An independent reading of the ledger's reporting events: it asserts what must hold of every history.

It shares no fold with the commands. Each rule is written as an inspector would check it on paper.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.evidence.canonical_json import canonical_json
from domain.evidence.digest import merkle_root
from domain.ledger.event import Event
from domain.reporting.digests import report_digest, rollup_digest, signature_digest
from domain.reporting.events import (
    DutyExcused,
    DutyMissed,
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


def persons(person: str, on_behalf_of: str | None) -> set[str]:
    return {person} | ({on_behalf_of} if on_behalf_of else set())


@dataclass
class Paper:
    """One report as it lies on the desk: the sheet that stands now and the signatures on it."""

    duty: DutyOpened
    digests: set[str] = field(default_factory=set)
    sheet: ReportSubmitted | ReportCorrected | None = None
    returned: bool = False
    stamps: dict[int, ReportSigned] = field(default_factory=dict)
    excused: bool = False
    missed: set[int] = field(default_factory=set)
    revisions: int = 0
    relied_on: set[str] = field(default_factory=set)

    def child(self) -> list[str] | None:
        if self.sheet is None:
            return None
        stamp = self.stamps.get(2)
        return [self.duty.school, self.sheet.digest] + ([stamp.signature] if stamp else [])


class Judge:
    """``take`` every event in order; an AssertionError names what broke."""

    def __init__(self, origin: str, exempt: set[str], offices: Mapping[tuple[int, str], set[str]]) -> None:
        """``offices``: who holds one at a level in a place."""
        self.offices = offices
        self.origin = origin
        self.exempt = exempt
        self.papers: dict[str, Paper] = {}
        self.stood: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        self.signed_rollups: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        self.built: defaultdict[str, list[RollupBuilt]] = defaultdict(list)
        self.rollup_signed: dict[tuple[str, int], RollupSigned] = {}
        self.rollup_returned: set[tuple[str, int]] = set()
        self.seen: defaultdict[str, int] = defaultdict(int)

    def take(self, event: Event) -> None:
        self.seen[event.type_name] += 1
        match event:
            case DutyOpened():
                assert event.report not in self.papers, "one duty, opened once"
                self.papers[event.report] = Paper(event)
            case ReportSubmitted() | ReportCorrected():
                self._filed(event)
            case ReportWithdrawn():
                paper = self.papers[event.report]
                assert paper.sheet is not None, "only what stands is withdrawn"
                assert not paper.returned, "what was returned is corrected"
                assert paper.sheet.digest not in paper.relied_on, "nothing is withdrawn that level 2 has signed"
                paper.sheet, paper.stamps, paper.returned = None, {}, False
                paper.excused = False
            case ReportReturned():
                paper = self.papers[event.report]
                assert paper.sheet is not None, "only what stands is returned"
                assert paper.sheet.digest == event.digest, "a return names the standing revision"
                assert event.level == 1 or event.level - 1 in paper.stamps, "a return skips no level"
                paper.stamps, paper.returned = {}, True
            case ReportSigned():
                self._signed(event)
            case DutyMissed():
                paper = self.papers[event.report]
                assert event.level not in paper.missed, "missed once per level"
                assert event.level != 1 or paper.sheet is None, "what stands is not missed"
                assert event.level == 1 or event.level - 1 in paper.stamps, "a level misses only what it was given"
                assert event.level not in paper.stamps, "what is signed is not missed"
                paper.missed.add(event.level)
            case DutyExcused():
                self._excused(event)
            case RollupBuilt():
                self._rolled_up(event)
            case RollupSigned():
                self._rollup_signed(event)
            case RollupReturned():
                assert (event.rollup, event.revision) in self.rollup_signed, "only a signed roll-up is returned"
                self.rollup_returned.add((event.rollup, event.revision))
            case _:
                pass

    def _excused(self, event: DutyExcused) -> None:
        paper = self.papers[event.report]
        untouched = paper.sheet is None if event.level == 1 else 1 in paper.stamps and 2 not in paper.stamps
        assert event.level in paper.missed or untouched, "only an absence is excused"
        place = paper.duty.school if event.level == 1 else paper.duty.district
        excusing = persons(event.person, event.on_behalf_of)
        assert excusing.isdisjoint(self.offices.get((event.level, place), set())), "nobody excuses the own omission"
        if event.level == 1:
            paper.excused = True

    def _filed(self, event: ReportSubmitted | ReportCorrected) -> None:
        paper = self.papers[event.report]
        assert isinstance(event, ReportCorrected) == (paper.sheet is not None), "one sheet, then corrections"
        if isinstance(event, ReportCorrected) and paper.sheet is not None:
            assert event.supersedes == paper.sheet.digest, "a correction names what it supersedes"
        paper.revisions += 1
        assert event.revision == paper.revisions, "revisions count without a gap"
        assert event.digest == report_digest(
            origin=self.origin,
            report=event.report,
            revision=event.revision,
            form=event.form,
            form_version=event.form_version,
            content=event.content,
        )
        paper.digests.add(event.digest)
        paper.sheet, paper.stamps, paper.returned = event, {}, False
        self._stands(1, paper.duty.district, persons(event.content.prepared_by, event.on_behalf_of))

    def _signed(self, event: ReportSigned) -> None:
        paper = self.papers[event.report]
        assert event.digest in paper.digests, "a signature names a revision that existed"
        assert paper.sheet is not None, "and nothing is signed that was withdrawn"
        assert event.digest == paper.sheet.digest, "and the one that stands"
        assert not paper.returned, "what was returned is corrected first"
        assert event.level in {1, 2} - paper.stamps.keys(), "each level once"
        below = paper.stamps.get(event.level - 1)
        assert event.level == 1 or below is not None, "no level is skipped"
        assert event.below == (below.signature if below else None), "a signature holds the one below"
        assert event.signature == signature_digest(
            origin=self.origin,
            digest=event.digest,
            level=event.level,
            appointment=event.appointment,
            nonce=event.nonce,
            below=event.below,
            rules=paper.duty.rules,
        )
        signing = persons(event.person, event.on_behalf_of)
        preparing = persons(paper.sheet.content.prepared_by, paper.sheet.on_behalf_of)
        if event.level == 2 or paper.duty.school not in self.exempt:
            assert signing.isdisjoint(preparing), "who prepared does not sign"
        for stamp in paper.stamps.values():
            assert signing.isdisjoint(persons(stamp.person, stamp.on_behalf_of)), "three levels, three persons"
        paper.stamps[event.level] = event
        if event.level == 2:
            paper.relied_on.add(event.digest)
        self._stands(event.level, paper.duty.district, signing)

    def _stands(self, level: int, district: str, acting: set[str]) -> None:
        """Whatever came first: who signed a roll-up does not act below it afterwards."""
        for (above, organisation), signers in self.signed_rollups.items():
            if above > level and (above == 3 or organisation == district):
                assert acting.isdisjoint(signers), f"level {above} signed {organisation}, then stood at level {level}"
        if level < 3:
            self.stood[district, level] |= acting

    def _rolled_up(self, event: RollupBuilt) -> None:
        earlier = self.built[event.rollup]
        assert event.revision == len(earlier) + 1, "revisions count without a gap"
        assert event.expected == event.covered + len(event.missing) + len(event.excused), "the counts add up"
        assert event.digest == rollup_digest(self.origin, event)
        standing = [
            each
            for each in earlier
            if (event.rollup, each.revision) in self.rollup_signed
            and (event.rollup, each.revision) not in self.rollup_returned
        ]
        assert (event.supplemented_on is not None) == bool(standing), "a supplement follows a signature"
        assert event.supplemented_on not in {each.supplemented_on for each in standing} - {None}, "one signed a day"
        if event.level == 2:
            self._district(event)
        else:
            self._bureau(event)
        earlier.append(event)

    def _district(self, event: RollupBuilt) -> None:
        papers = [each for each in self.papers.values() if each.duty.district == event.organisation]
        present = [each for each in papers if each.sheet is not None]
        absent = [each for each in papers if each.sheet is None]
        assert (event.expected, event.covered) == (len(papers), len(present))
        assert set(event.missing) == {each.duty.school for each in absent if not each.excused}
        assert set(event.excused) == {each.duty.school for each in absent if each.excused}
        assert set(event.unsigned) == {each.duty.school for each in present if 2 not in each.stamps}
        sums: defaultdict[str, int] = defaultdict(int)
        for each in present:
            for name, count in each.sheet.content.counts.items() if each.sheet else ():
                sums[name] += count
        assert event.sums == dict(sums), "the sums are those of the standing revisions"
        self._root(event, [child for each in present if (child := each.child()) is not None])

    def _bureau(self, event: RollupBuilt) -> None:
        children, covered = [], 0
        for district in {each.duty.district for each in self.papers.values()}:
            valid = [
                (built, self.rollup_signed[built.rollup, built.revision])
                for rollup in list(self.built)
                for built in self.built[rollup]
                if built.organisation == district
                and (built.rollup, built.revision) in self.rollup_signed
                and (built.rollup, built.revision) not in self.rollup_returned
            ]
            if not valid:
                assert district in event.unsigned, "a district without a signed roll-up is named"
                schools = {each.duty.school for each in self.papers.values() if each.duty.district == district}
                assert schools <= set(event.missing), "and all its schools are gaps"
                continue
            built, signed = valid[-1]
            covered += built.covered
            assert set(built.missing) <= set(event.missing), "a gap of a district is a gap of the bureau"
            assert set(built.unsigned) <= set(event.unsigned)
            children.append([district, built.digest, signed.signature])
        assert (event.expected, event.covered) == (len(self.papers), covered)
        self._root(event, children)

    def _root(self, event: RollupBuilt, children: list[list[str]]) -> None:
        assert event.root == merkle_root([canonical_json(each) for each in sorted(children)]).hex()

    def _rollup_signed(self, event: RollupSigned) -> None:
        newest = self.built[event.rollup][-1]
        assert (event.revision, event.digest) == (newest.revision, newest.digest), "the newest revision is signed"
        assert (event.rollup, event.revision) not in self.rollup_signed, "and once"
        signing = persons(event.person, event.on_behalf_of)
        if event.level == 2:
            assert signing.isdisjoint(self.stood[newest.organisation, 1]), "three levels, three persons"
        else:
            for below, stood in self.stood.items():
                assert signing.isdisjoint(stood), f"level 3 stood at {below}"
        self._stands(event.level, newest.organisation, signing)
        self.signed_rollups[event.level, newest.organisation] |= signing
        self.rollup_signed[event.rollup, event.revision] = event
