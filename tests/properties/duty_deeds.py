"""What is tried with duties: opened, closed, handed over, missed, reminded of; and with forms, rules and outages."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import hypothesis.strategies as st
import msgspec
from hypothesis.stateful import rule

from domain.ledger.errors import Refusal
from domain.ledger.query import boundary_query
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting
from domain.reporting.adopt_rules import AdoptRules
from domain.reporting.close_duty import CloseDuty
from domain.reporting.declare_outage import DeclareOutage
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import rollup_id
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.open_duties import OpenDuties
from domain.reporting.publish_form import PublishForm
from domain.reporting.record_missed import RecordMissed
from domain.reporting.send_reminder import SendReminder
from domain.reporting.serve_reminder import CALLED, OPENED, ServeReminder
from domain.reporting.standing import standing
from domain.reporting.timeliness import Windows
from tests.domain.reporting.story import (
    BUREAU,
    BUREAU_ROLLUP,
    DAY,
    DISTRICT_OF,
    FAR,
    FAR_REPORTER,
    NOON,
    NORTH,
    OFFICER,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECTION,
    SMALL,
    SMALL_REPORTER,
    SOUTH,
    rules,
    uuid,
)
from tests.properties.reporting_city import HELD, OF_PERSON, PEOPLE, POSERS, REPORTS, Attempt, Office, ReportingCity

MAY = [OF_PERSON[OFFICER], OF_PERSON[REGISTRAR]]
OFFICERS = st.sampled_from(MAY)
REMINDING = st.sampled_from([OF_PERSON[REVIEWER], OF_PERSON[OFFICER]])
ANYBODY = st.sampled_from(HELD) | st.sampled_from(POSERS)
BODIES = (NORTH, SOUTH, SCHOOL, SMALL, FAR, SECTION, BUREAU)
REPORTER_OF = {SCHOOL: REPORTER, SMALL: SMALL_REPORTER, FAR: FAR_REPORTER}
REMINDERS = (uuid(501), uuid(502), uuid(503))
a_report, a_body = st.sampled_from(REPORTS), st.sampled_from(BODIES)


class DutiesChange(ReportingCity):
    """Duties begin, end and are minded, by the clock and by whoever thinks that it is theirs to do."""

    def _by(self, office: Office | None) -> Acting | None:
        return None if office is None else office.acting(self.clock.instant)

    @rule(by=st.none() | OFFICERS | ANYBODY, report=a_report)
    def a_duty_is_closed(self, by: Office | None, report: str) -> None:
        acting, at = self._by(by), self.clock.instant
        reason = None if acting is None else REASON
        self._try(Attempt(acting, lambda: CloseDuty(acting=acting, at=at, report=report, reason=reason)))

    @rule(
        by=st.none() | OFFICERS | ANYBODY,
        days=st.just(0) | st.integers(-9, 9),
        district=st.sampled_from((NORTH, SOUTH)) | a_body,
        schools=st.just((SCHOOL, SMALL, FAR)) | st.lists(a_body, max_size=4, unique=True).map(tuple),
        form=st.sampled_from(("F1", "F1", "F1", "G1")),
    )
    def duties_are_opened(self, by: Office | None, days: int, district: str, schools: Sequence[str], form: str) -> None:
        acting, at, day = self._by(by), self.clock.instant, DAY + timedelta(days=days)
        self._try(
            Attempt(
                acting,
                lambda: OpenDuties(
                    acting=acting, at=at, business_date=day, form=form, district=district, schools=tuple(schools)
                ),
            )
        )

    @rule(by=st.none() | OFFICERS | ANYBODY, report=a_report, closed=a_body, heir=a_body)
    def a_duty_is_handed_over(self, by: Office | None, report: str, closed: str, heir: str) -> None:
        acting, at = self._by(by), self.clock.instant
        self._try(Attempt(acting, lambda: InheritDuty(acting=acting, at=at, report=report, closed=closed, heir=heir)))

    @rule(report=a_report, level=st.sampled_from((1, 2, 3)), rolled_up=st.booleans(), looked=st.booleans())
    def an_absence_is_recorded(self, report: str, level: int, rolled_up: bool, looked: bool) -> None:
        at, day = self.clock.instant, self.days.get(report)
        rollup = BUREAU_ROLLUP if level == 3 else None
        if level == 2 and rolled_up and day is not None:
            rollup = rollup_id("F1", DAY, day.district)
        filed = len(day.revisions) if day is not None and looked else 1
        self._try(Attempt(None, lambda: RecordMissed(report=report, level=level, at=at, rollup=rollup, filed=filed)))

    @rule(report=a_report)
    def the_clock_looks(self, report: str) -> None:
        """What its view tells it to record, the command records: no less, and nothing in vain again and again."""
        day = self.days.get(report)
        if day is None:
            return
        acts = [(1, None), (2, None), (2, rollup_id("F1", DAY, day.district)), (3, rollup_id("F1", DAY, day.bureau))]
        filed = len(day.revisions)
        recorded = [level for level, rollup in acts if self._would_record(report, level, rollup, filed)]
        awaited = standing(day, Windows()).awaited
        lifted_soon = self.judge.desk.papers[report].is_untouched and not self.judge.powers.owes_on(day.school, DAY)
        if awaited is None or lifted_soon:
            assert recorded == []
        else:
            assert set(recorded) == {awaited.level}
            assert self._would_record(report, awaited.level, awaited.rollup, filed)

    @rule(
        by=st.none() | REMINDING | ANYBODY,
        report=a_report,
        reminder=st.sampled_from(REMINDERS),
        level=st.sampled_from((1, 1, 2, 3)),
        addressee=st.sampled_from((REPORTER, PRINCIPAL, REVIEWER)) | st.sampled_from(PEOPLE),
    )
    def somebody_is_reminded(self, by: Office | None, report: str, reminder: str, level: int, addressee: str) -> None:
        acting, at = self._by(by), self.clock.instant
        section = None if by is None else by.place
        self._try(
            Attempt(
                acting,
                lambda: SendReminder(
                    acting=acting,
                    at=at,
                    report=report,
                    reminder=reminder,
                    level=level,
                    addressee=addressee,
                    channel="phone",
                    section=section,
                ),
            )
        )

    @rule(
        by=st.none() | ANYBODY,
        report=a_report,
        reminder=st.sampled_from(REMINDERS),
        called=st.booleans(),
        hours=st.sampled_from((0, 1, 6)),
    )
    def a_reminder_goes_its_way(self, by: Office | None, report: str, reminder: str, called: bool, hours: int) -> None:
        day = self.days.get(report)
        addressee = REPORTER if day is None else REPORTER_OF[day.heir or day.school]
        self.somebody_is_reminded(by=None, report=report, reminder=reminder, level=1, addressee=addressee)
        self.clock.instant += timedelta(hours=hours)
        self.a_reminder_is_served(by=by, report=report, reminder=reminder, called=called, hours=0)

    @rule(
        by=st.none() | ANYBODY,
        report=a_report,
        reminder=st.sampled_from(REMINDERS),
        called=st.booleans(),
        hours=st.sampled_from((0, -6, 1)),
    )
    def a_reminder_is_served(self, by: Office | None, report: str, reminder: str, called: bool, hours: int) -> None:
        """Whoever is not named is the addressee, or the reviewer who calls."""
        paper = self.judge.desk.papers.get(report)
        sent = None if paper is None else paper.reminders.get(reminder)
        addressee = REPORTER if sent is None else sent.addressee
        office = by or (OF_PERSON[REVIEWER] if called else OF_PERSON.get(addressee, OF_PERSON[REPORTER]))
        acting = office.acting(self.clock.instant)
        served_at = acting.at + timedelta(hours=hours)
        self._try(
            Attempt(
                acting,
                lambda: ServeReminder(
                    acting=acting,
                    report=report,
                    reminder=reminder,
                    how=CALLED if called else OPENED,
                    served_to=addressee,
                    served_at=served_at,
                    number=REASON if called else None,
                ),
            )
        )

    @rule(
        by=OFFICERS | ANYBODY,
        outage=st.sampled_from((uuid(511), uuid(512))),
        begin=st.just(-6) | st.integers(-200, 2),
        hours=st.just(3) | st.integers(-1, 80),
        grace=st.just(2) | st.integers(-1, 26),
        schools=st.none() | st.just((SCHOOL,)) | st.lists(a_body, max_size=2).map(tuple),
    )
    def an_outage_is_declared(
        self, by: Office, outage: str, begin: int, hours: int, grace: int, schools: tuple[str, ...] | None
    ) -> None:
        acting = by.acting(self.clock.instant)
        began_at = acting.at + timedelta(hours=begin)
        ended_at = began_at + timedelta(hours=hours)
        grace_until = ended_at + timedelta(hours=grace)
        self._try(
            Attempt(
                acting,
                lambda: DeclareOutage(
                    acting=acting,
                    outage=outage,
                    began_at=began_at,
                    ended_at=ended_at,
                    grace_until=grace_until,
                    reason=REASON,
                    schools=schools,
                ),
            )
        )

    @rule(by=OFFICERS | ANYBODY, version=st.integers(1, 3))
    def a_form_is_published(self, by: Office, version: int) -> None:
        acting = by.acting(self.clock.instant)
        said = msgspec.structs.replace(F1, form_version=version).as_dict()
        self._try(Attempt(acting, lambda: PublishForm(acting=acting, **said)))

    @rule(
        by=OFFICERS | ANYBODY,
        name=st.sampled_from(("r1", "r2", "r3")),
        version=st.just(1) | st.integers(1, 2),
        days=st.integers(0, 2) | st.just(-1),
        first=st.sampled_from(("14:00", "15:00")) | st.just("16:30"),
    )
    def rules_are_adopted(self, by: Office, name: str, version: int, days: int, first: str) -> None:
        acting = by.acting(self.clock.instant)
        day = business_date_of(acting.at) + timedelta(days=days)
        said = msgspec.structs.replace(rules(name, day, first), form_version=version).as_dict()
        self._try(Attempt(acting, lambda: AdoptRules(acting=acting, **said)))

    def _would_record(self, report: str, level: int, rollup: str | None, filed: int) -> bool:
        """Whether the command finds an absence, long after every deadline."""
        long_after = NOON + timedelta(days=365)
        command = RecordMissed(report=report, level=level, at=long_after, rollup=rollup, filed=filed)
        reading = self._run(self.log.read(boundary_query(command.consistency_boundary())))
        for recorded in reading.events:
            command.fold(recorded.event)
        with suppress(Refusal):
            command.execute()
        return bool(command.recorded_events())

    def _opened_again(self, report: str) -> Attempt:
        school = report.split(".")[2]
        return self._opens(DISTRICT_OF[school], (school,))
