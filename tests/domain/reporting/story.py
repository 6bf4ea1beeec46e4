"""A small city in which the tests of reporting happen: one bureau, two districts, three schools.

``Story`` keeps the history of facts. A command sees of it exactly what its boundary selects, as in production.
"""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from domain.evidence.statement import Decision, Examined, Statement, statement
from domain.ledger.command import Command
from domain.ledger.errors import WenzeError
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.authority import Acting
from domain.registry.events import (
    Appointed,
    BureauFounded,
    CalendarName,
    ClassRoster,
    DelegationGranted,
    OrganisationKind,
    OrganisationRegistered,
    Role,
    RosterDeclared,
    SmallSiteExempted,
)
from domain.registry.organisation import Roster
from domain.reporting.adopt_rules import SCHOOLS
from domain.reporting.attest_zero import AttestZero
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.correct_report import CorrectReport
from domain.reporting.events import ClassRow, Content, DutyOpened, Nature, ReportSubmitted, RulesAdopted, Source
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import report_id, rollup_id
from domain.reporting.open_duties import OpenDuties
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.report_state import ReportState
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.reporting.submit_report import SubmitReport
from tests.given_when_then import boundary_of, given
from tests.keys import enrolled, held

ORIGIN = "test/log"
DAY = date(2020, 2, 9)
REASON = "ab" * 32
EXAMINED: Examined = "examined"


def uuid(number: int) -> str:
    """A readable id: the number at the end."""
    return f"00000000-0000-7000-8000-{number:012d}"


BUREAU, SECTION, NORTH, SOUTH = uuid(1), uuid(2), uuid(3), uuid(4)
SCHOOL, SMALL, FAR = uuid(11), uuid(12), uuid(13)
DISTRICT_OF = {SCHOOL: NORTH, SMALL: NORTH, FAR: SOUTH}

REPORTER, PRINCIPAL, REVIEWER, OFFICER, REGISTRAR = uuid(101), uuid(102), uuid(103), uuid(104), uuid(105)
SMALL_PRINCIPAL, FAR_REPORTER, FAR_PRINCIPAL, FAR_REVIEWER = uuid(106), uuid(107), uuid(108), uuid(109)
DELEGATE, TEACHER, SMALL_REPORTER, SECOND_REVIEWER = uuid(110), uuid(111), uuid(112), uuid(113)

REPORT = report_id("F1", DAY, SCHOOL)
SMALL_REPORT = report_id("F1", DAY, SMALL)
FAR_REPORT = report_id("F1", DAY, FAR)
NORTH_ROLLUP, SOUTH_ROLLUP, BUREAU_ROLLUP = (rollup_id("F1", DAY, each) for each in (NORTH, SOUTH, BUREAU))
DUE_1, DUE_2, DUE_3 = (at_shanghai(DAY, clock) for clock in ("15:00", "16:00", "17:00"))
CLOSES = at_shanghai(DAY + timedelta(days=1), "12:00")
LONG_AGO = datetime(2019, 9, 1, tzinfo=UTC)
MORNING = at_shanghai(DAY, "06:00")
NOON = at_shanghai(DAY, "12:00")
EVENING = at_shanghai(DAY, "20:00")

CLASSES = (ClassRoster(class_id="1-1", grade=1, students=30), ClassRoster(class_id="1-2", grade=1, students=28))
ROSTER = Roster(as_of=date(2020, 1, 20), staff=4, classes=CLASSES)
COUNTS = {
    "roster_total": 62,
    "students_total": 58,
    "staff_total": 4,
    "hubei_registered": 0,
    "outside_city": 3,
    "returned_today": 0,
    "dissuaded_today": 0,
    "home_observation": 0,
    "central_quarantine": 0,
    "fever_or_cough": 0,
    "suspected": 0,
    "confirmed": 0,
    "classes_expected": 2,
    "classes_reported": 2,
}

