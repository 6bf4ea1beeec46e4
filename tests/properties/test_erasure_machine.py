"""Erasure under whatever happens in whatever order: proposals, approvals, holds, periods, time, shredding, restores.

Beside the commands runs a judge who keeps plain books and says beforehand whether a command is allowed. At the end
of every step: whatever an approval covers and was shredded is not among the living keys, whatever was restored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.erasure.adopt_retention import AdoptRetention
from domain.erasure.approve_erasure import ApproveErasure
from domain.erasure.decline_erasure import DeclineErasure
from domain.erasure.end_legal_hold import EndLegalHold
from domain.erasure.events import ErasureApproved, Ground, KeysDestroyed, SealedUnder
from domain.erasure.place_legal_hold import PlaceLegalHold
from domain.erasure.propose_key_erasure import ProposeKeyErasure
from domain.erasure.propose_person_erasure import ProposePersonErasure
from domain.erasure.record_destruction import RecordDestruction
from domain.ledger.command import Command
from domain.ledger.errors import WenzeError
from domain.ledger.event import Event
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting
from domain.registry.events import Appointed, OrganisationKind, OrganisationRegistered, Relieved, Role
from tests.given_when_then import boundary_of

SEALED = "ab" * 32
BEGAN = datetime(2020, 3, 1, tzinfo=UTC)
SCHOOL, OTHER = "school", "other-school"
OFFICERS = {"officer": ("o1", Role.SECTION_OFFICER), "both": ("b1", Role.SECTION_OFFICER)}
DISCIPLINE = {"discipline": ("d1", Role.DISCIPLINE), "both": ("b2", Role.DISCIPLINE)}
SUBJECTS = ("pupil", "teacher", "leaver", SCHOOL)
"""A pupil of the school's lists, somebody in office there, somebody who once was elsewhere, and the school itself."""
STANDS_WITH = {"pupil": (SCHOOL,)}
PURPOSES = ("name", "remarks")
KEYS = tuple(
    SealedUnder(subject=subject, purpose=purpose, term=term)
    for subject in SUBJECTS
    for purpose in PURPOSES
    for term in (2018, 2019, 2020)
)
REACHED_THROUGH = {"pupil": {SCHOOL}, "teacher": {SCHOOL}, "leaver": {OTHER}, SCHOOL: set[str]()}


@dataclass
class Proposal:
    by: str
    ground: Ground
    person: str | None
    keys: tuple[SealedUnder, ...]
    state: str = "open"


@dataclass
class Books:
    """What the judge writes down."""

    proposals: dict[str, Proposal] = field(default_factory=dict)
    holds: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    teacher_until: datetime | None = None

    def held(self, subject: str, now: datetime) -> bool:
        over = {subject} | REACHED_THROUGH[subject]
        return any(each in over and now < until for each, until in self.holds.values())

    def in_office(self, subject: str, now: datetime) -> bool:
        return subject == "teacher" and (self.teacher_until is None or now < self.teacher_until)

    def ripe(self, keys: tuple[SealedUnder, ...], ground: Ground, today: date) -> bool:
        over = all(key.term < today.year for key in keys)
        due = all(
            key.purpose in self.days and date(key.term, 12, 31) + timedelta(self.days[key.purpose]) < today
            for key in keys
        )
        return over and (ground is not Ground.RETENTION_OVER or due)


