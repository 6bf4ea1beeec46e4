"""The publisher's own folder, outside the database: what it signed last, what it was about to publish, its lock.

Whoever can write here can make the log fork; nobody but the publisher's account may.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from adapters.disk import Disk
from adapters.lock import exclusive_if_free
from domain.evidence.note import Note, parse_note

SIGNED: Final = "signed"
STAGING: Final = "staging"
REFUSAL: Final = "refusal"
WITNESSES: Final = "witnesses"
STAMPING: Final = "stamping"
LOCK: Final = "lock"


class Staged(msgspec.Struct, frozen=True):
    """A checkpoint's text and the files that must be there before it is published."""

    text: bytes
    files: dict[str, bytes]


class WhyRefused(msgspec.Struct, frozen=True):
    """Why nothing is signed: the code of the error, the first position that is not, and the error's words."""

    code: str
    position: int
    detail: str


class WitnessStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it stands with a witness. ``refuses`` is an alarm; ``detail`` says what it answered."""

    name: str
    state: Literal["cosigns", "away", "refuses", "not_asked"]
    detail: str = ""


class PublisherState:
    """The state folder. Made with mode 0700."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder = folder
        self._disk = disk

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """The exclusive lock, if it is free; the kernel lets go of it when we die in whatever way."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with exclusive_if_free(self.folder / LOCK) as held:
            yield held

    def signed(self) -> Note | None:
        """The last signed checkpoint. Raises MalformedError."""
        data = _read(self.folder / SIGNED)
        return None if data is None else parse_note(data)

    def swap(self, note: Note) -> None:
        """From here on this is what was signed last, whatever happens to the machine."""
        self._disk.write(self.folder / SIGNED, note.encoded())

    def stage(self, staged: Staged) -> None:
        """Keep what is about to be signed and published."""
        self._disk.write(self.folder / STAGING, msgspec.msgpack.encode(staged))

    def staged(self) -> Staged | None:
        """What a crash may have left unpublished."""
        data = _read(self.folder / STAGING)
        return None if data is None else msgspec.msgpack.decode(data, type=Staged)

    def drop_staged(self) -> None:
        """Everything of it is published."""
        self._disk.remove(self.folder / STAGING)

    def refusal(self) -> WhyRefused | None:
        """Why whoever holds the lock does not sign; for those who only watch."""
        data = _read(self.folder / REFUSAL)
        return None if data is None else msgspec.json.decode(data, type=WhyRefused)

    def refuse(self, why: WhyRefused | None) -> None:
        """Tell those who watch; None: it is over."""
        if why is not None:
            self._disk.write(self.folder / REFUSAL, msgspec.json.encode(why))
        elif (self.folder / REFUSAL).exists():
            self._disk.remove(self.folder / REFUSAL)

    def standings(self) -> tuple[WitnessStanding, ...]:
        """How it stands with each witness; for those who only watch."""
        data = _read(self.folder / WITNESSES)
        return () if data is None else msgspec.json.decode(data, type=tuple[WitnessStanding, ...])

    def tell_standings(self, standings: Sequence[WitnessStanding]) -> None:
        """Tell those who watch."""
        if tuple(standings) != self.standings():
            self._disk.write(self.folder / WITNESSES, msgspec.json.encode(standings))

    def stamping(self) -> str | None:
        """Why the last timestamp that was due could not be had; None when it could."""
        data = _read(self.folder / STAMPING)
        return None if data is None else data.decode()

    def tell_stamping(self, why: str | None) -> None:
        """Tell those who watch; None: it is over."""
        if why is not None and why != self.stamping():
            self._disk.write(self.folder / STAMPING, why.encode())
        elif why is None and (self.folder / STAMPING).exists():
            self._disk.remove(self.folder / STAMPING)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