OFFICES = {
    (REPORTER, Role.REPORTER, SCHOOL): uuid(201),
    (PRINCIPAL, Role.PRINCIPAL, SCHOOL): uuid(202),
    (REVIEWER, Role.DISTRICT_REVIEWER, NORTH): uuid(203),
    (OFFICER, Role.SECTION_OFFICER, SECTION): uuid(204),
    (REGISTRAR, Role.REGISTRAR, BUREAU): uuid(205),
    (SMALL_PRINCIPAL, Role.PRINCIPAL, SMALL): uuid(206),
    (FAR_REPORTER, Role.REPORTER, FAR): uuid(207),
    (FAR_PRINCIPAL, Role.PRINCIPAL, FAR): uuid(208),
    (FAR_REVIEWER, Role.DISTRICT_REVIEWER, SOUTH): uuid(209),
    (SMALL_REPORTER, Role.REPORTER, SMALL): uuid(212),
    (SECOND_REVIEWER, Role.DISTRICT_REVIEWER, NORTH): uuid(213),
}
HOLDERS = {appointment: person for (person, _, _), appointment in OFFICES.items()}
OFFICE_OF = {person: appointment for (person, _, _), appointment in OFFICES.items()}


def acting(person: str, at: datetime = NOON, appointment: str | None = None, delegation: str | None = None) -> Acting:
    """A person in the own office, unless another appointment is named."""
    return Acting(person=person, appointment=appointment or OFFICE_OF[person], at=at, delegation=delegation)


def appointed(person: str, role: Role, organisation: str, appointment: str) -> Appointed:
    """An open appointment from long ago."""
    return Appointed(appointment=appointment, person=person, role=role, organisation=organisation, valid_from=LONG_AGO)


def exemption(site: str = SMALL) -> SmallSiteExempted:
    """The small site's exemption, open."""
    return SmallSiteExempted(organisation=site, valid_from=LONG_AGO, reason=REASON)


def delegation(holder: str, role: Role, organisation: str, delegate: str = DELEGATE, name: str = uuid(301)) -> Event:
    """The holder lets another person act under the own office."""
    return DelegationGranted(
        delegation=name,
        appointment=OFFICE_OF[holder],
        organisation=organisation,
        role=role,
        holder=holder,
        delegate=delegate,
        valid_from=LONG_AGO,
        valid_to=EVENING + timedelta(days=30),
    )


def row(class_id: str, present: int, absent: int = 0) -> ClassRow:
    """What a class reported."""
    return ClassRow(
        class_id=class_id,
        given_by=TEACHER,
        source=Source.TEACHER,
        given_at=at_shanghai(DAY, "09:00"),
        present=present,
        absent=absent,
    )


def content(prepared_by: str = REPORTER, **changes: Any) -> Content:
    """A correct zero report; ``counts`` are merged into the usual ones."""
    counts = COUNTS | changes.pop("counts", {})
    plain = Content(
        nature=Nature.ZERO,
        zero_attestation=True,
        counts=counts,
        flags={},
        choices={},
        classes=(row("1-1", 29, 1), row("1-2", 28)),
        missing_classes=(),
        prepared_by=prepared_by,
    )
    return msgspec.structs.replace(plain, **changes)


def positive(prepared_by: str = REPORTER, **changes: Any) -> Content:
    """A correct positive report: two people under observation at home."""
    counts = {"home_observation": 2} | changes.pop("counts", {})
    return content(prepared_by, nature=Nature.POSITIVE, zero_attestation=False, counts=counts, **changes)


def rules(name: str = "r1", effective_from: date = DAY, first: str = "15:00") -> RulesAdopted:
    """Rules with the usual deadlines."""
    return RulesAdopted(
        rules=name,
        form="F1",
        form_version=1,
        effective_from=effective_from,
        deadlines=(first, "16:00", "17:00"),
        closes="12:00",
        closes_after_days=1,
        calendar=CalendarName.DAILY,
        owed_by=SCHOOLS,
    )


