"""The facts of reporting in a small city, each made directly: what the histories of the tests consist of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from domain.ledger.time import at_shanghai
from domain.registry.events import OrganisationKind
from domain.reporting import events as reporting
from domain.reporting.events import Content, Nature
from domain.reporting.identifiers import report_id, rollup_id
from tests.keys import HELD

FIRST_DAY = date(2020, 1, 27)
COMMITMENT = "c" * 64


def digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()


def seal(*parts: object) -> dict[str, Any]:
    """What every decision carries; the signature below is named by it, and nobody verifies it."""
    return {"nonce": "n", "signature": digest("signature", *parts), "held": HELD}


def content(prepared_by: str = "reporter", cases: int = 0, missing: tuple[str, ...] = ()) -> Content:
    return Content(
        nature=Nature.POSITIVE if cases else Nature.ZERO,
        zero_attestation=not cases,
        counts={"suspected": 0, "confirmed": cases},
        flags={},
        choices={},
        classes=(),
        missing_classes=missing,
        prepared_by=prepared_by,
    )


@dataclass(frozen=True)
class Site:
    school: str
    district: str
    kind: OrganisationKind


@dataclass
class ReportOfDay:
    """What the roll-ups of a day need to know of one report while the day goes on."""

    digest: str | None = None
    signed_2: bool = False
    excused: bool = False


def built(
    name: str, level: int, organisation: str, day: date, revision: int, below: dict[str, ReportOfDay]
) -> reporting.RollupBuilt:
    missing = tuple(sorted(school for school, each in below.items() if each.digest is None and not each.excused))
    excused = tuple(sorted(school for school, each in below.items() if each.digest is None and each.excused))
    unsigned = tuple(sorted(school for school, each in below.items() if each.digest and not each.signed_2))
    return reporting.RollupBuilt(
        rollup=name,
        parent=rollup_id("F1", day, "bureau"),
        level=level,
        form="F1",
        organisation=organisation,
        business_date=day,
        revision=revision,
        expected=len(below),
        covered=len(below) - len(missing) - len(excused),
        missing=missing,
        excused=excused,
        unsigned=unsigned,
        not_owed=(),
        sums={},
        root=digest("root", name, revision),
        digest=digest(name, revision),
        person="officer",
    )


def duty(site: Site, day: date) -> reporting.DutyOpened:
    return reporting.DutyOpened(
        report=report_id("f1", day, site.school),
        form="F1",
        form_version=1,
        school=site.school,
        district=site.district,
        bureau="bureau",
        business_date=day,
        rules="rules-1",
        due_1=at_shanghai(day, "15:00"),
        due_2=at_shanghai(day, "16:00"),
        due_3=at_shanghai(day, "17:00"),
        closes_at=at_shanghai(day + timedelta(1), "12:00"),
    )


def submitted(report: str, district: str, cases: int = 0, revision: int = 1) -> reporting.ReportSubmitted:
    return reporting.ReportSubmitted(
        report=report,
        district=district,
        revision=revision,
        form="F1",
        form_version=1,
        content=content(cases=cases),
        digest=digest(report, revision),
    )


def corrected(report: str, district: str, revision: int) -> reporting.ReportCorrected:
    return reporting.ReportCorrected(
        report=report,
        district=district,
        revision=revision,
        form="F1",
        form_version=1,
        content=content(),
        digest=digest(report, revision),
        supersedes=digest(report, revision - 1),
        reason=COMMITMENT,
    )


def signed(report: str, district: str, revision: int, level: int) -> reporting.ReportSigned:
    return reporting.ReportSigned(
        report=report,
        district=district,
        revision=revision,
        level=level,
        digest=digest(report, revision),
        person=f"level-{level}",
        appointment=f"appointment-{level}",
        **seal(report, revision, level),
        below=None if level == 1 else digest("signature", report, revision, level - 1),
    )


def returned(report: str, district: str, revision: int) -> reporting.ReportReturned:
    return reporting.ReportReturned(
        report=report,
        district=district,
        revision=revision,
        level=2,
        digest=digest(report, revision),
        person="level-2",
        appointment="appointment-2",
        reason=COMMITMENT,
        **seal("return", report, revision),
    )


def missed(report: str, district: str, level: int, deadline: datetime) -> reporting.DutyMissed:
    return reporting.DutyMissed(report=report, district=district, level=level, deadline=deadline, rules="rules-1")


def reminder(report: str, district: str) -> reporting.ReminderSent:
    return reporting.ReminderSent(
        report=report,
        district=district,
        reminder=f"r-{report}"[:60],
        level=1,
        addressee="principal",
        channel="phone",
        sent_at=at_shanghai(FIRST_DAY, "15:01"),
    )


def served(report: str, district: str) -> reporting.ReminderServed:
    return reporting.ReminderServed(
        report=report,
        district=district,
        reminder=f"r-{report}"[:60],
        how="answered",
        served_to="principal",
        served_at=datetime(2020, 1, 27, 8, tzinfo=UTC),
    )
