"""A witness's folder: its key, the logs that it watches, what it cosigned last of each, and evidence against them.

    key                        the secret, mode 0600
    lock                       held by the process that serves
    logs/<origin hash>         the origin, then a verifier key a line
    cosigned/<origin hash>     the last cosigned checkpoint, with the log's signature and our own
    evidence/<origin hash>/…   requests that the log signed and that do not extend what was cosigned

The origin hash is ``SHA-256(origin)`` in hex, as in the addresses of C2SP tlog-witness.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from adapters.disk import Disk
from adapters.lock import exclusive_if_free
from adapters.secret_files import make_secret, read_secret
from adapters.signing_key import SigningKey, parse_signing_key
from adapters.witness.errors import UnknownLog, WitnessElsewhere, WitnessExists, WitnessStateWrong
from domain.evidence.checkpoint import stated_checkpoint
from domain.evidence.errors import EvidenceError, MalformedError
from domain.evidence.note import COSIGNATURE, ED25519, Note, VerifierKey, parse_note, parse_vkey

MOST_EVIDENCE: Final = 64
"""How many requests are kept of each kind for each log; a request is limited where it arrives."""


@dataclass(frozen=True, slots=True)
class WatchedLog:
    """A log by its origin, and the keys that may sign for it; several after a rotation."""

    origin: str
    keys: tuple[VerifierKey, ...]


def origin_hash(origin: str) -> str:
    """64 hex digits."""
    return sha256(origin.encode()).hexdigest()


class WitnessState:
    """The folder. Reads see whole files while another process writes."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._disk = disk or Disk()

    def make(self, key: SigningKey) -> None:
        """Begin with this key. Raises WitnessExists."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not make_secret(self.folder / "key", key.private_text()):
            raise WitnessExists

    def key(self) -> SigningKey:
        """The witness's own key. Raises WitnessStateWrong, SecretExposed."""
        try:
            key = parse_signing_key(read_secret(self.folder / "key"))
        except (FileNotFoundError, MalformedError) as error:
            raise WitnessStateWrong(f"no key of a witness in {self.folder}; `init` makes one") from error
        if key.key_type != COSIGNATURE:
            raise WitnessStateWrong("the key is of a log, not of a witness")
        return key

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process cosigns: two would each compare with what the other has not written yet.

        Raises WitnessElsewhere.
        """
        with exclusive_if_free(self.folder / "lock") as held:
            if not held:
                raise WitnessElsewhere
            yield

    def add_log(self, origin: str, key: VerifierKey) -> None:
        """Watch a log, or let another key sign for it as well. Raises MalformedError."""
        stated_checkpoint(f"{origin}\n0\n{'A' * 43}=\n".encode())  # the rules of an origin
        if key.key_type != ED25519:
            raise MalformedError("vkey", "must be the key of a log, type 0x01")
        try:
            known = self.log(origin).keys
        except UnknownLog:
            known = ()
        lines = [origin, *dict.fromkeys(each.vkey() for each in (*known, key))]
        self._disk.write(self.folder / "logs" / origin_hash(origin), "".join(f"{line}\n" for line in lines).encode())

    def log(self, origin: str) -> WatchedLog:
        """A watched log, read anew each time: a log may be added while the witness serves.

        Raises UnknownLog, WitnessStateWrong.
        """
        try:
            lines = (self.folder / "logs" / origin_hash(origin)).read_text().splitlines()
        except FileNotFoundError:
            raise UnknownLog from None
        try:
            return WatchedLog(lines[0], tuple(parse_vkey(line) for line in lines[1:]))
        except (IndexError, MalformedError) as error:
            raise WitnessStateWrong(f"the file of the log {origin} is damaged") from error

    def cosigned_bytes(self, hashed_origin: str) -> bytes | None:
        """The last cosigned checkpoint as it is served; None before the first."""
        try:
            return (self.folder / "cosigned" / hashed_origin).read_bytes()
        except FileNotFoundError:
            return None

    def cosigned(self, origin: str) -> Note | None:
        """The last cosigned checkpoint; None before the first. Raises WitnessStateWrong."""
        data = self.cosigned_bytes(origin_hash(origin))
        try:
            return None if data is None else parse_note(data)
        except EvidenceError as error:
            raise WitnessStateWrong(f"the last cosigned checkpoint of {origin} is damaged") from error

    def keep_cosigned(self, origin: str, note: Note) -> None:
        """From here on this is what was cosigned last, whatever happens to the machine."""
        self._disk.write(self.folder / "cosigned" / origin_hash(origin), note.encoded())

    def keep_evidence(self, origin: str, kind: str, text: bytes, request: bytes) -> bool:
        """Keep a request, once for each checkpoint ``text``; whether it is new and there was room.

        ``kind`` ``fork`` only the log's own key can produce; anybody can fill ``proof`` with true checkpoints and
        wrong proofs, so the kinds have room of their own.
        """
        folder = self.folder / "evidence" / origin_hash(origin)
        path = folder / f"{kind}-{sha256(text).hexdigest()[:32]}"
        if path.exists() or (folder.is_dir() and len(list(folder.glob(f"{kind}-*"))) >= MOST_EVIDENCE):
            return False
        self._disk.write(path, request)
        return True