def opened(school: str = SCHOOL) -> DutyOpened:
    """A school's duty of the day."""
    return DutyOpened(
        report=report_id("F1", DAY, school),
        form="F1",
        form_version=1,
        school=school,
        district=DISTRICT_OF[school],
        bureau=BUREAU,
        business_date=DAY,
        rules="r1",
        due_1=DUE_1,
        due_2=DUE_2,
        due_3=DUE_3,
        closes_at=CLOSES,
    )


def registry() -> tuple[Event, ...]:
    """The city's organisations, rosters and offices, and everybody's key."""
    kinds = {SCHOOL: OrganisationKind.PRIMARY, SMALL: OrganisationKind.KINDERGARTEN, FAR: OrganisationKind.JUNIOR}
    return (
        BureauFounded(bureau=BUREAU, name="bureau"),
        *(_registered(each, OrganisationKind.DISTRICT, BUREAU) for each in (NORTH, SOUTH)),
        _registered(SECTION, OrganisationKind.SECTION, BUREAU),
        *(_registered(school, kind, DISTRICT_OF[school]) for school, kind in kinds.items()),
        *(RosterDeclared(organisation=school, as_of=date(2020, 1, 20), staff=4, classes=CLASSES) for school in kinds),
        *(appointed(person, role, place, name) for (person, role, place), name in OFFICES.items()),
        *(enrolled(person) for person in (*OFFICE_OF, DELEGATE, TEACHER)),
    )


def _registered(organisation: str, kind: OrganisationKind, parent: str) -> OrganisationRegistered:
    return OrganisationRegistered(
        organisation=organisation,
        kind=kind,
        code=f"c{organisation[-3:]}",
        name=organisation[-3:],
        parent=parent,
        opened_on=date(2010, 9, 1),
        public=True,
    )


def opens(person: str | None = None, **changes: Any) -> OpenDuties:
    """The command of opening two duties of the north; without a person, by the service."""
    arguments: dict[str, Any] = {
        "acting": None if person is None else acting(person),
        "at": MORNING,
        "business_date": DAY,
        "form": "F1",
        "district": NORTH,
        "schools": (SCHOOL, SMALL),
    }
    return OpenDuties(**arguments | changes)


