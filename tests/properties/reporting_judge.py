"""An independent reading of the ledger's reporting events: it asserts what must hold of every history.

It shares no fold with the commands. Each rule is written as an inspector would check it on paper: first whether who
acted was allowed to (``reporting_powers.py``), then whether it fits what lies on the desk.
"""

from collections import defaultdict
from datetime import timedelta

from domain.ledger.entry import Recorded
from domain.ledger.time import SHANGHAI
from domain.registry.events import EVENTS as REGISTRY_EVENTS
from domain.registry.events import Role
from domain.reporting import events as facts
from domain.reporting.digests import report_digest
from tests.properties.registry_reading import end_day
from tests.properties.reporting_desk import Desk, Paper, persons
from tests.properties.reporting_powers import Powers
from tests.properties.rollup_judge import RollupJudge
from tests.properties.seal_judge import SealJudge, is_of_a_key


class Judge:
    """``take`` every event in order; an AssertionError names what broke."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.powers = Powers()
        self.desk = Desk()
        self.rollups = RollupJudge(origin, self.desk)
        self.seals = SealJudge(origin, self.powers)
        self.seen: defaultdict[str, int] = defaultdict(int)
        self.forms: set[tuple[str, int]] = set()
        self.rules: list[facts.RulesAdopted] = []
        self.outages: set[str] = set()

    def take(self, recorded: Recorded, *, given: bool = False) -> None:
        """``given``: it was there before anybody acted; nobody is asked who did it."""
        event = recorded.event
        if isinstance(event, REGISTRY_EVENTS):
            self.powers.history.append((event, recorded.received_at))
            return
        if not given:
            self.seen[event.type_name] += 1
        if is_of_a_key(event):
            self.seals.take(recorded, given=given)
            return
        if not given:
            paper = self.desk.papers.get(getattr(event, "report", ""))
            duty, answering = (None, None) if paper is None else (paper.duty, paper.answering)
            self.powers.require(recorded, duty, answering)
        match event:
            case facts.FormPublished():
                assert (event.form, event.form_version) not in self.forms, "what was published never changes"
                self.forms.add((event.form, event.form_version))
            case facts.RulesAdopted():
                assert event.rules not in {each.rules for each in self.rules}, "rules have one name"
                assert (event.form, event.form_version) in self.forms, "rules are for a form that is there"
                assert given or event.effective_from >= recorded.received_at.astimezone(SHANGHAI).date()
                self.rules.append(event)
            case facts.OutageDeclared():
                assert event.outage not in self.outages, "declared once"
                assert event.began_at < event.ended_at <= event.grace_until
                assert event.began_at <= recorded.received_at, "not before it has begun"
                self.outages.add(event.outage)
            case facts.RollupBuilt():
                self.rollups.take_built(event)
            case facts.RollupSigned():
                self.seals.require(recorded)
                self.rollups.take_signed(event)
            case facts.RollupReturned():
                self.seals.require(recorded)
                self.rollups.take_returned(event)
            case facts.DutyOpened():
                self._opened(event, recorded)
            case _:
                self._about(self.desk.paper(getattr(event, "report", "")), recorded)

    def _about(self, paper: Paper, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case facts.DutyClosed():
                assert not paper.over, "a duty ends once"
                assert recorded.received_at > paper.duty.closes_at, "and not before its time"
                paper.over = True
            case facts.DutyLifted():
                self._lifted(event, paper)
            case facts.DutyInherited():
                self._inherited(event, paper, recorded)
            case facts.DutyExcused():
                self._excused(event, paper, recorded)
            case facts.DutyMissed():
                self._missed(event, paper, recorded)
            case facts.ReminderSent():
                self._reminded(event, paper, recorded)
            case facts.ReminderServed():
                sent = paper.reminders[event.reminder]
                assert event.reminder not in paper.served, "served once"
                assert event.served_to == sent.addressee, "to its addressee"
                assert sent.sent_at <= event.served_at <= recorded.received_at, "after it was sent"
                paper.served.add(event.reminder)
            case _:
                self._about_the_report(paper, recorded)

    def _about_the_report(self, paper: Paper, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case facts.ReportDrafted():
                pass  # fulfils nothing: whoever may file may draft
            case facts.ReportSubmitted() | facts.ReportCorrected():
                self._filed(event, paper)
            case facts.ReportWithdrawn():
                self._withdrawn(event, paper)
            case facts.ReportReturned() | facts.SignatureRefused():
                self._declined(event, paper, recorded)
            case facts.ReportSigned():
                self._signed(event, paper, recorded)
            case facts.ZeroAttested():
                self._attested(event, paper, recorded)
            case _:
                raise AssertionError(f"nobody judges {event.type_name}")

    def _opened(self, event: facts.DutyOpened, recorded: Recorded) -> None:
        paper = self.desk.papers.get(event.report)
        day = event.business_date
        assert paper is None or not paper.open, "one duty, opened once"
        assert abs(recorded.received_at.astimezone(SHANGHAI).date() - day) <= timedelta(days=7)
        assert self.powers.owes_on(event.school, day), "a site that is closed or at rest owes nothing"
        parents = self.powers.parents_on(day)
        assert (parents[event.school], parents[event.district]) == (event.district, event.bureau)
        _, _, in_force = max(
            (each.effective_from, number, each) for number, each in enumerate(self.rules) if each.effective_from <= day
        )
        assert (event.rules, event.form_version) == (in_force.rules, in_force.form_version), "the rules of the day"
        assert event.due_1 >= recorded.received_at + timedelta(hours=3), "nobody is accused by a late opening"
        assert event.due_1 < event.due_2 < event.due_3 <= event.closes_at
        if paper is None:
            self.desk.papers[event.report] = Paper(event)
        else:
            paper.duty, paper.open = event, True
        for organisation in (event.district, event.bureau):
            self.desk.lifted[day, organisation].discard(event.school)

    def _lifted(self, event: facts.DutyLifted, paper: Paper) -> None:
        duty = paper.duty
        assert not self.powers.owes_on(duty.school, duty.business_date), "what is owed is not lifted"
        assert paper.is_untouched, "nor what was answered, or of which an absence is on record"
        assert (event.person is None) == (event.reason is None), "a person says why"
        paper.open, paper.heir = False, None
        paper.missed, paper.excused = set(), set()
        for organisation in (duty.district, duty.bureau):
            self.desk.lifted[duty.business_date, organisation].add(duty.school)

    def _inherited(self, event: facts.DutyInherited, paper: Paper, recorded: Recorded) -> None:
        left = {
            end.organisation: (end_day(end), getattr(end, "heir", None) or getattr(end, "into", None))
            for end, _ in self.powers.history
            if end.type_name in ("SiteClosed", "SiteMerged")
        }
        assert paper.answering in left, "only what a closed site left is inherited"
        ended_on, heir = left[paper.answering]
        assert heir == event.heir, "the registry says who the heir is"
        assert ended_on <= recorded.received_at.astimezone(SHANGHAI).date(), "and not before it has ended"
        assert paper.sheet is None or paper.returned, "what was answered is not left"
        assert self.powers.owes_on(paper.duty.school, paper.duty.business_date), "nor what was never owed"
        paper.heir = event.heir

    def _excused(self, event: facts.DutyExcused, paper: Paper, recorded: Recorded) -> None:
        level = event.level
        assert recorded.received_at > paper.dues[level - 1], "nothing is late before it is due"
        assert level not in paper.excused, "excused once"
        assert level in paper.missed or (level == 1 and paper.sheet is None), "only an absence is excused"
        places = {paper.duty.district} if level == 2 else {paper.duty.school, paper.answering}
        for person in persons(event.person, event.on_behalf_of):
            assert person not in paper.hands[level], "nobody excuses the own act"
            assert not self.powers.held_since(person, level, places, paper.duty.business_date, recorded.received_at), (
                "nor the own omission"
            )
        paper.excused.add(level)

    def _missed(self, event: facts.DutyMissed, paper: Paper, recorded: Recorded) -> None:
        level = event.level
        assert level not in paper.missed, "missed once per level"
        assert event.deadline >= paper.dues[level - 1], "nobody is early late"
        assert recorded.received_at > event.deadline, "nothing is missed before its deadline"
        owed = self.powers.owes_on(paper.duty.school, paper.duty.business_date)
        assert owed or not paper.is_untouched, "what is not owed is not missed, it is lifted"
        assert level != 1 or paper.sheet is None, "what stands is not missed"
        if level > 1:
            assert paper.sheet is not None, "a level misses only what it was given"
            assert level - 1 in paper.stamps, "and signed by the level below"
        if event.rollup is None:
            assert level < 3, "level 3 signs the bureau's roll-up"
            assert level == 1 or not paper.has_acted(2), "what was acted upon is not missed"
        else:
            assert not self.rollups.signed_over(level, event.report, paper.standing), "nor what a roll-up covers"
        if level == 3:
            assert not paper.has_acted(3), "what level 3 sent back is not missed"
            district = ".".join((*str(event.rollup).split(".")[:2], paper.duty.district))
            below = self.rollups.covered_below(district, event.report)
            assert paper.sheet is not None
            assert below == paper.sheet.digest, "level 3 gets a report in its district's roll-up"
        paper.missed.add(level)

    def _filed(self, event: facts.ReportSubmitted | facts.ReportCorrected, paper: Paper) -> None:
        assert isinstance(event, facts.ReportCorrected) == (paper.sheet is not None), "one sheet, then corrections"
        if isinstance(event, facts.ReportCorrected) and paper.sheet is not None:
            assert event.supersedes == paper.sheet.digest, "a correction names what it supersedes"
        paper.revisions += 1
        assert event.revision == paper.revisions, "revisions count without a gap"
        assert (event.form, event.form_version) == (paper.duty.form, paper.duty.form_version), "on the duty's form"
        assert event.digest == report_digest(
            origin=self.origin,
            report=event.report,
            revision=event.revision,
            form=event.form,
            form_version=event.form_version,
            content=event.content,
        )
        preparing = persons(event.content.prepared_by, event.on_behalf_of)
        paper.digests.add(event.digest)
        paper.standing.append(event.digest)
        paper.hands[1] |= preparing
        paper.sheet, paper.stamps, paper.returned = event, {}, False
        self.desk.stands(paper.duty.business_date, 1, paper.duty.district, preparing)

    def _withdrawn(self, event: facts.ReportWithdrawn, paper: Paper) -> None:
        assert paper.sheet is not None, "only what stands is withdrawn"
        assert event.digest == paper.sheet.digest, "and it is named"
        assert not paper.returned, "what was returned is corrected"
        assert paper.sheet.digest not in paper.relied_on, "nothing is withdrawn that level 2 has signed"
        paper.sheet, paper.stamps, paper.standing = None, {}, []
        paper.excused.discard(1)

    def _declined(self, event: facts.ReportReturned | facts.SignatureRefused, paper: Paper, recorded: Recorded) -> None:
        assert paper.sheet is not None, "only what stands is declined"
        assert event.digest == paper.sheet.digest, "and the standing revision is named"
        assert not paper.returned, "what was returned is corrected first"
        assert event.level == 1 or event.level - 1 in paper.stamps, "no level is skipped"
        assert max(paper.stamps, default=0) <= event.level, "what the level above has signed is that level's"
        self.seals.require(recorded, rules=paper.duty.rules)
        below = paper.stamps.get(event.level - 1)
        assert event.below == (below.signature if below else None), "with the signature below"
        paper.acted.add((event.level, event.digest))
        paper.hands[event.level] |= persons(event.person, event.on_behalf_of, event.held)
        if isinstance(event, facts.ReportReturned):
            paper.stamps, paper.returned = {}, True
        else:
            assert event.level not in paper.stamps, "what is signed is not refused"

    def _signed(self, event: facts.ReportSigned, paper: Paper, recorded: Recorded) -> None:
        assert event.digest in paper.digests, "a signature names a revision that existed"
        assert paper.sheet is not None, "and nothing is signed that was withdrawn"
        assert event.digest == paper.sheet.digest, "and the one that stands"
        assert not paper.returned, "what was returned is corrected first"
        assert event.level in {1, 2} - paper.stamps.keys(), "each level once"
        below = paper.stamps.get(event.level - 1)
        assert event.level == 1 or below is not None, "no level is skipped"
        assert event.below == (below.signature if below else None), "a signature holds the one below"
        self.seals.require(recorded, rules=paper.duty.rules)
        signing = persons(event.person, event.on_behalf_of, event.held)
        preparing = persons(paper.sheet.content.prepared_by, paper.sheet.on_behalf_of)
        school = paper.duty.school
        alone = event.level == 1 and paper.answering == school and self.powers.exempt_through(school, recorded)
        assert alone or signing.isdisjoint(preparing), "who prepared does not sign"
        for stamp in paper.stamps.values():
            beside = persons(stamp.person, stamp.on_behalf_of, stamp.held)
            assert signing.isdisjoint(beside), "three levels, three persons"
        paper.stamps[event.level] = event
        paper.acted.add((event.level, event.digest))
        paper.hands[event.level] |= signing
        if event.level == 2:
            paper.relied_on.add(event.digest)
        self.desk.stands(paper.duty.business_date, event.level, paper.duty.district, signing)

    def _attested(self, event: facts.ZeroAttested, paper: Paper, recorded: Recorded) -> None:
        assert paper.sheet is not None, "only what stands is attested"
        assert event.digest == paper.sheet.digest, "and the one that stands"
        assert event.revision == paper.sheet.revision
        assert paper.sheet.content.nature is facts.Nature.ZERO, "a zero report"
        assert paper.sheet.content.prepared_by == event.person, "by who prepared it"
        assert not paper.returned, "what was returned is corrected first"
        assert event.digest not in paper.attested, "once"
        self.seals.require(recorded, rules=paper.duty.rules)
        paper.attested.add(event.digest)

    def _reminded(self, event: facts.ReminderSent, paper: Paper, recorded: Recorded) -> None:
        assert event.reminder not in paper.reminders, "sent once"
        assert max(paper.stamps, default=0) == event.level - 1, "a level is reminded of what it has and has not signed"
        roles, place = {Role.PRINCIPAL, Role.REPORTER}, paper.answering
        if event.level == 2:
            roles, place = {Role.DISTRICT_REVIEWER}, paper.duty.district
        assert self.powers.holds_any(event.addressee, roles, place, recorded.received_at), "who owes is reminded"
        paper.reminders[event.reminder] = event
