"""What people try with reports and roll-ups: to file, correct, withdraw, sign, decline, build."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from domain.evidence.statement import Decision, Examined
from domain.ledger.command import Command
from domain.registry.authority import Acting
from domain.registry.events import Role
from domain.reporting.attest_zero import AttestZero
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
    EVENING,
    EXAMINED,
    FAR_PRINCIPAL,
    FAR_REPORTER,
    FAR_REVIEWER,
    OFFICER,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORTER,
    REVIEWER,
    SECOND_REVIEWER,
    SECTION,
    SMALL_PRINCIPAL,
    SMALL_REPORTER,
    content,
    positive,
)
from tests.properties.reporting_city import HELD, OF_PERSON, POSERS, REPORTS, ROLLUPS, Attempt, Office
from tests.properties.signing_deeds import PLAIN, Hand, SignaturesAreHeld, hands


@dataclass(frozen=True)
class Deed:
    """What somebody is about to try. ``stale`` picks an older digest than the newest."""

    kind: str
    office: Office
    subject: int
    level: int
    stale: bool = False
    late: bool = False
    hand: Hand = PLAIN


KINDS = ("draft", "submit", "submit", "attest", "correct", "withdraw", "sign", "sign", "return", "refuse", "excuse")
WAYS = tuple(
    ((reporter, "submit", 1), (principal, "sign", 1), (reviewer, "sign", 2))
    for reporter, principal, reviewer in (
        (REPORTER, PRINCIPAL, REVIEWER),
        (SMALL_REPORTER, SMALL_PRINCIPAL, SECOND_REVIEWER),
        (FAR_REPORTER, FAR_PRINCIPAL, FAR_REVIEWER),
    )
)
TURNS = ("correct", "withdraw", "return", "refuse")
ROLLUP_KINDS = ("build", "sign_rollup", "return_rollup")


def _wanted(kind: str, level: int, subject: str) -> tuple[Role, str]:
    """The role and the place whose act it is."""
    school = parts_of(subject)[2]
    by_level = {1: (Role.PRINCIPAL, school), 2: (Role.DISTRICT_REVIEWER, DISTRICT_OF.get(school, school))}
    by_level[3] = (Role.SECTION_OFFICER, SECTION)
    files = (Role.REPORTER, school)
    wanted = {
        "draft": files,
        "submit": files,
        "attest": files,
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
    return wanted[kind]


@st.composite
def deeds(draw: st.DrawFn, kinds: tuple[str, ...], *, fitting: bool) -> Deed:
    """A deed by somebody in the right office; or by anyone: in such an office elsewhere, in any, in somebody else's."""
    kind = draw(st.sampled_from(kinds))
    subjects = ROLLUPS if kind in ROLLUP_KINDS else REPORTS
    subject = draw(st.sampled_from(range(len(subjects))))
    level = draw(st.sampled_from((1, 2, 2, 3) if kind in ("return", "refuse") or not fitting else (1, 2)))
    role, place = _wanted(kind, level, subjects[subject])
    able = [each for each in HELD if each.role is role and (each.place == place or not fitting)]
    offices = st.sampled_from(able)
    stale = draw(st.booleans()) and draw(st.booleans())
    return Deed(
        kind,
        draw(offices if fitting else offices | st.sampled_from(HELD) | st.sampled_from(POSERS)),
        subject,
        level,
        stale=stale,
        late=draw(st.booleans()),
        hand=draw(hands()),
    )