class Story:
    """A history that grows by commands. Each method that acts answers with the last event it recorded."""

    def __init__(self, *more: Event, duties: tuple[str, ...] = (SCHOOL,)) -> None:
        self.history: list[Event] = [*registry(), F1, rules(), *(opened(school) for school in duties), *more]
        self._nonces = itertools.count(1)

    def seen_by(self, command: Command) -> list[Event]:
        """What the command's boundary selects."""
        query = boundary_of(command, self.history)
        return [each for each in self.history if query.matches(each.type_name, each.tags())]

    def does(self, command: Command) -> Any:
        """Carry the command out."""
        recorded = given(*self.seen_by(command)).when(command).records()
        self.history.extend(recorded)
        return recorded[-1]

    def refuses(self, command: Command, error: type[WenzeError], **details: Any) -> None:
        """The command is refused, and nothing is recorded."""
        given(*self.seen_by(command)).when(command).refuses_with(error, **details)

    def filed(
        self, person: str = REPORTER, report: str = REPORT, at: datetime = NOON, said: Content | None = None
    ) -> ReportSubmitted:
        """The person files a report."""
        said = said or content(person)
        command = SubmitReport(acting=acting(person, at), origin=ORIGIN, report=report, content=said)
        filed: ReportSubmitted = self.does(command)
        return filed

    def corrected(self, person: str = REPORTER, report: str = REPORT, at: datetime = NOON) -> Any:
        """The person corrects a report: four people outside the city, not three."""
        said = content(person, counts={"outside_city": 4})
        return self.does(
            CorrectReport(acting=acting(person, at), origin=ORIGIN, report=report, content=said, reason=REASON)
        )

    def state(self, report: str = REPORT) -> ReportState:
        """The report as it stands."""
        state = ReportState(report)
        for event in self.history:
            event.mutate(state)
        return state

    def states(self, by: Acting, decision: Decision, level: int, digest: str, subject: str, **said: Any) -> Statement:
        """What the person is shown and signs, with a new nonce."""
        about: dict[str, Any] = {}
        if subject.startswith("f1."):
            state = self.state(subject)
            below = state.valid.get(level - 1)
            about = {
                "below": None if below is None else below.signature,
                "rules": None if state.opened is None else state.opened.rules,
            }
        return statement(
            origin=ORIGIN,
            digest=digest,
            level=level,
            decision=decision,
            appointment=by.appointment,
            nonce=f"nonce-{next(self._nonces)}",
            delegation=by.delegation,
            **about,
            **said,
        )

    def held(self, by: Acting, decision: Decision, level: int, digest: str, subject: str, **said: Any) -> Any:
        """The signature of the person, with what a command takes beside it."""
        signed = self.states(by, decision, level, digest, subject, **said)
        return {"origin": ORIGIN, "nonce": signed["nonce"], "held": held(by.person, signed)}

    def signs(self, person: str, level: int, digest: str, report: str = REPORT, **acts: Any) -> SignReport:
        """The command of signing."""
        by, examined = acting(person, **acts), EXAMINED if level > 1 else None
        signing = self.held(by, "sign", level, digest, report, examined=examined)
        return SignReport(acting=by, report=report, level=level, digest=digest, examined=examined, **signing)

    def declines(
        self,
        act: type[ReturnReport | RefuseSignature],
        person: str,
        level: int,
        digest: str,
        section: str | None = None,
        **acts: Any,
    ) -> ReturnReport | RefuseSignature:
        """The command of returning, or of refusing to sign."""
        by = acting(person, **acts)
        decision: Decision = "return" if act is ReturnReport else "refuse"
        signing = self.held(by, decision, level, digest, REPORT, reason=REASON)
        return act(acting=by, report=REPORT, level=level, digest=digest, reason=REASON, section=section, **signing)

    def attests(self, digest: str, person: str = REPORTER, report: str = REPORT, **acts: Any) -> AttestZero:
        """The command of attesting a zero report."""
        by = acting(person, **acts)
        signing = self.held(by, "attest_zero", 0, digest, report)
        return AttestZero(acting=by, report=report, digest=digest, **signing)

    def signed(self, person: str, level: int, digest: str, report: str = REPORT, **acts: Any) -> Any:
        """The person signs."""
        return self.does(self.signs(person, level, digest, report, **acts))

    def builds(
        self, person: str = REVIEWER, rollup: str = NORTH_ROLLUP, at: datetime = DUE_2, section: str | None = None
    ) -> BuildRollup:
        """The command of building a roll-up."""
        return BuildRollup(acting=acting(person, at), origin=ORIGIN, rollup=rollup, section=section)

    def signs_rollup(
        self,
        digest: str,
        person: str = REVIEWER,
        rollup: str = NORTH_ROLLUP,
        section: str | None = None,
        **acts: Any,
    ) -> SignRollup:
        """The command of signing a roll-up."""
        by, level = acting(person, **acts), 3 if rollup == BUREAU_ROLLUP else 2
        signing = self.held(by, "sign", level, digest, rollup, examined=EXAMINED)
        return SignRollup(acting=by, rollup=rollup, digest=digest, examined=EXAMINED, section=section, **signing)

    def returns_rollup(
        self, digest: str, person: str = OFFICER, rollup: str = NORTH_ROLLUP, section: str | None = SECTION
    ) -> ReturnRollup:
        """The command of sending a roll-up back."""
        by = acting(person)
        signing = self.held(by, "return", 3, digest, rollup, reason=REASON)
        return ReturnRollup(acting=by, rollup=rollup, digest=digest, reason=REASON, section=section, **signing)
