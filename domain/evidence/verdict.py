"""The verdict over a bundle: numbered steps, each valid, invalid or not checked, and why.

Invalid means that something was checked and is wrong; not checked, that it could not be: what it needs is not in the
bundle or was not given. Reasons are codes; whoever shows a verdict has the sentences.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from domain.evidence.errors import EvidenceError, MalformedError


class State(StrEnum):
    """The three values."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_CHECKED = "not_checked"


class StepName(StrEnum):
    """The steps in their order: the first is number 1."""

    MANIFEST = "manifest"
    CHECKPOINT = "checkpoint"
    WITNESSES = "witnesses"
    INCLUSION = "inclusion"
    CONSISTENCY = "consistency"
    TIMESTAMPS = "timestamps"
    CONTENT = "content"
    STATEMENTS = "statements"
    SIGNATURES = "signatures"
    CREDENTIALS = "credentials"
    AUTHORITY = "authority"
    LEVELS = "levels"
    COVERAGE = "coverage"
    DISCLOSURE = "disclosure"


class Reason(StrEnum):
    """Why a finding is as it is."""

    HOLDS = "holds"
    NOTHING_TO_CHECK = "nothing_to_check"
    EARLIER_STEP = "earlier_step"
    MALFORMED = "malformed"

    WITHOUT_WITNESSES = "without_witnesses"
    QUORUM_MISSED = "quorum_missed"
    LOG_UNKNOWN = "log_unknown"
    LOG_SIGNATURE = "log_signature"
    WITNESS_SIGNATURE = "witness_signature"
    NOT_INCLUDED = "not_included"
    OTHER_CHECKPOINT = "other_checkpoint"
    TIME_RUNS_BACK = "time_runs_back"
    RECEIVED_LATER = "received_later"
    OTHER_ORIGIN = "other_origin"
    OPENING_ABSENT = "opening_absent"
    NO_LATER_CHECKPOINT = "no_later_checkpoint"
    INCONSISTENT = "inconsistent"
    NO_TIMESTAMP = "no_timestamp"
    NO_AUTHORITY_GIVEN = "no_authority_given"
    TIMESTAMP_WRONG = "timestamp_wrong"
    TIMESTAMP_TOO_EARLY = "timestamp_too_early"

    DIGEST_DIFFERS = "digest_differs"
    VERSION_UNKNOWN = "version_unknown"
    SUBJECT_ABSENT = "subject_absent"
    BELOW_ABSENT = "below_absent"
    BELOW_DIFFERS = "below_differs"
    DUTY_ABSENT = "duty_absent"
    UNSIGNED = "unsigned"
    NONCE_USED = "nonce_used"
    EXAMINED_WRONG = "examined_wrong"
    NOT_THE_PREPARER = "not_the_preparer"
    SUPERSEDED = "superseded"

    SIGNATURE_WRONG = "signature_wrong"
    NOT_ENROLLED = "not_enrolled"
    ENROLMENT_WRONG = "enrolment_wrong"
    ANOTHERS_CREDENTIAL = "anothers_credential"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    FROZEN = "frozen"
    DISPUTED = "disputed"
    REPUDIATED = "repudiated"
    ATTESTED_BY_SIGNER = "attested_by_signer"

    NO_APPOINTMENT = "no_appointment"
    NOT_APPOINTED = "not_appointed"
    NO_DELEGATION = "no_delegation"
    NOT_DELEGATED = "not_delegated"
    WRONG_ROLE = "wrong_role"
    WRONG_OFFICE = "wrong_office"
    WRONG_ORGANISATION = "wrong_organisation"
    ORGANISATION_ABSENT = "organisation_absent"
    NO_EXEMPTION = "no_exemption"
    SAME_PERSON = "same_person"

    NOT_COVERED = "not_covered"
    NO_ROLLUP = "no_rollup"
    DISCLOSED_DIFFERS = "disclosed_differs"
    DISCLOSED_STRANGER = "disclosed_stranger"
    NOT_DISCLOSED = "not_disclosed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found; ``position`` names the entry, where it is about one."""

    state: State
    reason: Reason
    position: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class Unproved(EvidenceError):
    """A check did not hold; carries the finding."""

    def __init__(self, state: State, reason: Reason, **details: str) -> None:
        super().__init__(reason.value)
        self.state = state
        self.reason = reason
        self.details = details

    @classmethod
    def invalid(cls, reason: Reason, **details: str) -> Self:
        """Checked, and wrong."""
        return cls(State.INVALID, reason, **details)

    @classmethod
    def not_checked(cls, reason: Reason, **details: str) -> Self:
        """What it needs is not there."""
        return cls(State.NOT_CHECKED, reason, **details)

    def finding(self, position: int | None = None) -> Finding:
        """The finding."""
        return Finding(state=self.state, reason=self.reason, position=position, details=self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One numbered step. ``required``: if it was not checked, the whole was not."""

    number: int
    name: StepName
    findings: Sequence[Finding]
    required: bool

    @property
    def state(self) -> State:
        """Invalid if any finding is, else not checked if any is, or if there is none."""
        return worst([each.state for each in self.findings] or [State.NOT_CHECKED])


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureShown:
    """One signature, for whoever reads the verdict. ``strength`` is of the credential that made it, or ``paper``.

    ``counts`` says whether the signature holds. One that holds may be void: ``void_since`` is the position at which
    what it was over was corrected, sent back or withdrawn.
    """

    position: int
    type: str
    subject: str
    level: int
    person: str
    decision: str
    examined: str | None
    strength: str | None
    recorded_at: str
    counts: State
    void_since: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All steps, and the whole. ``simulated``: the log says of itself that its time is not real."""

    origin: str | None
    size: int | None
    entries: int
    simulated: bool
    steps: Sequence[Step]
    signatures: Sequence[SignatureShown]

    @property
    def state(self) -> State:
        """Invalid if any step is; not checked if a required step was not; else valid."""
        if any(each.state is State.INVALID for each in self.steps):
            return State.INVALID
        unchecked = any(each.required and each.state is State.NOT_CHECKED for each in self.steps)
        return State.NOT_CHECKED if unchecked or not self.steps else State.VALID

    def step(self, name: StepName) -> Step:
        """The step of a name."""
        return next(each for each in self.steps if each.name is name)


def worst(states: Sequence[State]) -> State:
    """Invalid before not checked before valid; of nothing, valid."""
    for state in (State.INVALID, State.NOT_CHECKED):
        if state in states:
            return state
    return State.VALID


def found(check: Callable[[], None], position: int | None = None) -> Finding:
    """What a check finds: it holds, or what it raises."""
    try:
        check()
    except Unproved as error:
        return error.finding(position)
    except MalformedError as error:
        return malformed(error, position)
    return Finding(state=State.VALID, reason=Reason.HOLDS, position=position)


def malformed(error: MalformedError, position: int | None = None) -> Finding:
    """What has not its form."""
    details = {"field": error.field, "rule": error.rule}
    return Finding(state=State.INVALID, reason=Reason.MALFORMED, position=position, details=details)


def nothing(reason: Reason = Reason.NOTHING_TO_CHECK) -> Finding:
    """There was nothing to check, and why."""
    return Finding(state=State.NOT_CHECKED, reason=reason)
