"""A city as plain facts, for the pages: 403 schools in nine districts, 38 days, in the order in which they happened.

Everything that a page can show occurs somewhere: the first school has a history with every kind of line, answers a
duty of another school, and owes on one day a report on a second form. Facts and not commands, so that the pages are
tested even where a command cannot (yet) bring a state about.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry.events import (
    BureauFounded,
    ClassRoster,
    GroupFormed,
    GroupMemberAssigned,
    Level,
    OrganisationKind,
    OrganisationRegistered,
    RosterDeclared,
    SiteClosed,
    TaskForceFormed,
)
from domain.reporting.events import (
    Content,
    DutyClosed,
    DutyExcused,
    DutyInherited,
    DutyMissed,
    DutyOpened,
    Nature,
    OutageDeclared,
    ReminderSent,
    ReminderServed,
    ReportCorrected,
    ReportReturned,
    ReportSigned,
    ReportSubmitted,
    ReportWithdrawn,
)
from domain.reporting.identifiers import report_id
from tests.keys import HELD

SCHOOLS, DISTRICTS, FIRST_DAY, DAYS = 403, 9, date(2020, 1, 27), 38
OUTAGE_DAY = date(2020, 2, 12)
EXTRA_DAY, WEEKLY, WEEKLY_DUTIES, HEIRLESS = date(2020, 1, 28), "W1", 4, 9
KINDS = (
    (OrganisationKind.KINDERGARTEN, "幼儿园"),
    (OrganisationKind.PRIMARY, "小学"),
    (OrganisationKind.JUNIOR, "初中"),
    (OrganisationKind.SENIOR, "高中"),
    (OrganisationKind.VOCATIONAL, "中职"),
)
Happening = tuple[datetime, list[Event]]

SEAL: dict[str, Any] = {"nonce": "n", "signature": "5" * 64, "held": HELD}


def uid(kind: int, number: int) -> str:
    """An identifier in the form of a UUIDv7."""
    return f"01700000-0000-7000-8{kind:03x}-{number:012x}"


BUREAU = uid(1, 0)
REPORTER, PRINCIPAL, REVIEWER, DELEGATE = (uid(5, number) for number in range(4))


def district(number: int) -> str:
    return uid(2, number)


def school(number: int) -> str:
    return uid(3, number)


def digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()


def happenings(days: int = DAYS) -> Iterator[Happening]:
    """The facts of the city, each group with the instant at which it was received and recorded."""
    yield from registry()
    for number in range(days):
        day = FIRST_DAY + timedelta(number)
        yield from sorted(one_day(number, day), key=lambda happening: happening[0])


def registry() -> Iterator[Happening]:
    at = at_shanghai(date(2020, 1, 20), "09:00")
    opened = date(2003, 9, 1)
    yield at, [BureauFounded(bureau=BUREAU, name="市教育局")]
    yield (
        at,
        [
            OrganisationRegistered(
                organisation=district(number),
                kind=OrganisationKind.DISTRICT,
                code=f"D{number + 1:02d}",
                name=f"学区-{number + 1:02d}",
                parent=BUREAU,
                opened_on=opened,
                public=True,
            )
            for number in range(DISTRICTS)
        ],
    )
    for number in range(SCHOOLS + 1):
        kind, word = KINDS[number % len(KINDS)]
        registered = OrganisationRegistered(
            organisation=school(number),
            kind=kind,
            code=f"S{number + 1:03d}",
            name=f"第{number + 1:03d}{word}",
            parent=district(number % DISTRICTS),
            opened_on=opened,
            public=number % 4 != 0,
        )
        classes = tuple(ClassRoster(class_id=f"{n}班", grade=n + 1, students=45) for n in range(12))
        yield at, [registered, RosterDeclared(organisation=school(number), as_of=opened, staff=60, classes=classes)]
    yield at, [SiteClosed(organisation=school(SCHOOLS), closed_on=date(2020, 1, 25), heir=school(0))]
    yield (
        at,
        [
            TaskForceFormed(
                task_force=uid(6, n), level=Level.BUREAU, formed_by=BUREAU, covers=(BUREAU,), name=f"专班 {n + 1}"
            )
            for n in range(5)
        ],
    )
    for n in range(8):
        yield at, [group(n, Level.BUREAU)]
    for n in range(8, 12):
        members = [GroupMemberAssigned(group=uid(7, n), person=uid(5, 100 + n * 5 + each)) for each in range(5)]
        yield at, [group(n, Level.SCHOOL), *members]


def group(number: int, level: Level) -> GroupFormed:
    return GroupFormed(group=uid(7, number), level=level, formed_by=BUREAU, covers=(school(0),), purpose="dissuasion")


def one_day(number: int, day: date) -> Iterator[Happening]:
    for place in range(DISTRICTS):
        schools = range(place, SCHOOLS, DISTRICTS)
        yield at_shanghai(day, "06:00"), [duty(each, day) for each in schools]
        in_time = [each for each in schools if fate(each, number, day) == "in time"]
        yield at_shanghai(day, "13:40"), [submitted(each, day) for each in in_time if each > 0]
        late = [each for each in schools if fate(each, number, day) != "in time"]
        if late:
            yield at_shanghai(day, "15:01"), [missed(each, day) for each in late]
        filed = [submitted(each, day) for each in late if fate(each, number, day) in {"late", "outage"}]
        if filed:
            yield at_shanghai(day, "15:41"), list(filed)
    if day == OUTAGE_DAY:
        at = at_shanghai(day, "14:30")
        outage = OutageDeclared(
            outage=uid(8, 0),
            began_at=at,
            ended_at=at + timedelta(hours=1),
            grace_until=at + timedelta(hours=3),
            reason="0" * 64,
            person=REVIEWER,
        )
        yield at_shanghai(day, "18:00"), [outage]
    if day == EXTRA_DAY:
        yield at_shanghai(day, "06:00"), [duty(each, day, WEEKLY) for each in range(WEEKLY_DUTIES)]
        inherited = DutyInherited(report=report(HEIRLESS, day), district=district(0), heir=school(0))
        yield at_shanghai(day, "12:00"), [inherited]
    yield from first_school(number, day)


def fate(number: int, day_number: int, day: date) -> str:
    """What becomes of a school's duty of a day."""
    if number == HEIRLESS and day == EXTRA_DAY:
        return "late"
    if number == 0:
        return {7: "late", 9: "never", 10: "never"}.get(day_number, "in time")
    if day == OUTAGE_DAY and number % 7 == 3:
        return "outage"
    if (number * 31 + day_number * 17) % 89 == 5:
        return "late"
    return "never" if (number * 13 + day_number * 29) % 307 == 11 else "in time"


