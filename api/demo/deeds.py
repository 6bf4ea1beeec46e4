"""From an act of the plan to the command that carries it out."""

from datetime import date, datetime, timedelta
from typing import Final

from api.demo.careers import Careers, principal_of, reporter_of
from api.demo.city import City, Site
from api.demo.contents import content
from api.demo.founding import first_officer
from api.demo.orders import Order, Personal, ToSign, order
from api.demo.plan import OUTAGE, Act, Deed
from api.demo.screens import Screens
from api.demo.seeded import seeded_ids, stream
from api.demo.stories import Stories, outage_sites
from domain.evidence.statement import Decision, Examined
from domain.ledger.time import at_shanghai
from domain.registry.authority import Acting
from domain.reporting.build_rollup import BuildRollup
from domain.reporting.correct_report import CorrectReport
from domain.reporting.declare_outage import DeclareOutage
from domain.reporting.digests import report_digest
from domain.reporting.events import Content, Nature
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.forms.f1 import F1
from domain.reporting.identifiers import report_id, rollup_id
from domain.reporting.open_duties import OpenDuties
from domain.reporting.return_report import ReturnReport
from domain.reporting.send_reminder import SendReminder
from domain.reporting.serve_reminder import CALLED, ServeReminder
from domain.reporting.sign_report import SignReport
from domain.reporting.sign_rollup import SignRollup
from domain.reporting.submit_report import SubmitReport

EXAMINED: Final = 0.4
"""The share of zero reports that a district's reviewer reads in full; of others only the summary is looked at."""


