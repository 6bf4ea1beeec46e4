"""One school's history: its days as a calendar, and what happened on each of them, event by event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from api.pages.board import cell_of
from api.pages.heatmap import Cell
from api.pages.strengths import words_for
from api.pages.windows import Window, about
from api.pages.words import EXAMINED, LEVELS, SIGNATURE_STANDINGS, zh
from domain.ledger.time import SHANGHAI
from domain.reporting.events import Nature
from domain.reporting.school_day import SchoolDay
from domain.reporting.school_day_parts import Attestation, Hand
from domain.reporting.standing import DayStatus
from domain.reporting.timeliness import Outage
from domain.signing.signature_standing import SignatureStanding

Say = Callable[[str], str]
"""The catalogue of the reader's language."""
WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that happened, in one sentence. ``tone`` is one of plain, file, sign, warn, fail."""

    at: datetime
    position: int
    sentence: str
    tone: str = "plain"
    void: bool = False
    person: str | None = None
    appointment: str | None = None
    delegated: bool = False
    digest: str | None = None
    how: str | None = None
    """How it was signed: with what kind of key, and at levels 2 and 3 whether it was examined."""
    doubt: str | None = None
    """Why a signature does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHistory:
    """One day. ``remarkable`` days are shown open: anything but in time, unflagged and without objection."""

    day: date
    school: str
    cell: Cell
    signed_level: int
    received_at: datetime | None
    remarkable: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar; ``inside`` its span, with a cell when something was owed."""

    day: date
    cell: Cell | None
    inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """How the days of a page are told: in the reader's words, with the names and windows that they mention."""

    say: Say
    names: Mapping[str, str]
    windows: Sequence[Window]
    strengths: Mapping[str, str] = field(default_factory=dict)
    """Of credentials, from their enrolments."""

    def of(self, day: SchoolDay, status: DayStatus) -> DayHistory:
        """The history of one school-day, oldest line first."""
        current = day.current
        cell = cell_of(
            status,
            current.nature if current else None,
            corrected=any(each.corrects for each in day.revisions),
            returned=day.returned,
            withdrawn=day.withdrawn,
        )
        lines = [
            *_duty_lines(day, self.say),
            *_heir_lines(day, self.names, self.say),
            *(_window_line(each, day, self.say) for each in about(day, self.windows)),
            *_filing_lines(day, self.say),
            *_signing_lines(day, self.strengths, self.say),
            *_reminder_lines(day, self.say),
        ]
        return DayHistory(
            day=day.business_date,
            school=day.school,
            cell=cell,
            signed_level=day.signed_level,
            received_at=day.filed.mark.received_at if day.filed else None,
            remarkable=cell.remarkable or bool(day.objections or day.reminders or day.inheritances),
            lines=tuple(sorted(lines, key=lambda line: line.position)),
        )


def _duty_lines(day: SchoolDay, say: Say) -> list[Line]:
    lines = [Line(at=day.opened.recorded_at, position=day.opened.position, sentence=say(zh("报送义务产生")))]
    for absence in day.absences:
        sentence = say(zh("至截止时刻未有动作：未报（第 {level} 级，{who}）")).format(
            level=absence.level, who=say(LEVELS[absence.level])
        )
        lines.append(Line(at=absence.deadline, position=absence.mark.position, sentence=sentence, tone="fail"))
    for excuse in day.excuses:
        lines.append(
            Line(
                at=excuse.mark.received_at,
                position=excuse.mark.position,
                sentence=say(zh("上一级予以免责，理由已封存")),
                tone="warn",
                person=excuse.person,
                appointment=excuse.appointment,
            )
        )
    if day.closed is not None:
        lines.append(Line(at=day.closed.recorded_at, position=day.closed.position, sentence=say(zh("报送义务结束"))))
    return lines


def _heir_lines(day: SchoolDay, names: Mapping[str, str], say: Say) -> list[Line]:
    sentence = say(zh("学校关闭或并入，报送义务由{heir}承接"))
    return [
        Line(
            at=each.mark.received_at,
            position=each.mark.position,
            sentence=sentence.format(heir=names.get(each.heir, each.heir)),
            tone="warn",
        )
        for each in day.inheritances
    ]


def _window_line(declared: Window, day: SchoolDay, say: Say) -> Line:
    window = declared.window
    times = {"began": _clock(window.began_at, day), "ended": _clock(window.ended_at, day)}
    if isinstance(window, Outage):
        text = zh("公告故障：{began} 至 {ended} 无法报送，其间到期、{grace} 前报到的予以免责，理由已封存")
        times["grace"] = _clock(window.grace_until, day)
    else:
        text = zh("系统中断：{began} 至 {ended} 无法入账，其间到达的以到达时刻为准")
    return Line(
        at=declared.mark.received_at,
        position=declared.mark.position,
        sentence=say(text).format(**times),
        tone="warn",
        person=declared.person,
    )