class Erasing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = BEGAN
        self.numbers: Iterator[int] = count(1)
        self.books = Books()
        self.living = set(KEYS)
        self.backup = set(KEYS)
        self.shredded: list[ErasureApproved] = []
        self.log: list[Event] = [
            OrganisationRegistered(
                organisation=each, kind=OrganisationKind.PRIMARY, code=each, name=each, parent="district",
                opened_on=date(2010, 9, 1), public=True,
            )
            for each in (SCHOOL, OTHER)
        ]  # fmt: skip
        offices = [
            *((person, *office, "bureau", None) for person, office in (*OFFICERS.items(), *DISCIPLINE.items())),
            ("registrar", "r1", Role.REGISTRAR, "bureau", None),
            ("teacher", "t1", Role.REPORTER, SCHOOL, None),
            ("leaver", "l1", Role.REPORTER, OTHER, BEGAN - timedelta(days=9)),
        ]
        self.log += [
            Appointed(
                appointment=appointment, person=person, role=role, organisation=where,
                valid_from=BEGAN - timedelta(days=99), valid_to=end,
            )
            for person, appointment, role, where, end in offices
        ]  # fmt: skip

    def acting(self, person: str, appointment: str) -> Acting:
        return Acting(person=person, appointment=appointment, at=self.now)

    def tried(self, command: Command) -> bool:
        """Whether the command was allowed; then its events are in the log."""
        query = boundary_of(command, self.log)
        for event in self.log:
            if query.matches(event.type_name, event.tags()):
                command.fold(event)
        try:
            command.execute()
        except WenzeError:
            return False
        self.log += command.recorded_events()
        return True

    @property
    def today(self) -> date:
        return business_date_of(self.now)

    @rule(days=st.sampled_from((1, 40, 400)))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(purpose=st.sampled_from(PURPOSES), days=st.sampled_from((1, 200, 900)))
    def adopt(self, purpose: str, days: int) -> None:
        command = AdoptRetention(acting=self.acting("registrar", "r1"), purpose=purpose, days=days, source="s")
        assert self.tried(command) is (self.books.days.get(purpose) != days)
        self.books.days[purpose] = days

    @rule(
        who=st.sampled_from(sorted(OFFICERS)),
        ground=st.sampled_from((Ground.RETENTION_OVER, Ground.UNLAWFUL)),
        keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True).map(tuple),
    )
    def propose_keys(self, who: str, ground: Ground, keys: tuple[SealedUnder, ...]) -> None:
        name = f"e{next(self.numbers)}"
        acting = self.acting(who, OFFICERS[who][0])
        allowed = self.books.ripe(keys, ground, self.today)
        assert self.tried(ProposeKeyErasure(acting=acting, erasure=name, ground=ground, keys=keys)) is allowed
        if allowed:
            self.books.proposals[name] = Proposal(who, ground, None, keys)

    @rule(who=st.sampled_from(sorted(OFFICERS)), person=st.sampled_from(SUBJECTS))
    def propose_person(self, who: str, person: str) -> None:
        name = f"e{next(self.numbers)}"
        acting = self.acting(who, OFFICERS[who][0])
        allowed = person != SCHOOL and not self.books.in_office(person, self.now)
        command = ProposePersonErasure(acting=acting, erasure=name, ground=Ground.CONSENT_WITHDRAWN, person=person)
        assert self.tried(command) is allowed
        if allowed:
            self.books.proposals[name] = Proposal(who, Ground.CONSENT_WITHDRAWN, person, ())

    @precondition(lambda self: self.books.proposals)
    @rule(
        data=st.data(),
        who=st.sampled_from(sorted(DISCIPLINE)),
        spare=st.sampled_from(((), ("teacher",), (SCHOOL, "pupil"))),
    )
    def approve(self, data: st.DataObject, who: str, spare: tuple[str, ...]) -> None:
        name = data.draw(st.sampled_from(sorted(self.books.proposals)))
        proposal = self.books.proposals[name]
        left = tuple(key for key in proposal.keys if key.subject not in spare)
        subjects = {key.subject for key in left} | ({proposal.person} if proposal.person else set())
        known = {key.subject for key in proposal.keys}
        allowed = (
            proposal.state == "open"
            and who != proposal.by
            and set(spare) <= known
            and bool(subjects)
            and self.books.ripe(left, proposal.ground, self.today)
            and not any(self.books.held(each, self.now) for each in subjects)
            and not any(key.purpose == "name" and self.books.in_office(key.subject, self.now) for key in left)
            and not (proposal.person and self.books.in_office(proposal.person, self.now))
        )
        acting = self.acting(who, DISCIPLINE[who][0])
        command = ApproveErasure(acting=acting, erasure=name, spare=spare, stands_with=STANDS_WITH)
        assert self.tried(command) is allowed
        if allowed:
            proposal.state, proposal.keys = "approved", left

    @precondition(lambda self: self.books.proposals)
    @rule(data=st.data(), who=st.sampled_from(sorted(DISCIPLINE)))
    def decline(self, data: st.DataObject, who: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.books.proposals)))
        proposal = self.books.proposals[name]
        command = DeclineErasure(acting=self.acting(who, DISCIPLINE[who][0]), erasure=name)
        assert self.tried(command) is (proposal.state == "open")
        if proposal.state == "open":
            proposal.state = "declined"

    @rule(over=st.sampled_from((*SUBJECTS, OTHER)), days=st.sampled_from((1, 500)))
    def hold(self, over: str, days: int) -> None:
        name, until = f"h{next(self.numbers)}", self.now + timedelta(days=days)
        acting = self.acting("discipline", "d1")
        assert self.tried(PlaceLegalHold(acting=acting, hold=name, over=over, until=until, reason=SEALED))
        self.books.holds[name] = (over, until)

    @precondition(lambda self: self.books.holds)
    @rule(data=st.data())
    def end_hold(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.books.holds)))
        over, until = self.books.holds[name]
        command = EndLegalHold(acting=self.acting("discipline", "d1"), hold=name)
        assert self.tried(command) is (self.now < until)
        self.books.holds[name] = (over, min(until, self.now))

    @precondition(lambda self: self.books.teacher_until is None)
    @rule()
    def relieve_the_teacher(self) -> None:
        self.log.append(Relieved(appointment="t1", person="teacher", organisation=SCHOOL, relieved_at=self.now))
        self.books.teacher_until = self.now

    @rule(dies=st.booleans())
    def shred(self, dies: bool) -> None:
        """As the eraser does: from the approvals of the log alone; it may die before it records."""
        approved = [event for event in self.log if isinstance(event, ErasureApproved)]
        self.living = {key for key in self.living if not any(_covers(each, key) for each in approved)}
        self.shredded = approved
        for each in () if dies else approved:
            recorded = any(isinstance(one, KeysDestroyed) and one.erasure == each.erasure for one in self.log)
            assert self.tried(RecordDestruction(erasure=each.erasure, keys=each.keys or ())) is not recorded

    @rule()
    def back_up(self) -> None:
        self.backup = set(self.living)

    @rule()
    def restore(self) -> None:
        """Whoever opens the vault shreds first, so nobody ever sees what a backup brought back."""
        self.living = set(self.backup)
        self.shred(dies=True)

    @invariant()
    def nothing_lives_that_was_shredded(self) -> None:
        assert not [key for key in self.living if any(_covers(each, key) for each in self.shredded)]

    @invariant()
    def everything_shredded_was_decided_by_two(self) -> None:
        by_judge = {name: each for name, each in self.books.proposals.items() if each.state == "approved"}
        approved = [event for event in self.log if isinstance(event, ErasureApproved)]
        assert {each.erasure for each in approved} == by_judge.keys()
        for each in approved:
            proposal = by_judge[each.erasure]
            assert each.approved_by != proposal.by
            assert (each.person, each.keys or ()) == (proposal.person, proposal.keys)
        gone = {key for key in KEYS if any(_covers(each, key) for each in approved)}
        assert set(KEYS) - self.living <= gone


def _covers(approved: ErasureApproved, key: SealedUnder) -> bool:
    return key.subject == approved.person or key in (approved.keys or ())


TestErasing = Erasing.TestCase
TestErasing.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