def duty(number: int, day: date, form: str = "F1") -> DutyOpened:
    return DutyOpened(
        report=report_id(form, day, school(number)),
        form=form,
        form_version=1,
        school=school(number),
        district=district(number % DISTRICTS),
        bureau=BUREAU,
        business_date=day,
        rules="r1",
        due_1=at_shanghai(day, "15:00"),
        due_2=at_shanghai(day, "16:00"),
        due_3=at_shanghai(day, "17:00"),
        closes_at=at_shanghai(day + timedelta(1), "12:00"),
    )


def report(number: int, day: date) -> str:
    return report_id("F1", day, school(number))


def content(number: int, day: date) -> Content:
    positive = (number + day.day) % 13 == 0
    return Content(
        nature=Nature.POSITIVE if positive else Nature.ZERO,
        zero_attestation=not positive,
        counts={"returnees": int(positive), "suspected": 0, "confirmed": 0},
        flags={},
        choices={},
        classes=(),
        missing_classes=(),
        prepared_by=REPORTER,
    )


def submitted(number: int, day: date, revision: int = 1) -> ReportSubmitted:
    return ReportSubmitted(
        report=report(number, day),
        district=district(number % DISTRICTS),
        revision=revision,
        form="F1",
        form_version=1,
        content=content(number, day),
        digest=digest(number, day, revision),
    )


def missed(number: int, day: date) -> DutyMissed:
    due = at_shanghai(day, "15:00")
    return DutyMissed(
        report=report(number, day), district=district(number % DISTRICTS), level=1, deadline=due, rules="r1"
    )


def signed(day: date, level: int, revision: int = 1, delegation: str | None = None) -> ReportSigned:
    return ReportSigned(
        report=report(0, day),
        district=district(0),
        revision=revision,
        level=level,
        digest=digest(0, day, revision),
        person=(DELEGATE if delegation else PRINCIPAL) if level == 1 else REVIEWER,
        appointment=uid(9, level),
        nonce="n",
        signature=digest(0, day, revision, level),
        held=HELD,
        below=digest(0, day, revision, 1) if level > 1 else None,
        delegation=delegation,
    )


def first_school(number: int, day: date) -> Iterator[Happening]:
    """The school with every kind of line: corrected, late, missing, excused, withdrawn, returned, by delegate."""
    where = {"report": report(0, day), "district": district(0)}
    level_2 = {"level": 2, "person": REVIEWER, "appointment": uid(9, 2)}
    if number in {7, 9, 10}:
        reminder, sent_at = uid(10, number), at_shanghai(day, "15:05")
        said = {"reminder": reminder, "level": 1, "addressee": PRINCIPAL, "channel": "phone", "sent_at": sent_at}
        yield (
            sent_at,
            [ReminderSent(**where, **said)],
        )
        served_at = at_shanghai(day, "15:08")
        yield (
            served_at,
            [ReminderServed(**where, reminder=reminder, how="call", served_to=PRINCIPAL, served_at=served_at)],
        )
    if number == 10:
        excused = DutyExcused(**where, level=1, person=REVIEWER, appointment=uid(9, 2), reason="a" * 64)
        yield at_shanghai(day, "20:00"), [excused]
    if number in {9, 10}:
        return
    if number != 7:
        yield at_shanghai(day, "13:40"), [submitted(0, day)]
    yield at_shanghai(day, "15:45"), [signed(day, 1, delegation=uid(11, 0) if number == 15 else None)]
    revision = {"revision": 1, "digest": digest(0, day, 1)}
    if number == 5:
        yield at_shanghai(day, "15:50"), [ReportReturned(**where, **revision, **level_2, reason="b" * 64, **SEAL)]
    elif number == 11:
        yield at_shanghai(day, "15:50"), [ReportWithdrawn(**where, **revision, person=PRINCIPAL, reason="c" * 64)]
    else:
        yield at_shanghai(day, "15:55"), [signed(day, 2)]
    if number == 3:
        corrected = ReportCorrected(
            **where,
            revision=2,
            form="F1",
            form_version=1,
            content=content(0, day),
            digest=digest(0, day, 2),
            supersedes=digest(0, day, 1),
            reason="d" * 64,
        )
        yield at_shanghai(day, "16:20"), [corrected]
        yield at_shanghai(day, "16:30"), [signed(day, 1, 2)]
        yield at_shanghai(day, "16:40"), [signed(day, 2, 2)]
    yield at_shanghai(day + timedelta(1), "05:30"), [DutyClosed(**where)]
