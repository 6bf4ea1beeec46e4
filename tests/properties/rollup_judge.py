"""What must hold of every roll-up: its figures, its gaps, its root, who signed it."""

from collections import defaultdict
from dataclasses import dataclass, field

from domain.evidence.canonical_json import canonical_json
from domain.evidence.digest import merkle_root
from domain.reporting.digests import rollup_digest
from domain.reporting.events import RollupBuilt, RollupReturned, RollupSigned
from tests.properties.reporting_desk import Desk, persons


@dataclass
class Built:
    """One revision, with what it covers: digests by report, and the schools that owed when it was built."""

    event: RollupBuilt
    covers: dict[str, str] = field(default_factory=dict)
    owing: set[str] = field(default_factory=set)
    below: list["Built"] = field(default_factory=list)
    signed: RollupSigned | None = None
    returned: bool = False


class RollupJudge:
    """Reads the desk; ``take`` each event of a roll-up in order."""

    def __init__(self, origin: str, desk: Desk) -> None:
        self.origin = origin
        self.desk = desk
        self.built: defaultdict[str, list[Built]] = defaultdict(list)

    def signed_over(self, level: int, report: str, standing: list[str]) -> bool:
        """Whether a level ever signed a roll-up over what stands, be it sent back since."""
        return any(
            each.event.level == level and each.signed is not None and each.covers.get(report) in standing
            for revisions in self.built.values()
            for each in revisions
        )

    def covered_below(self, rollup: str, report: str) -> str | None:
        """The digest that the district's latest standing roll-up covers."""
        standing = self._standing(rollup)
        return None if standing is None else standing.covers.get(report)

    def take_built(self, event: RollupBuilt) -> None:
        earlier = self.built[event.rollup]
        assert event.revision == len(earlier) + 1, "revisions count without a gap"
        assert event.expected == event.covered + len(event.missing) + len(event.excused), "the counts add up"
        assert event.digest == rollup_digest(self.origin, event)
        standing = [each for each in earlier if each.signed is not None and not each.returned]
        days = {each.event.supplemented_on for each in standing} - {None}
        assert (event.supplemented_on is not None) == bool(standing), "a supplement follows a signature"
        assert event.supplemented_on not in days, "one signed a day"
        lifted = self.desk.lifted[event.business_date, event.organisation]
        assert set(event.not_owed) == lifted, "what was lifted is named, and nothing else"
        built = self._district(event) if event.level == 2 else self._bureau(event)
        earlier.append(built)

    def take_signed(self, event: RollupSigned) -> None:
        newest = self.built[event.rollup][-1]
        assert (event.revision, event.digest) == (newest.event.revision, newest.event.digest), "the newest is signed"
        assert newest.signed is None, "and once"
        assert not newest.returned, "and not when it was sent back"
        assert not any(each.returned for each in newest.below), "nor when what it covers was"
        assert event.level == newest.event.level
        day, organisation = newest.event.business_date, newest.event.organisation
        signing = persons(event.person, event.on_behalf_of, event.held)
        for (stood_day, district, level), stood in self.desk.stood.items():
            if stood_day == day and level < event.level and (event.level == 3 or district == organisation):
                assert signing.isdisjoint(stood), f"three levels, three persons: stood at level {level}"
        self.desk.stands(day, event.level, organisation, signing)
        self.desk.signed_rollups[day, event.level, organisation] |= signing
        newest.signed = event

    def take_returned(self, event: RollupReturned) -> None:
        newest = self.built[event.rollup][-1]
        assert (event.revision, event.digest) == (newest.event.revision, newest.event.digest), "the newest is returned"
        assert newest.event.level == 2, "the bureau's own goes nowhere back"
        assert event.level == 3, "level 3 returns"
        assert newest.signed is not None, "only a signed roll-up is returned"
        assert not newest.returned, "and once"
        newest.returned = True

    def _district(self, event: RollupBuilt) -> Built:
        papers = self.desk.open_papers(event.business_date, event.organisation)
        present = [each for each in papers if each.sheet is not None]
        absent = [each for each in papers if each.sheet is None]
        assert (event.expected, event.covered) == (len(papers), len(present))
        assert set(event.missing) == {each.duty.school for each in absent if 1 not in each.excused}
        assert set(event.excused) == {each.duty.school for each in absent if 1 in each.excused}
        assert set(event.unsigned) == {each.duty.school for each in present if 2 not in each.stamps}
        sums: defaultdict[str, int] = defaultdict(int)
        for each in present:
            for name, count in each.sheet.content.counts.items() if each.sheet else ():
                sums[name] += count
        assert event.sums == dict(sums), "the sums are those of the standing revisions"
        self._root(event, [child for each in present if (child := each.child()) is not None])
        covers = {each.duty.report: each.sheet.digest for each in present if each.sheet and 2 in each.stamps}
        return Built(event, covers, {each.duty.school for each in papers})

    def _bureau(self, event: RollupBuilt) -> Built:
        children: list[list[str]] = []
        missing, excused, unsigned, covers = set[str](), set[str](), set[str](), dict[str, str]()
        sums: defaultdict[str, int] = defaultdict(int)
        papers = self.desk.open_papers(event.business_date)
        districts: list[Built] = []
        for paper in papers:
            school, report = paper.duty.school, paper.duty.report
            below = self._standing(report.replace("f1.", "f2-f1.").replace(school, paper.duty.district))
            if below is None:
                missing.add(school)
                unsigned.add(paper.duty.district)
                continue
            assert below.signed is not None
            districts.append(below)
            child = [paper.duty.district, below.event.digest, below.signed.signature]
            if child not in children:
                children.append(child)
                for name, count in below.event.sums.items():
                    sums[name] += count
            if school in below.event.missing or school not in below.owing:
                missing.add(school)
            elif school in below.event.excused:
                excused.add(school)
            if school in below.event.unsigned:
                unsigned.add(school)
            if report in below.covers and school not in missing:
                covers[report] = below.covers[report]
        assert event.expected == len(papers), "every duty is accounted for"
        assert set(event.missing) == missing, "a gap of a district is a gap of the bureau"
        assert set(event.excused) == excused
        assert set(event.unsigned) == unsigned, "a district without a signed roll-up is named"
        assert event.sums == dict(sums), "the sums are those of the districts"
        self._root(event, children)
        return Built(event, covers, {each.duty.school for each in papers}, districts)

    def _standing(self, rollup: str) -> Built | None:
        valid = [each for each in self.built.get(rollup, []) if each.signed is not None and not each.returned]
        return valid[-1] if valid else None

    def _root(self, event: RollupBuilt, children: list[list[str]]) -> None:
        assert event.root == merkle_root([canonical_json(each) for each in sorted(children)]).hex()
