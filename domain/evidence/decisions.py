"""Signed decisions, read from their entries: who decided what over which digest, and what exactly was signed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.evidence.entry import Entry, Fields, parse_day
from domain.evidence.errors import MalformedError
from domain.evidence.verdict import Reason, Unproved

DECISIONS: Final[Mapping[str, tuple[str, str]]] = {
    "ReportSigned": ("sign", "report"),
    "ReportReturned": ("return", "report"),
    "SignatureRefused": ("refuse", "report"),
    "ZeroAttested": ("attest_zero", "report"),
    "RollupSigned": ("sign", "rollup"),
    "RollupReturned": ("return", "rollup"),
}
"""By event type: the decision's word, and the member that names its subject."""

CONTENTS: Final = {"ReportSubmitted": "report", "ReportCorrected": "report", "RollupBuilt": "rollup"}
DUTIES: Final = frozenset({"DutyOpened", "DutyInherited"})
VOIDING: Final = {
    "ReportCorrected": "report",
    "ReportReturned": "report",
    "ReportWithdrawn": "report",
    "RollupReturned": "rollup",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDecision:
    """One decision of a person. ``held`` is what the person's key made; None where the entry holds none."""

    entry: Entry
    decision: str
    kind: str
    subject: str
    level: int
    digest: str
    person: str
    appointment: str
    delegation: str | None
    on_behalf_of: str | None
    examined: str | None
    held: Fields | None

    @property
    def day(self) -> str:
        """Form and day of the subject, by which roll-ups and reports belong together."""
        form, day, _ = subject_parts(self.subject)
        return f"{form.removeprefix('f2-')}.{day}"


def signed_decision(entry: Entry) -> SignedDecision | None:
    """The decision of an entry; None for every other type, and for a version not known. Raises MalformedError."""
    if entry.type not in DECISIONS or entry.version != 1:
        return None
    decision, kind = DECISIONS[entry.type]
    said = entry.payload
    subject_parts(said.text(kind))
    return SignedDecision(
        entry=entry,
        decision=decision,
        kind=kind,
        subject=said.text(kind),
        level=0 if entry.type == "ZeroAttested" else said.number("level"),
        digest=said.digest("digest"),
        person=said.text("person"),
        appointment=said.text("appointment"),
        delegation=said.text_or_none("delegation"),
        on_behalf_of=said.text_or_none("on_behalf_of"),
        examined=said.text_or_none("examined"),
        held=said.fields_or_none("held"),
    )


def subject_parts(subject: str) -> tuple[str, str, str]:
    """(form, day, organisation) of a report's or roll-up's name. Raises MalformedError."""
    parts = subject.split(".")
    if len(parts) != 3 or not all(parts):
        raise MalformedError("subject", "must be form.YYYY-MM-DD.organisation")
    parse_day("subject", parts[1])
    return parts[0], parts[1], parts[2]


class Subjects:
    """What decisions are about, by digest and by name: filings, roll-ups, duties."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._contents: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._by_digest: defaultdict[str, list[tuple[str, Entry]]] = defaultdict(list)
        self._duties: defaultdict[str, list[Entry]] = defaultdict(list)
        self._voiding: defaultdict[str, list[Entry]] = defaultdict(list)
        self._built: defaultdict[str, list[Entry]] = defaultdict(list)
        for each in sorted(entries, key=lambda each: each.position):
            if each.version != 1:
                continue
            if each.type in VOIDING:
                self._voiding[each.payload.text(VOIDING[each.type])].append(each)
            if each.type in CONTENTS:
                subject, digest = each.payload.text(CONTENTS[each.type]), each.payload.digest("digest")
                self._contents[subject, digest].append(each)
                self._by_digest[digest].append((subject, each))
                if each.type == "RollupBuilt":
                    self._built[subject].append(each)
            elif each.type in DUTIES:
                self._duties[each.payload.text("report")].append(each)

    def filed(self, decision: SignedDecision) -> Entry | None:
        """The filing or roll-up that was decided over, where the bundle has it."""
        for each in self._contents[decision.subject, decision.digest]:
            if each.position < decision.entry.position:
                return each
        return None

    def require_filed(self, decision: SignedDecision) -> Entry:
        """As ``filed``. Raises Unproved (not checked) where the bundle has none."""
        filed = self.filed(decision)
        if filed is None:
            raise Unproved.not_checked(Reason.SUBJECT_ABSENT, subject=decision.subject, digest=decision.digest)
        return filed

    def require_preparer(self, decision: SignedDecision) -> None:
        """What was decided over stood then, and a zero report is attested by who prepared it. Raises Unproved."""
        filed = self.require_filed(decision)
        self._require_standing(decision, filed)
        if decision.decision == "attest_zero":
            prepared_by = filed.payload.fields("content").text("prepared_by")
            if prepared_by != decision.person:
                raise Unproved.invalid(Reason.NOT_THE_PREPARER, person=decision.person, prepared_by=prepared_by)

    def _require_standing(self, decision: SignedDecision, filed: Entry) -> None:
        """Nobody decides over what was corrected, sent back, withdrawn or built anew before. Raises Unproved."""
        for each in self._undoing(decision):
            if filed.position < each.position < decision.entry.position:
                raise Unproved.invalid(Reason.SUPERSEDED, before=str(each.position))

    def _undoing(self, decision: SignedDecision) -> Iterator[Entry]:
        yield from self._built[decision.subject]
        for each in self._voiding[decision.subject]:
            if each.type != "RollupReturned" or each.payload.text("digest") == decision.digest:
                yield each

    def void_since(self, decision: SignedDecision) -> int | None:
        """The position since which a signature no longer stands: corrected, sent back or withdrawn; it stays valid."""
        if decision.decision not in ("sign", "attest_zero"):
            return None
        for each in self._voiding[decision.subject]:
            other_revision = each.type == "RollupReturned" and each.payload.text("digest") != decision.digest
            if each.position > decision.entry.position and not other_revision:
                return each.position
        return None

    def holds(self, organisation: str, digest: str, *, before: int) -> bool:
        """Whether an organisation's filing or roll-up of this digest was there before a position."""
        return any(
            each.position < before and subject_parts(subject)[2] == organisation
            for subject, each in self._by_digest[digest]
        )

    def duty(self, decision: SignedDecision) -> Fields:
        """The duty that the report answers. Raises Unproved (not checked) where the bundle has none."""
        opened = self._newest("DutyOpened", decision)
        if opened is None:
            raise Unproved.not_checked(Reason.DUTY_ABSENT, subject=decision.subject)
        return opened.payload

    def answering(self, decision: SignedDecision) -> str:
        """The school that the report's name holds, or after an inheritance the heir alone."""
        opened, inherited = self._newest("DutyOpened", decision), self._newest("DutyInherited", decision)
        # A duty that was lifted and opened again begins anew, without its heir.
        if inherited is None or (opened is not None and inherited.position < opened.position):
            return subject_parts(decision.subject)[2]
        return inherited.payload.text("heir")

    def _newest(self, type_name: str, decision: SignedDecision) -> Entry | None:
        newest = None
        for each in self._duties[decision.subject]:
            if each.type == type_name and each.position < decision.entry.position:
                newest = each
        return newest