def _clock(instant: datetime, day: SchoolDay) -> str:
    """The time of day; with the date when it is another."""
    there = instant.astimezone(SHANGHAI)
    return there.strftime("%H:%M" if there.date() == day.business_date else "%m-%d %H:%M")


def _filing_lines(day: SchoolDay, say: Say) -> list[Line]:
    lines = []
    for each in day.revisions:
        nature = say(zh("零报告")) if each.nature is Nature.ZERO else say(zh("有情况报告"))
        filed, corrected = zh("报送第 {revision} 版（{nature}）"), zh("更正为第 {revision} 版（{nature}）")
        text = say(corrected if each.corrects else filed)
        superseded = each is not day.revisions[-1] or each.withdrawn is not None
        lines.append(
            Line(
                at=each.mark.received_at,
                position=each.mark.position,
                sentence=text.format(revision=each.revision, nature=nature),
                tone="warn" if each.corrects else "file",
                void=superseded,
                digest=each.digest,
            )
        )
        if each.withdrawn is not None:
            sentence = say(zh("撤回第 {revision} 版，理由已封存")).format(revision=each.revision)
            at = each.withdrawn
            lines.append(Line(at=at.received_at, position=at.position, sentence=sentence, tone="warn"))
    return lines


def _signing_lines(day: SchoolDay, strengths: Mapping[str, str], say: Say) -> list[Line]:
    lines = [_attestation_line(each, strengths, say) for each in day.attestations]
    for each in day.signatures:
        text = zh("第 {level} 级签字（{who}），签的是第 {revision} 版")
        lines.append(
            Line(
                at=each.mark.received_at,
                position=each.mark.position,
                sentence=say(text).format(level=each.level, who=say(LEVELS[each.level]), revision=each.revision),
                tone="sign",
                void=each.voided is not None,
                person=each.person,
                appointment=each.appointment,
                delegated=each.delegation is not None,
                digest=each.digest,
                how=_how(each.hand, each.examined, strengths, say),
                doubt=_doubt(each.hand, say),
            )
        )
    for objection in day.objections:
        returned = objection.kind == "returned"
        text = (
            zh("第 {level} 级退回第 {revision} 版，理由已封存")
            if returned
            else zh("第 {level} 级拒签第 {revision} 版，理由已封存")
        )
        lines.append(
            Line(
                at=objection.mark.received_at,
                position=objection.mark.position,
                sentence=say(text).format(level=objection.level, revision=objection.revision),
                tone="warn",
                person=objection.person,
                appointment=objection.appointment,
                how=_how(objection.hand, None, strengths, say),
                doubt=_doubt(objection.hand, say),
            )
        )
    return lines


def _attestation_line(attested: Attestation, strengths: Mapping[str, str], say: Say) -> Line:
    return Line(
        at=attested.mark.received_at,
        position=attested.mark.position,
        sentence=say(zh("签署第 {revision} 版的零报告承诺")).format(revision=attested.revision),
        tone="sign",
        person=attested.person,
        appointment=attested.appointment,
        delegated=attested.delegation is not None,
        how=_how(attested.hand, None, strengths, say),
        doubt=_doubt(attested.hand, say),
    )


def _how(hand: Hand | None, examined: str | None, strengths: Mapping[str, str], say: Say) -> str | None:
    words = [] if examined is None else [EXAMINED[examined]]
    words += [] if hand is None else words_for(hand, strengths)
    return " · ".join(say(each) for each in words) or None


def _doubt(hand: Hand | None, say: Say) -> str | None:
    if hand is None or hand.standing is SignatureStanding.VALID:
        return None
    return say(SIGNATURE_STANDINGS[hand.standing.value])


def _reminder_lines(day: SchoolDay, say: Say) -> list[Line]:
    lines = []
    for each in day.reminders:
        sent = each.sent
        lines.append(
            Line(at=sent.received_at, position=sent.position, sentence=say(zh("发出催报")), person=each.addressee)
        )
        if each.served is not None:
            at = each.served_at or each.served.received_at
            sentence = say(zh("催报送达"))
            lines.append(Line(at=at, position=each.served.position, sentence=sentence, person=each.served_to))
    return lines


def weeks_of(history: Sequence[DayHistory]) -> list[list[CalendarDay]]:
    """The days in weeks of Monday to Sunday."""
    if not history:
        return []
    cells = {each.day: each.cell for each in history}
    first, last = min(cells), max(cells)
    monday = first - timedelta(first.weekday())
    weeks = []
    while monday <= last:
        days = [monday + timedelta(n) for n in range(WEEK)]
        weeks.append([CalendarDay(day, cells.get(day), first <= day <= last) for day in days])
        monday += timedelta(WEEK)
    return weeks
