"""What people try with reports and roll-ups: to file, correct, withdraw, sign, decline, build."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from domain.ledger.command import Command
from domain.registry.events import Role
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.correct_report import CorrectReport
from domain.reporting.draft_report import DraftReport
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.identifiers import parts_of
from domain.reporting.refuse_signature import RefuseSignature
from domain.reporting.return_report import ReturnReport
from domain.reporting.return_rollup import ReturnRollup
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.reporting.submit_report import SubmitReport
from domain.reporting.withdraw_report import WithdrawReport
from tests.domain.reporting.story import (
    BUREAU,
    DISTRICT_OF,
    FAR_REVIEWER,
    NONCE,
    OFFICER,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REPORTER,
    REVIEWER,
    SECTION,
    SMALL_PRINCIPAL,
    SMALL_REPORTER,
    content,
    positive,
)
from tests.properties.reporting_city import HELD, OF_PERSON, POSERS, REPORTS, ROLLUPS, Attempt, Office, ReportingCity


@dataclass(frozen=True)
class Deed:
    """What somebody is about to try. ``stale`` picks an older digest than the newest."""

    kind: str
    office: Office
    subject: int
    level: int
    stale: bool = False
    late: bool = False


KINDS = ("draft", "submit", "submit", "correct", "withdraw", "sign", "sign", "return", "refuse", "excuse")
TURNS = ("correct", "withdraw", "return", "refuse")
ROLLUP_KINDS = ("build", "sign_rollup", "return_rollup")


def _fits(kind: str, office: Office, level: int, subject: str) -> bool:
    """Whether the act is at least by the right role at the right place: so that many of them succeed."""
    school = parts_of(subject)[2]
    by_level = {1: (Role.PRINCIPAL, school), 2: (Role.DISTRICT_REVIEWER, DISTRICT_OF.get(school, school))}
    by_level[3] = (Role.SECTION_OFFICER, SECTION)
    files = (Role.REPORTER, school)
    wanted = {
        "draft": files,
        "submit": files,
        "correct": files,
        "withdraw": files,
        "sign": by_level[level],
        "return": by_level[level],
        "refuse": by_level[level],
        "excuse": by_level[min(level + 1, 3)],
        "build": by_level[3 if school == BUREAU else 2],
        "sign_rollup": by_level[3 if school == BUREAU else 2],
        "return_rollup": by_level[3],
    }
    return (office.role, office.place) == wanted[kind]


@st.composite
def deeds(draw: st.DrawFn, kinds: tuple[str, ...], *, fitting: bool) -> Deed:
    """Any deed by anyone, under any office, their own or not; or (``fitting``) by somebody in the right office."""
    kind = draw(st.sampled_from(kinds))
    subjects = ROLLUPS if kind in ROLLUP_KINDS else REPORTS
    subject = draw(st.sampled_from(range(len(subjects))))
    level = draw(st.sampled_from((1, 2, 2, 3) if kind in ("return", "refuse") or not fitting else (1, 2)))
    if fitting:
        office = draw(st.sampled_from([each for each in HELD if _fits(kind, each, level, subjects[subject])]))
    else:
        office = draw(st.sampled_from(HELD) | st.sampled_from(POSERS))
    stale = draw(st.booleans()) and draw(st.booleans())
    return Deed(kind, office, subject, level, stale=stale, late=draw(st.booleans()))


class ReportsAreMade(ReportingCity):
    """Reports and roll-ups go their way, or are sent it by anybody."""

    @rule(deed=deeds(KINDS, fitting=True))
    def somebody_in_the_right_office_acts(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(deed=deeds(KINDS + ROLLUP_KINDS, fitting=False))
    def anybody_acts(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(deed=deeds(ROLLUP_KINDS, fitting=True))
    def somebody_handles_a_rollup(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(one=deeds(KINDS + ROLLUP_KINDS, fitting=True), other=deeds(KINDS + ROLLUP_KINDS, fitting=True))
    def two_act_at_once(self, one: Deed, other: Deed) -> None:
        self._try(self._decides(one), self._decides(other))

    @rule(subject=st.sampled_from(range(2)), upto=st.sampled_from((0, 1, 2)), then=st.none() | st.sampled_from(TURNS))
    def a_report_goes_its_way(self, subject: int, upto: int, then: str | None) -> None:
        """And, up to where it came, takes a turn."""
        reporter, principal = ((REPORTER, PRINCIPAL), (SMALL_REPORTER, SMALL_PRINCIPAL))[subject]
        people = ((reporter, "submit", 1), (principal, "sign", 1), (REVIEWER, "sign", 2), (OFFICER, "sign", 3))
        for person, kind, level in people[: upto + 1]:
            self._try(self._decides(Deed(kind, OF_PERSON[person], subject, level)))
        if then is not None:
            person, _, level = people[upto + 1] if then in ("return", "refuse") else people[0]
            self._try(self._decides(Deed(then, OF_PERSON[person], subject, level)))

    @rule(subject=st.sampled_from(range(3)), upto=st.sampled_from((1, 2, 2)))
    def a_rollup_goes_its_way(self, subject: int, upto: int) -> None:
        person = (REVIEWER, FAR_REVIEWER, OFFICER)[subject]
        for kind in ("build", "sign_rollup")[:upto]:
            self._try(self._decides(Deed(kind, OF_PERSON[person], subject, 2)))

    @rule(hours=st.sampled_from((1, 6, 24)))
    def time_passes(self, hours: int) -> None:
        self.clock.instant += timedelta(hours=hours)

    def _decides(self, deed: Deed) -> Attempt:
        by = deed.office.acting(self.clock.instant)
        subject = (ROLLUPS if deed.kind in ROLLUP_KINDS else REPORTS)[deed.subject]
        section = deed.office.place if deed.office.role is Role.SECTION_OFFICER else None
        digest = self._digest(subject, stale=deed.stale)
        said = positive(by.person) if deed.late else content(by.person)
        level: dict[str, Any] = {"acting": by, "report": subject, "level": deed.level}
        decision: dict[str, Any] = {**level, "digest": digest, "reason": REASON, "section": section}
        filing: dict[str, Any] = {"acting": by, "origin": ORIGIN, "report": subject, "content": said}
        rollup: dict[str, Any] = {"acting": by, "rollup": subject, "section": section}
        makes: dict[str, Callable[[], Command]] = {
            "draft": lambda: DraftReport(acting=by, report=subject, content=said),
            "submit": lambda: SubmitReport(**filing),
            "correct": lambda: CorrectReport(**filing, reason=REASON),
            "withdraw": lambda: WithdrawReport(acting=by, report=subject, reason=REASON),
            "sign": lambda: SignReport(**level, origin=ORIGIN, digest=digest, nonce=NONCE),
            "return": lambda: ReturnReport(**decision),
            "refuse": lambda: RefuseSignature(**decision),
            "excuse": lambda: ExcuseDuty(**level, reason=REASON, section=section),
            "build": lambda: BuildRollup(**rollup, origin=ORIGIN),
            "sign_rollup": lambda: SignRollup(**rollup, origin=ORIGIN, digest=digest, nonce=NONCE),
            "return_rollup": lambda: ReturnRollup(**rollup, digest=digest, reason=REASON),
        }
        return Attempt(by, makes[deed.kind])
