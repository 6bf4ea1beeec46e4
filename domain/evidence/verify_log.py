"""The steps of a verdict that show that the log holds the entries: checkpoint, witnesses, proofs, timestamps."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final

from domain.evidence.bundle import Bundle, Token
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.cosignature import verify_cosignatures
from domain.evidence.entry import Entry, instant_text
from domain.evidence.errors import EvidenceError, PolicyError, ProofError, SignatureError
from domain.evidence.merkle import verify_consistency, verify_inclusion
from domain.evidence.note import Note, VerifierKey, verify_log_signature
from domain.evidence.origins import Origins
from domain.evidence.policy import Policy
from domain.evidence.verdict import Finding, Reason, State, Unproved, found, nothing

TimestampCheck = Callable[[bytes, bytes, bytes], datetime]
"""Of a token (DER), the bytes it is over, and a chain (PEM): the instant it was made. Raises SignatureError."""
CLOCKS_APART: Final = timedelta(minutes=5)
"""How far the clocks of a log, of its edge and of a timestamp authority may be apart."""


def checkpoint_of(note: Note, policy: Policy, origin: str) -> Checkpoint:
    """The checkpoint of a note that the policy's log of ``origin`` has signed. Raises Unproved, MalformedError."""
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise Unproved.invalid(Reason.OTHER_ORIGIN, origin=checkpoint.origin, expected=origin)
    try:
        verify_log_signature(note, *policy.log_keys(checkpoint.origin))
    except PolicyError:
        raise Unproved.invalid(Reason.LOG_UNKNOWN, origin=checkpoint.origin) from None
    except SignatureError as error:
        raise Unproved.invalid(Reason.LOG_SIGNATURE, said=str(error)) from error
    return checkpoint


def witness_finding(bundle: Bundle, policy: Policy, *, extended: bool) -> Finding:
    """Whether the policy's witnesses have cosigned.

    Where a later checkpoint is shown to extend this one (``extended``), its cosignatures count as well: who has seen
    the larger tree has seen this one.
    """
    if policy.quorum is None:
        return nothing(Reason.WITHOUT_WITNESSES)
    notes = [bundle.note, bundle.later.note] if bundle.later is not None and extended else [bundle.note]

    def check() -> None:
        cosigned: list[list[VerifierKey]] = []
        for note in notes:
            try:
                witnesses = verify_cosignatures(note, [party.key for party in policy.witnesses.values()])
            except SignatureError as error:
                raise Unproved.invalid(Reason.WITNESS_SIGNATURE, said=str(error)) from error
            cosigned.append([each.key for each in witnesses])
        if not any(_reaches(policy, keys) for keys in cosigned):
            names = sorted({key.name for keys in cosigned for key in keys})
            raise Unproved.invalid(Reason.QUORUM_MISSED, quorum=policy.quorum or "", cosigned=", ".join(names) or "–")

    return found(check)


def _reaches(policy: Policy, keys: Sequence[VerifierKey]) -> bool:
    try:
        policy.require_quorum(keys)
    except PolicyError:
        return False
    return True


def inclusion_findings(bundle: Bundle, checkpoint: Checkpoint) -> Iterator[Finding]:
    """Of every entry: that its proof leads to this very checkpoint. And that time never runs back along positions."""
    for entry in bundle.entries:
        yield found(partial(_require_included, bundle, checkpoint, entry), entry.position)
        if entry.received_at > entry.recorded_at + CLOCKS_APART:
            # Offices and keys are judged by the arrival: a claimed one could lie where a term has begun.
            received_at = instant_text(entry.received_at)
            yield Unproved.invalid(Reason.RECEIVED_LATER, received_at=received_at).finding(entry.position)
    for before, after in pairwise(bundle.entries):
        if after.recorded_at < before.recorded_at:
            yield Unproved.invalid(Reason.TIME_RUNS_BACK).finding(after.position)
    for entry in bundle.entries:
        if entry.type == "LogOpened":
            yield found(partial(_require_opened, bundle, entry, checkpoint), entry.position)
    if not any(entry.type == "LogOpened" for entry in bundle.entries):
        # It alone says that a log is simulated: left out, a rehearsal would pass for the truth.
        yield nothing(Reason.OPENING_ABSENT)


def _require_opened(bundle: Bundle, entry: Entry, checkpoint: Checkpoint) -> None:
    origin = Origins(bundle.entries, checkpoint.origin).at(entry.position)
    if entry.position != 1 or entry.payload.text("origin") != origin:
        raise Unproved.invalid(Reason.OTHER_ORIGIN, origin=entry.payload.text("origin"), expected=origin)


def _require_included(bundle: Bundle, checkpoint: Checkpoint, entry: Entry) -> None:
    proof = bundle.proofs[entry.position]
    if proof.note != bundle.note:
        raise Unproved.invalid(Reason.OTHER_CHECKPOINT)
    if proof.index != entry.position - 1:
        raise Unproved.invalid(Reason.NOT_INCLUDED, said=f"the proof is of index {proof.index}")
    try:
        verify_inclusion(
            leaf_hash=entry.leaf,
            index=proof.index,
            size=checkpoint.size,
            proof=proof.hashes,
            root=checkpoint.root,
        )
    except ProofError as error:
        raise Unproved.invalid(Reason.NOT_INCLUDED, said=error.rule) from error


def consistency_finding(bundle: Bundle, checkpoint: Checkpoint, policy: Policy) -> Finding:
    """That the later checkpoint, where there is one, extends the checkpoint."""
    later = bundle.later
    if later is None:
        return nothing(Reason.NO_LATER_CHECKPOINT)

    def check() -> None:
        newer = checkpoint_of(later.note, policy, checkpoint.origin)
        if later.old_size != checkpoint.size:
            raise Unproved.invalid(Reason.INCONSISTENT, said=f"the proof is from size {later.old_size}")
        try:
            verify_consistency(
                old_size=checkpoint.size,
                old_root=checkpoint.root,
                size=newer.size,
                root=newer.root,
                proof=later.proof,
            )
        except ProofError as error:
            raise Unproved.invalid(Reason.INCONSISTENT, said=error.rule) from error

    return found(check)


def timestamp_findings(bundle: Bundle, check: TimestampCheck | None) -> Iterator[Finding]:
    """Of every token: that its authority saw the checkpoint, and not before the entries that the checkpoint holds."""
    if not bundle.tokens:
        yield nothing(Reason.NO_TIMESTAMP)
    elif check is None:
        yield nothing(Reason.NO_AUTHORITY_GIVEN)
    else:
        newest = max((each.recorded_at for each in bundle.entries), default=None)
        for token in bundle.tokens:
            yield _timestamp_finding(token, bundle.chain, check, newest)


def _timestamp_finding(token: Token, chain: bytes, check: TimestampCheck, newest: datetime | None) -> Finding:
    try:
        made = check(token.token, token.over, chain)
    except EvidenceError as error:
        return Unproved.invalid(Reason.TIMESTAMP_WRONG, file=token.name, said=str(error)).finding()
    details = {"file": token.name, "made_at": instant_text(made)}
    if newest is not None and made < newest - CLOCKS_APART:
        return Unproved.invalid(Reason.TIMESTAMP_TOO_EARLY, recorded_at=instant_text(newest), **details).finding()
    return Finding(state=State.VALID, reason=Reason.HOLDS, details=details)
