"""A log that grows and forks at will, and a witness that watches it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.disk import Disk
from adapters.signing_key import SigningKey
from adapters.witness.state import WitnessState
from adapters.witness.witness import Witness
from domain.evidence.add_checkpoint import AddCheckpoint
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.digest import leaf_hash
from domain.evidence.merkle import consistency_proof, tree_root
from domain.evidence.note import COSIGNATURE, ED25519, Note, Signature

ORIGIN = "wenze.test/log"
LOG_KEY = SigningKey(ORIGIN, ED25519, bytes([1]) * 32)
OTHER_KEY = SigningKey(ORIGIN, ED25519, bytes([2]) * 32)
WITNESS_KEY = SigningKey("court.test/witness", COSIGNATURE, bytes([3]) * 32)
NOON = datetime(2020, 3, 4, 12, tzinfo=UTC)


class Leaves:
    """The leaves of a log; ``word`` tells one history from another."""

    def __init__(self, word: str = "entry") -> None:
        self.word = word

    def hashes(self, size: int) -> list[bytes]:
        return [leaf_hash(f"{self.word} {number}".encode()) for number in range(size)]

    def note(self, size: int, *, key: SigningKey = LOG_KEY, root: bytes | None = None, origin: str = ORIGIN) -> Note:
        text = Checkpoint(origin, size, root or tree_root(self.hashes(size))).text()
        return Note(text, (Signature(key.name, key.verifier.key_id, key.sign(text)),))

    def asks(self, old: int, size: int, *, proof: Sequence[bytes] | None = None, note: Note | None = None) -> bytes:
        """The body of a request from ``old`` to ``size``."""
        if proof is None:
            proof = consistency_proof(self.hashes(size), old) if old <= size else ()
        return AddCheckpoint(old, tuple(proof), note or self.note(size)).encoded()


class Ticking:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def goes(self, **by: int) -> None:
        self.at += timedelta(**by)


def watching(folder: Path, clock: Ticking | None = None, disk: Disk | None = None) -> tuple[Witness, WitnessState]:
    """A witness of the log; the folder may have one already."""
    state = WitnessState(folder, disk)
    if not (folder / "key").exists():
        state.make(WITNESS_KEY)
        WitnessState(folder).add_log(ORIGIN, LOG_KEY.verifier)
    return Witness(state, state.key(), clock or Ticking()), state
