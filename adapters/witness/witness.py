"""A witness: "as of this time, this is the largest consistent tree of this origin that I have seen".

One request, in this order; nothing is answered before step 5 is durable:

1. Read it. Its old size may not be beyond its checkpoint.
2. The log must be watched, and must have signed the checkpoint.
3. The old size must be the one cosigned last: a proof from another size proves nothing to this witness.
4. The proof must lead from the root cosigned last to the new one; what does not is kept as evidence.
5. Cosign, and keep the result. *A crash after this step leaves a cosignature that nobody was told: the log is then
   answered the new size, and asks again from there.*

Source: C2SP tlog-witness. Checkpoints with extension lines are malformed here (see ``domain.evidence.checkpoint``).
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final

import structlog

from adapters.signing_key import SigningKey
from adapters.witness.errors import OtherSize, WitnessStateWrong
from adapters.witness.state import WatchedLog, WitnessState
from domain.evidence.add_checkpoint import parse_add_checkpoint
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint, stated_checkpoint
from domain.evidence.cosignature import verify_cosignatures
from domain.evidence.errors import EvidenceError, MalformedError, ProofError
from domain.evidence.merkle import EMPTY_ROOT, verify_consistency
from domain.evidence.note import Note, Signature, verify_log_signature

FORK: Final = "fork"
PROOF: Final = "proof"

_log = structlog.get_logger(__name__)


class Witness:
    """Cosigns with ``key``; ``now`` is the machine's clock. For one process, and any number of its threads."""

    def __init__(self, state: WitnessState, key: SigningKey, now: Callable[[], datetime]) -> None:
        self._state = state
        self._key = key
        self._now = now
        # Two requests from one size: the second must see what the first has kept.
        self._one_at_a_time = Lock()

    def add_checkpoint(self, body: bytes) -> Signature:
        """The cosignature for a request.

        Raises MalformedError, UnknownLog, SignatureError, OtherSize, ProofError, and what the disk raises.
        """
        request = parse_add_checkpoint(body)
        checkpoint = stated_checkpoint(request.note.text)
        if request.old_size > checkpoint.size:
            raise MalformedError("old", f"is beyond the checkpoint, which has {checkpoint.size} entries")
        line = _log_line(self._state.log(checkpoint.origin), request.note)
        with self._one_at_a_time:
            last, seconds = self._last(checkpoint.origin)
            if request.old_size != last.size:
                raise OtherSize(last.size)
            try:
                verify_consistency(
                    old_size=last.size,
                    old_root=last.root,
                    size=checkpoint.size,
                    root=checkpoint.root,
                    proof=request.proof,
                )
            except ProofError:
                self._keep(last, checkpoint, request.note.text, body)
                raise
            # The clock may have been put back; what was cosigned later was not seen earlier.
            seconds = max(seconds, int(self._now().timestamp()))
            cosignature = self._key.cosign(request.note.text, seconds)
            self._state.keep_cosigned(checkpoint.origin, Note(request.note.text, (line, cosignature)))
        return cosignature

    def _last(self, origin: str) -> tuple[Checkpoint, int]:
        """What was cosigned last, and when in seconds since 1970."""
        note = self._state.cosigned(origin)
        if note is None:
            return Checkpoint(origin, 0, EMPTY_ROOT), 0
        try:
            (own,) = verify_cosignatures(note, [self._key.verifier])
            return parse_checkpoint(note.text), int(own.time.timestamp())
        except (ValueError, EvidenceError) as error:
            raise WitnessStateWrong(f"the last cosigned checkpoint of {origin} is not cosigned by us") from error

    def _keep(self, last: Checkpoint, checkpoint: Checkpoint, text: bytes, body: bytes) -> None:
        # A tree of no entries has one root, and one of a cosigned size has the one that was cosigned.
        forks = checkpoint.size == last.size and checkpoint.root != last.root
        kind = FORK if forks else PROOF
        kept = self._state.keep_evidence(checkpoint.origin, kind, text, body)
        _log.error(
            "not_consistent", origin=checkpoint.origin, kind=kind, last=last.size, size=checkpoint.size, kept=kept
        )


def _log_line(log: WatchedLog, note: Note) -> Signature:
    """A line of the log, when there is one and none that claims to be its is wrong. Raises SignatureError."""
    verify_log_signature(note, *log.keys)
    return next(line for key in log.keys for line in note.of(key))
