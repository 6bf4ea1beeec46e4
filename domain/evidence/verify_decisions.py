"""The steps of a verdict about decisions: what was filed, what was signed, by which key, in which office."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from domain.evidence.bundle import Bundle
from domain.evidence.coverage import Coverage
from domain.evidence.credentials import VOUCHERS, Credentials, Enrolment
from domain.evidence.decisions import SignedDecision, Subjects, signed_decision
from domain.evidence.digest import content_digest
from domain.evidence.entry import Entry, Fields, instant_text
from domain.evidence.errors import MalformedError, ProofError, SignatureError
from domain.evidence.held_signature import verify_held
from domain.evidence.offices_needed import OfficesNeeded
from domain.evidence.origins import Origins
from domain.evidence.statement import Statement, statement_digest
from domain.evidence.unread import unread_findings
from domain.evidence.verdict import Finding, Reason, SignatureShown, State, Unproved, found, worst
from domain.evidence.verify_levels import levels_findings

_FILED: Final = ("form", "form_version", "report", "revision", "content")


class Decisions:
    """The signed decisions of a bundle, judged by its other entries. Raises MalformedError where one is not whole."""

    def __init__(self, bundle: Bundle, origin: str) -> None:
        self._origins = Origins(bundle.entries, origin)
        self._entries = bundle.entries
        self._coverage = bundle.coverage
        self._subjects = Subjects(bundle.entries)
        self._credentials = Credentials(bundle.entries)
        self._offices = OfficesNeeded(bundle.entries, self._subjects)
        self.unread = [*unread_findings(bundle.entries)]
        """Of entries in a version that is not known here."""
        self.decisions: list[SignedDecision] = []
        for entry in bundle.entries:
            decision = signed_decision(entry)
            self.decisions += [] if decision is None else [decision]
        self._signatures: defaultdict[str | None, list[SignedDecision]] = defaultdict(list)
        self._nonces: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
        for each in self.decisions:
            self._nonces[each.subject, each.entry.payload.text_or_none("nonce")].append(each.entry.position)
            self._signatures[each.entry.payload.text_or_none("signature")].append(each)

    def content(self) -> Iterator[Finding]:
        """Of every filing and roll-up: that its digest is that of what it says."""
        for entry in self._entries:
            if entry.type in ("ReportSubmitted", "ReportCorrected", "RollupBuilt"):
                yield found(partial(self._require_content, entry), entry.position)

    def statements(self) -> Iterator[Finding]:
        """Of every decision: that its statement is the one that was signed, over something that is there."""
        yield from self.unread
        for each in self.decisions:
            yield found(partial(self._require_statement, each), each.entry.position)

    def signatures(self) -> Iterator[Finding]:
        """Of every decision: that the bytes were made by the enrolled key."""
        for each in self.decisions:
            yield found(partial(self._require_signature, each), each.entry.position)

    def credentials(self) -> Iterator[Finding]:
        """Of every decision: that its credential was the person's, vouched for, and valid."""
        for each in self.decisions:
            yield found(partial(self._require_credential, each), each.entry.position)

    def authority(self) -> Iterator[Finding]:
        """Of every decision: that the person held the office that it needs."""
        for each in self.decisions:
            yield found(partial(self._offices.require, each), each.entry.position)

    def levels(self) -> Iterator[Finding]:
        """Three levels, three persons."""
        yield from levels_findings(self.decisions, self._subjects, self._offices)

    def coverage(self) -> Iterator[Finding]:
        """Of every path: that it leads to the root of the roll-up, from something that the bundle holds."""
        entries = {each.position: each for each in self._entries}
        for position, each in self._coverage:
            yield found(partial(self._require_covered, entries.get(position), each), position)

    def shown(self, findings: Sequence[Finding]) -> Iterator[SignatureShown]:
        """Every signature with its strength, and whether it counts by these findings: one of no entry is of each."""
        states: defaultdict[int | None, list[State]] = defaultdict(list)
        for finding in findings:
            states[finding.position].append(finding.state)
        every = [*states[None], *(each.state for each in self.unread)]
        for each in self.decisions:
            yield SignatureShown(
                position=each.entry.position,
                type=each.entry.type,
                subject=each.subject,
                level=each.level,
                person=each.person,
                decision=each.decision,
                examined=each.examined,
                strength=self._strength(each),
                recorded_at=instant_text(each.entry.recorded_at),
                counts=worst([*every, *states[each.entry.position]]),
                void_since=self._subjects.void_since(each),
            )

    def _require_content(self, entry: Entry) -> None:
        if entry.version != 1:
            raise Unproved.not_checked(Reason.VERSION_UNKNOWN, version=str(entry.version))
        said = entry.payload
        if entry.type == "RollupBuilt":
            kind, content = "rollup", {name: each for name, each in said.members.items() if name != "digest"}
        else:
            kind, content = "report", {name: said.members[name] for name in _FILED if said.has(name)}
        if content_digest(kind, {"origin": self._origins.at(entry.position)} | content) != said.digest("digest"):
            raise Unproved.invalid(Reason.DIGEST_DIFFERS, digest=said.digest("digest"))

    def _require_statement(self, decision: SignedDecision) -> None:
        if decision.held is None:
            raise Unproved.invalid(Reason.UNSIGNED)
        signed = decision.entry.payload.digest("signature")
        if statement_digest(self._statement(decision)) != signed:
            raise Unproved.invalid(Reason.DIGEST_DIFFERS, digest=signed)
        self._require_once(decision)
        self._require_examined(decision)
        self._subjects.require_preparer(decision)
        self._require_below(decision)

    def _require_once(self, decision: SignedDecision) -> None:
        """A nonce serves once over a report or roll-up: the same signature again is no second decision."""
        first = self._nonces[decision.subject, decision.entry.payload.text("nonce")][0]
        if first != decision.entry.position:
            raise Unproved.invalid(Reason.NONCE_USED, before=str(first))

    def _require_examined(self, decision: SignedDecision) -> None:
        """Level 2 and 3 say in their signature whether they have examined it or its summary only; nobody else does."""
        needed = decision.decision == "sign" and decision.level > 1
        if (decision.examined in ("examined", "summary_only")) != needed or (decision.examined is not None) != needed:
            raise Unproved.invalid(Reason.EXAMINED_WRONG, level=str(decision.level))

    def _require_below(self, decision: SignedDecision) -> None:
        below = decision.entry.payload.text_or_none("below")
        if decision.kind == "rollup" or decision.decision != "sign":
            return
        if (below is None) != (decision.level == 1):
            raise Unproved.invalid(Reason.BELOW_DIFFERS, level=str(decision.level))
        if below is None:
            return
        for each in self._signatures[below]:
            over = (each.subject, each.digest, each.level, each.decision)
            expected = (decision.subject, decision.digest, decision.level - 1, "sign")
            if over == expected and each.entry.position < decision.entry.position:
                return
        raise Unproved.not_checked(Reason.BELOW_ABSENT, below=below)

    def _require_covered(self, rollup: Entry | None, coverage: Coverage) -> None:
        if rollup is None or rollup.type != "RollupBuilt":
            raise Unproved.not_checked(Reason.NO_ROLLUP)
        try:
            root = coverage.root()
        except ProofError as error:
            raise Unproved.invalid(Reason.NOT_COVERED, said=error.rule) from error
        if root != rollup.payload.digest("root"):
            raise Unproved.invalid(Reason.NOT_COVERED, said=f"the root is {root}")
        organisation, digest, *signature = coverage.child
        if not self._subjects.holds(organisation, digest, before=rollup.position):
            raise Unproved.not_checked(Reason.SUBJECT_ABSENT, subject=organisation, digest=digest)
        for below in signature:
            if not any(each.digest == digest and each.level == 2 for each in self._signatures[below]):
                raise Unproved.not_checked(Reason.BELOW_ABSENT, below=below)

    def _statement(self, decision: SignedDecision) -> Statement:
        """What was signed, put together from the entry; the rules are those of the duty."""
        said = decision.entry.payload
        statement: Statement = {
            "origin": self._origins.at(decision.entry.position),
            "digest": decision.digest,
            "level": decision.level,
            "decision": decision.decision,
            "appointment": decision.appointment,
            "nonce": said.text("nonce"),
        }
        for name in ("below", "examined", "reason", "delegation"):
            if said.has(name):
                statement[name] = said.text(name)
        if decision.kind == "report":
            statement["rules"] = self._subjects.duty(decision).text("rules")
        return statement

    def _require_signature(self, decision: SignedDecision) -> None:
        held = _held(decision)
        enrolment = self._enrolment(decision, held)
        for part in ("paper", "batch"):
            held.fields_or_none(part)  # objects, if they are there: below that is taken for granted
        said = decision.entry.payload
        try:
            verify_held(
                held.members,
                key=enrolment.key,
                statement=said.digest("signature"),
                origin=self._origins.at(decision.entry.position),
                nonce=said.text("nonce"),
                signer=decision.person,
            )
        except (SignatureError, ProofError) as error:
            raise Unproved.invalid(Reason.SIGNATURE_WRONG, said=str(error)) from error

    def _require_credential(self, decision: SignedDecision) -> None:
        held = _held(decision)
        enrolment = self._enrolment(decision, held)
        paper = held.fields_or_none("paper")
        if paper is not None and paper.text("attested_by") in self._offices.side(decision):
            raise Unproved.invalid(Reason.ATTESTED_BY_SIGNER, person=decision.person)
        holder = decision.person if paper is None else paper.text("attested_by")
        if enrolment.person != holder:
            raise Unproved.invalid(Reason.ANOTHERS_CREDENTIAL, person=holder, credential=enrolment.key.credential)
        self._require_vouched(enrolment)
        self._credentials.require_usable(enrolment, decision.entry, self._offices.require_office)

    def _require_vouched(self, enrolment: Enrolment) -> None:
        """Nobody vouches for the own key, nor through a delegate."""
        own = Unproved.invalid(Reason.ENROLMENT_WRONG, credential=enrolment.key.credential)
        vouched_by, office = enrolment.vouched_by, enrolment.vouching_appointment
        if enrolment.person == vouched_by:
            raise own
        if enrolment.person == self._offices.require_office(vouched_by, office, enrolment.entry, VOUCHERS):
            raise own

    def _enrolment(self, decision: SignedDecision, held: Fields) -> Enrolment:
        return self._credentials.enrolment(held.digest("credential"), before=decision.entry.position)

    def _strength(self, decision: SignedDecision) -> str | None:
        """As the enrolment says; paper is paper, whatever key its witness attested with."""
        if decision.held is None:
            return None
        if decision.held.has("paper"):
            return "paper"
        try:
            return self._enrolment(decision, decision.held).strength
        except (Unproved, MalformedError):
            return None


def _held(decision: SignedDecision) -> Fields:
    if decision.held is None:
        raise Unproved.invalid(Reason.UNSIGNED)
    return decision.held