class Desk:
    """Makes the orders of the acts, with what people see at that moment. Deterministic in the order of the acts."""

    def __init__(self, city: City, careers: Careers, stories: Stories, *, origin: str, screens: Screens) -> None:
        self._city = city
        self._careers = careers
        self._stories = stories
        self._origin = origin
        self._screens = screens
        self._names = seeded_ids(city.seed, "desk", at_shanghai(date(2020, 1, 27), "00:00"))
        self._reminders: dict[str, str] = {}

    def order(self, act: Act, at: datetime) -> Order:
        """The order that carries out an act at its instant."""
        if act.site is not None:
            return self._about_report(act, act.site, at)
        match act.deed:
            case Deed.OPEN:
                return self._open(act, at)
            case Deed.BUILD_DISTRICT | Deed.BUILD_BUREAU:
                rollup, acting = self._rollup(act, at)
                return order(
                    BuildRollup,
                    acting,
                    rollup,
                    day=act.day,
                    origin=self._origin,
                    rollup=rollup,
                    section=self._section(act),
                )
            case Deed.SIGN_DISTRICT | Deed.SIGN_BUREAU:
                rollup, acting = self._rollup(act, at)
                digest = self._screens.digests[rollup]
                return order(
                    SignRollup,
                    acting,
                    rollup,
                    day=act.day,
                    to_sign=ToSign(acting=acting, digest=digest, level=act.level, decision="sign", examined="examined"),
                    origin=self._origin,
                    digest=digest,
                    rollup=rollup,
                    examined="examined",
                    section=self._section(act),
                )
            case Deed.DECLARE_OUTAGE:
                return self._outage(act, at)
            case _:
                raise AssertionError(f"{act.deed} is about a site")

    def _about_report(self, act: Act, site: Site, at: datetime) -> Order:
        report = report_id(F1.form, act.day, site.id)
        acting = self._person(act, site, at)
        match act.deed:
            case Deed.SUBMIT:
                content = self._content(act, site, acting, at)
                return order(
                    SubmitReport,
                    acting,
                    report,
                    day=act.day,
                    to_sign=self._attestation(report, acting, content),
                    origin=self._origin,
                    report=report,
                    content=content,
                )
            case Deed.CORRECT:
                content = self._content(act, site, acting, at, corrected=True)
                return order(
                    CorrectReport,
                    acting,
                    report,
                    day=act.day,
                    to_sign=self._attestation(report, acting, content),
                    personal={"reason": Personal("外出人数多计一人，现更正。", site.id, "reason")},
                    origin=self._origin,
                    report=report,
                    content=content,
                )
            case Deed.SIGN:
                holder = site.principal.person if acting.delegation is not None else None
                examined = self._examined(act, site)
                return order(
                    SignReport,
                    acting,
                    report,
                    day=act.day,
                    to_sign=self._decision(report, act, acting, "sign", examined),
                    on_behalf_of=holder,
                    origin=self._origin,
                    report=report,
                    level=act.level,
                    digest=self._screens.digests[report],
                    examined=examined,
                )
            case Deed.RETURN:
                return order(
                    ReturnReport,
                    acting,
                    report,
                    day=act.day,
                    to_sign=self._decision(report, act, acting, "return"),
                    personal={"reason": Personal("外出人数与班级上报不符，请核对。", site.id, "reason")},
                    origin=self._origin,
                    report=report,
                    level=act.level,
                    digest=self._screens.digests[report],
                )
            case Deed.REMIND:
                self._reminders[report] = self._names.new()
                return order(
                    SendReminder,
                    acting,
                    report,
                    day=act.day,
                    at=at,
                    report=report,
                    reminder=self._reminders[report],
                    level=act.level,
                    addressee=site.principal.person,
                    channel="phone",
                )
            case Deed.SERVE:
                return order(
                    ServeReminder,
                    acting,
                    report,
                    day=act.day,
                    personal={"number": Personal("000-0000-0000（合成）", site.principal.person, "phone")},
                    report=report,
                    reminder=self._reminders[report],
                    how=CALLED,
                    served_to=site.principal.person,
                    served_at=at,
                )
            case Deed.EXCUSE:
                return order(
                    ExcuseDuty,
                    acting,
                    report,
                    day=act.day,
                    personal={"reason": Personal("学校网络检修，已电话报备，予以免责。", site.id, "reason")},
                    report=report,
                    level=act.level,
                )
            case _:
                raise AssertionError(f"{act.deed} is not about a site")

    def _person(self, act: Act, site: Site, at: datetime) -> Acting:
        match act.deed:
            case Deed.SUBMIT | Deed.CORRECT:
                post = reporter_of(site, act.day, self._careers)
                return Acting(person=post.person, appointment=post.appointment, at=at)
            case Deed.SIGN | Deed.RETURN if act.level == 1:
                return principal_of(site, act.day, at, self._careers)
            case _:
                return self._reviewer(act, at)

    def _reviewer(self, act: Act, at: datetime) -> Acting:
        # The two reviewers of a district take turns by day.
        post = self._city.districts[act.district].reviewers[act.day.toordinal() % 2]
        return Acting(person=post.person, appointment=post.appointment, at=at)

    def _attestation(self, report: str, acting: Acting, content: Content) -> ToSign | None:
        """Who files a zero report attests the coming revision with it; a report with a case needs no attestation."""
        if content.nature is not Nature.ZERO:
            return None
        digest = report_digest(
            origin=self._origin,
            report=report,
            revision=self._screens.revisions.get(report, 0) + 1,
            form=F1.form,
            form_version=F1.form_version,
            content=content,
        )
        rules = self._screens.rules[report]
        return ToSign(acting=acting, digest=digest, level=0, decision="attest_zero", rules=rules)

    def _decision(
        self, report: str, act: Act, acting: Acting, decision: Decision, examined: Examined | None = None
    ) -> ToSign:
        return ToSign(
            acting=acting,
            digest=self._screens.digests[report],
            level=act.level,
            decision=decision,
            below=self._screens.signatures.get((report, act.level - 1)),
            rules=self._screens.rules[report],
            examined=examined,
        )

    def _examined(self, act: Act, site: Site) -> Examined | None:
        """What level 2 says of how it looked; level 1 signs its own school's report and is not asked."""
        if act.level == 1:
            return None
        chance = stream(self._city.seed, "examined", act.day, site.code)
        return "examined" if chance.random() < EXAMINED else "summary_only"

    def _content(self, act: Act, site: Site, acting: Acting, at: datetime, *, corrected: bool = False) -> Content:
        # The rows of the classes stay the same from one revision to the next: the slip is all that differs.
        chance = stream(self._city.seed, "content", act.day, site.code)
        return content(
            site,
            act.day,
            filed_at=at,
            prepared_by=acting.person,
            chance=chance,
            story=self._stories.of(act.day, site),
            corrected=corrected,
        )

    def _open(self, act: Act, at: datetime) -> Order:
        district = self._city.districts[act.district].id
        return order(
            OpenDuties,
            first_officer(self._city, at),
            f"{act.day}:{district}",
            day=act.day,
            at=at,
            business_date=act.day,
            form=F1.form,
            district=district,
            schools=tuple(site.id for site in self._city.owing_on(act.day) if site.district == act.district),
        )

    def _rollup(self, act: Act, at: datetime) -> tuple[str, Acting]:
        if act.level == 2:
            return rollup_id(F1.form, act.day, self._city.districts[act.district].id), self._reviewer(act, at)
        return rollup_id(F1.form, act.day, self._city.bureau), first_officer(self._city, at)

    def _section(self, act: Act) -> str | None:
        return self._city.sections[0].id if act.level == 3 else None

    def _outage(self, act: Act, at: datetime) -> Order:
        midnight = at_shanghai(act.day, "00:00")
        began_at, ended_at, grace_until = (midnight + timedelta(minutes=minute) for minute in OUTAGE)
        return order(
            DeclareOutage,
            first_officer(self._city, at),
            "outage",
            day=act.day,
            personal={"reason": Personal("两个学区线路故障，无法登录报送。", self._city.bureau, "reason")},
            outage=self._names.new(),
            began_at=began_at,
            ended_at=ended_at,
            grace_until=grace_until,
            schools=tuple(site.id for site in outage_sites(self._city)),
        )
