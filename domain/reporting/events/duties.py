"""Events of duties: what an organisation owes, and what became of it."""

from datetime import date, datetime
from typing import ClassVar

from domain.ledger.event import Commitment, Event
from domain.reporting.events.tags import person_tags, report_tags
from domain.reporting.identifiers import parts_of, rollup_id


class DutyOpened(Event, frozen=True, kw_only=True):
    """An organisation owes a report: which form, which day, which deadlines, under which rules.

    Tagged with the roll-ups of its district and of its bureau: both must account for it.
    """

    type_name: ClassVar[str] = "DutyOpened"
    report: str
    form: str
    form_version: int
    school: str
    district: str
    bureau: str
    business_date: date
    rules: str
    due_1: datetime
    due_2: datetime
    due_3: datetime
    closes_at: datetime

    def tags(self) -> tuple[str, ...]:
        return (
            *report_tags(self.report, self.district),
            f"rollup:{rollup_id(self.form, self.business_date, self.bureau)}",
        )


class DutyClosed(Event, frozen=True, kw_only=True):
    """The time to answer a duty ended; what comes now is still accepted and marked."""

    type_name: ClassVar[str] = "DutyClosed"
    report: str
    district: str

    def tags(self) -> tuple[str, ...]:
        return report_tags(self.report, self.district)


class DutyLifted(Event, frozen=True, kw_only=True):
    """A duty was ended because nothing was owed: the site was closed or suspended on that day. It can be opened again.

    By the clock, or by a person with a reason. Tagged like its opening: the roll-ups name it.
    """

    type_name: ClassVar[str] = "DutyLifted"
    report: str
    district: str
    bureau: str
    person: str | None = None
    appointment: str | None = None
    reason: Commitment | None = None

    def tags(self) -> tuple[str, ...]:
        form, day, _ = parts_of(self.report)
        person = () if self.person is None else (f"person:{self.person}",)
        return (*report_tags(self.report, self.district), f"rollup:{rollup_id(form, day, self.bureau)}", *person)


class DutyInherited(Event, frozen=True, kw_only=True):
    """Another organisation answers this open duty, because the first closed or merged."""

    type_name: ClassVar[str] = "DutyInherited"
    report: str
    district: str
    heir: str

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), f"school:{self.heir}")


class DutyExcused(Event, frozen=True, kw_only=True):
    """The level above excused a missing or late report, with a reason; it stays visible."""

    type_name: ClassVar[str] = "DutyExcused"
    report: str
    district: str
    level: int
    person: str
    appointment: str
    reason: Commitment
    delegation: str | None = None
    on_behalf_of: str | None = None

    def tags(self) -> tuple[str, ...]:
        return (*report_tags(self.report, self.district), *person_tags(self.person, self.on_behalf_of))


class DutyMissed(Event, frozen=True, kw_only=True):
    """At its deadline a level had done nothing: an absence with a time and a rule version, recorded once a level.

    ``rollup`` names the roll-up whose signature was missing; absent where it was the report, or its signature.
    """

    type_name: ClassVar[str] = "DutyMissed"
    report: str
    district: str
    level: int
    deadline: datetime
    rules: str
    rollup: str | None = None

    def tags(self) -> tuple[str, ...]:
        return report_tags(self.report, self.district)
