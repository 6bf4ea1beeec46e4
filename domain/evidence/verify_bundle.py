"""Verify a bundle: offline, from its bytes and a policy alone, in numbered steps.

Nothing in the bundle is believed. The keys of the log and of its witnesses come from the policy, certificates of a
timestamp authority with the check that is passed in; the keys of people come from enrolments that the log itself holds.

What a verdict cannot say: that nothing is missing. Whoever made the bundle may have left out a revocation or a dispute;
only the log as a whole shows that there is none.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from domain.evidence.bundle import Bundle, parse_bundle
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.commitment import NAMED_LIST, commitment, listed_commitments
from domain.evidence.errors import MalformedError
from domain.evidence.policy import Policy
from domain.evidence.verdict import (
    Finding,
    Reason,
    SignatureShown,
    State,
    Step,
    StepName,
    Unproved,
    Verdict,
    malformed,
    nothing,
)
from domain.evidence.verify_decisions import Decisions
from domain.evidence.verify_log import (
    TimestampCheck,
    checkpoint_of,
    consistency_finding,
    inclusion_findings,
    timestamp_findings,
    witness_finding,
)

_DIGEST: Final = re.compile(rb'"([0-9a-f]{64})"')
_ALWAYS = {StepName.MANIFEST, StepName.CHECKPOINT, StepName.INCLUSION}


def verify_bundle(files: Mapping[str, bytes], policy: Policy, *, timestamps: TimestampCheck | None = None) -> Verdict:
    """The verdict over a bundle given as file names and bytes.

    ``timestamps`` judges one token by the authority that the verifier trusts; whoever gives it requires timestamps.
    Never raises for what a bundle holds.
    """
    findings: dict[StepName, list[Finding]] = {name: [nothing(Reason.EARLIER_STEP)] for name in StepName}
    required = set(StepName)
    try:
        bundle = parse_bundle(files)
    except MalformedError as error:
        findings[StepName.MANIFEST] = [malformed(error)]
        return _verdict(None, None, findings, required, ())
    required = _required(bundle, policy, timestamps)
    findings[StepName.MANIFEST] = [Finding(state=State.VALID, reason=Reason.HOLDS)]
    checkpoint = _log_steps(bundle, policy, timestamps, findings)
    shown: tuple[SignatureShown, ...] = ()
    try:
        decisions = Decisions(bundle, bundle.manifest.origin)
    except MalformedError as error:
        findings[StepName.STATEMENTS] = [malformed(error)]
    else:
        shown = _decision_steps(decisions, findings)
        if decisions.decisions or decisions.unread:
            required |= _OF_DECISIONS
    findings[StepName.DISCLOSURE] = [*_disclosure(bundle)] or [nothing()]
    return _verdict(bundle, checkpoint, findings, required, shown)


_OF_DECISIONS = {
    StepName.STATEMENTS,
    StepName.SIGNATURES,
    StepName.CREDENTIALS,
    StepName.AUTHORITY,
    StepName.LEVELS,
}


def _required(bundle: Bundle, policy: Policy, timestamps: TimestampCheck | None) -> set[StepName]:
    """The steps without which nothing is shown; what only adds to it may stay unchecked."""
    required = set(_ALWAYS)
    if policy.quorum is not None:
        required.add(StepName.WITNESSES)
    if bundle.later is not None:
        required.add(StepName.CONSISTENCY)
    if timestamps is not None:
        required.add(StepName.TIMESTAMPS)
    return required


def _log_steps(
    bundle: Bundle, policy: Policy, timestamps: TimestampCheck | None, findings: dict[StepName, list[Finding]]
) -> Checkpoint | None:
    checkpoint: Checkpoint | None = None
    try:
        checkpoint = checkpoint_of(bundle.note, policy, bundle.manifest.origin)
    except Unproved as error:
        findings[StepName.CHECKPOINT] = [error.finding()]
    except MalformedError as error:
        findings[StepName.CHECKPOINT] = [malformed(error)]
    if checkpoint is None:
        return None
    findings[StepName.CHECKPOINT] = [Finding(state=State.VALID, reason=Reason.HOLDS)]
    findings[StepName.INCLUSION] = [*inclusion_findings(bundle, checkpoint)] or [nothing()]
    consistency = consistency_finding(bundle, checkpoint, policy)
    findings[StepName.CONSISTENCY] = [consistency]
    findings[StepName.WITNESSES] = [witness_finding(bundle, policy, extended=consistency.state is State.VALID)]
    findings[StepName.TIMESTAMPS] = [*timestamp_findings(bundle, timestamps)]
    return checkpoint


def _decision_steps(decisions: Decisions, findings: dict[StepName, list[Finding]]) -> tuple[SignatureShown, ...]:
    steps: dict[StepName, Callable[[], Iterable[Finding]]] = {
        StepName.CONTENT: decisions.content,
        StepName.STATEMENTS: decisions.statements,
        StepName.SIGNATURES: decisions.signatures,
        StepName.CREDENTIALS: decisions.credentials,
        StepName.AUTHORITY: decisions.authority,
        StepName.LEVELS: decisions.levels,
        StepName.COVERAGE: decisions.coverage,
    }
    # Of what the log is not shown to hold, no signature counts.
    about = [*findings[StepName.CHECKPOINT], *findings[StepName.INCLUSION]]
    for name, judge in steps.items():
        try:
            judged = [*judge()]
        except MalformedError as error:
            judged = [malformed(error)]  # an entry that a whole step rests on
        about += judged
        findings[name] = judged or [nothing()]
    return tuple(decisions.shown(about))


def _disclosure(bundle: Bundle) -> Iterator[Finding]:
    """Of every disclosed value: that it is what an entry commits to. What is sealed and not shown is named.

    A named list that is disclosed commits to each of its rows in turn.
    """
    rows, findings = _rows(bundle)
    # Once over the entries, however many values a hostile bundle discloses.
    committed = {each.decode() for entry in bundle.entries for each in _DIGEST.findall(entry.data)}
    for name, shown in sorted(bundle.disclosed.items()):
        if commitment(shown.value, shown.salt) != name:
            yield Unproved.invalid(Reason.DISCLOSED_DIFFERS, commitment=name).finding()
        elif name not in rows and name not in committed:
            yield Unproved.invalid(Reason.DISCLOSED_STRANGER, commitment=name).finding()
        else:
            yield Finding(state=State.VALID, reason=Reason.HOLDS, details={"commitment": name})
    entries = {entry.position: entry for entry in bundle.entries}
    for sealed in bundle.manifest.sealed:
        entry = entries.get(sealed.position)
        value = None if entry is None else entry.payload.at(sealed.path)
        if not isinstance(value, str) or value not in bundle.disclosed:
            details = {"path": sealed.path}
            yield Unproved.not_checked(Reason.NOT_DISCLOSED, **details).finding(sealed.position)
    yield from findings


def _rows(bundle: Bundle) -> tuple[set[str], list[Finding]]:
    """The commitments in the named lists that are disclosed, and what is to say of rows that are not."""
    rows: set[str] = set()
    findings: list[Finding] = []
    for entry in bundle.entries:
        shown = bundle.disclosed.get(str(entry.payload.at(NAMED_LIST)))
        if shown is None:
            continue
        try:
            listed = listed_commitments(shown.value)
        except MalformedError as error:
            findings.append(malformed(error, entry.position))
            continue
        rows.update(listed)
        for number, each in enumerate(listed):
            if each not in bundle.disclosed:
                path = f"{NAMED_LIST}.{number}"
                findings.append(Unproved.not_checked(Reason.NOT_DISCLOSED, path=path).finding(entry.position))
    return rows, findings


def _verdict(
    bundle: Bundle | None,
    checkpoint: Checkpoint | None,
    findings: Mapping[StepName, list[Finding]],
    required: set[StepName],
    signatures: tuple[SignatureShown, ...],
) -> Verdict:
    opened = next((each for each in bundle.entries if each.type == "LogOpened"), None) if bundle is not None else None
    return Verdict(
        origin=None if checkpoint is None else checkpoint.origin,
        size=None if checkpoint is None else checkpoint.size,
        entries=0 if bundle is None else len(bundle.entries),
        simulated=opened is not None and opened.payload.members.get("clock") == "simulated",
        steps=[
            Step(number=number, name=name, findings=findings[name], required=name in required)
            for number, name in enumerate(StepName, 1)
        ],
        signatures=signatures,
    )