class ReportsAreMade(SignaturesAreHeld):
    """Reports and roll-ups go their way, or are sent it by anybody."""

    @rule(deed=deeds(KINDS, fitting=True), ready=st.booleans())
    def somebody_in_the_right_office_acts(self, deed: Deed, ready: bool) -> None:
        self._prepares(deed, ready=ready)
        self._try(self._decides(deed))

    @rule(deed=deeds(KINDS + ROLLUP_KINDS, fitting=False), ready=st.booleans())
    def anybody_acts(self, deed: Deed, ready: bool) -> None:
        self._prepares(deed, ready=ready)
        self._try(self._decides(deed))

    @rule(deed=deeds(ROLLUP_KINDS, fitting=True) | deeds(ROLLUP_KINDS, fitting=False))
    def somebody_handles_a_rollup(self, deed: Deed) -> None:
        self._try(self._decides(deed))

    @rule(
        one=deeds(KINDS + ROLLUP_KINDS, fitting=True),
        other=deeds(KINDS + ROLLUP_KINDS, fitting=True),
        ready=st.booleans(),
    )
    def two_act_at_once(self, one: Deed, other: Deed, ready: bool) -> None:
        self._prepares(one, ready=ready)
        self._try(self._decides(one), self._decides(other))

    @rule(
        deed=deeds(KINDS + ROLLUP_KINDS, fitting=True), kind=st.sampled_from(("revoke", "dispute")), first=st.booleans()
    )
    def somebody_signs_while_the_key_is_given_up(self, deed: Deed, kind: str, first: bool) -> None:
        self._prepares(deed, ready=True)
        person = deed.office.person
        both = [self._decides(deed), self._gives_up(person, person, kind, -1)]
        self._try(*(both if first else reversed(both)))
        self._try(self._handles(OF_PERSON[REGISTRAR], person, "enrol", None))

    @rule(subject=st.sampled_from(range(2)), upto=st.sampled_from((0, 1, 2)), then=st.none() | st.sampled_from(TURNS))
    def a_report_goes_its_way(self, subject: int, upto: int, then: str | None) -> None:
        """And, up to where it came, takes a turn."""
        people = (*WAYS[subject], (OFFICER, "sign", 3))
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

    def _prepares(self, deed: Deed, *, ready: bool) -> None:
        """Bring the subject as far as the deed needs it, by the people whose work that is."""
        if not ready:
            return
        if deed.kind == "excuse":
            self.clock.instant = max(self.clock.instant, EVENING)
        elif deed.kind in ("sign_rollup", "return_rollup"):
            office = OF_PERSON[(REVIEWER, FAR_REVIEWER, OFFICER)[deed.subject]]
            for kind in ("build", "sign_rollup") if deed.kind == "return_rollup" else ("build",):
                self._try(self._decides(Deed(kind, office, deed.subject, 2)))
        elif deed.kind in ("attest", "correct", "withdraw", "sign", "return", "refuse"):
            way = WAYS[deed.subject][: 1 if deed.kind in ("attest", "correct", "withdraw") else deed.level]
            for person, kind, level in way:
                self._try(self._decides(Deed(kind, OF_PERSON[person], deed.subject, level)))

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
        signing, examined = self._signs(deed, by, digest, subject)
        makes: dict[str, Callable[[], Command]] = {
            "draft": lambda: DraftReport(acting=by, report=subject, content=said),
            "submit": lambda: SubmitReport(**filing),
            "correct": lambda: CorrectReport(**filing, reason=REASON),
            "withdraw": lambda: WithdrawReport(acting=by, report=subject, reason=REASON),
            "attest": lambda: AttestZero(acting=by, report=subject, digest=digest, **signing),
            "sign": lambda: SignReport(**level, digest=digest, examined=examined, **signing),
            "return": lambda: ReturnReport(**decision, **signing),
            "refuse": lambda: RefuseSignature(**decision, **signing),
            "excuse": lambda: ExcuseDuty(**level, reason=REASON, section=section),
            "build": lambda: BuildRollup(**rollup, origin=ORIGIN),
            "sign_rollup": lambda: SignRollup(**rollup, digest=digest, examined=EXAMINED, **signing),
            "return_rollup": lambda: ReturnRollup(**rollup, digest=digest, reason=REASON, **signing),
        }
        return Attempt(by, makes[deed.kind])

    def _signs(self, deed: Deed, by: Acting, digest: str, subject: str) -> tuple[dict[str, Any], Examined | None]:
        """The signature that a deed needs; nothing for one that needs none."""
        decisions: dict[str, Decision] = {
            "attest": "attest_zero",
            "sign": "sign",
            "sign_rollup": "sign",
            "return": "return",
            "return_rollup": "return",
            "refuse": "refuse",
        }
        decision = decisions.get(deed.kind)
        if decision is None:
            return {}, None
        level = deed.level
        if deed.kind == "attest":
            level = 0
        elif deed.kind in ROLLUP_KINDS:
            level = 3 if deed.kind == "return_rollup" or parts_of(subject)[2] == BUREAU else 2
        examined = EXAMINED if decision == "sign" and level > 1 else None
        said: dict[str, Any] = {"examined": examined}
        if decision in ("return", "refuse"):
            said["reason"] = REASON
        return self.signing(by, decision, level, digest, subject, deed.hand, **said), examined
