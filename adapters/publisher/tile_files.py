"""The public folder: checkpoint, tiles and entry bundles as files, as ``/log/`` serves them.

Anybody may read; only the publisher writes. A partial tile is a beginning of every wider one: when its file is gone,
it is cut from another, so partial files are thrown away as soon as their tile is full.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from adapters.disk import Disk
from domain.evidence.checkpoint import Checkpoint
from domain.evidence.merkle import HASH_BYTES
from domain.evidence.tiles import WIDTH, Tile, decode_bundle, tile_hashes

CHECKPOINT: Final = "checkpoint"
WITNESSED: Final = "witnessed"
TIMESTAMPS: Final = "timestamps"


@dataclass(frozen=True, slots=True)
class Stamped:
    """The last timestamp: the size of its checkpoint, and when it was kept."""

    size: int
    at: datetime


class TileFiles:
    """The files of one log. What is not there raises FileNotFoundError, what is damaged MalformedError."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._disk = disk or Disk()

    def checkpoint(self) -> bytes | None:
        """The published checkpoint, a signed note with whatever cosignatures it has; None before the first."""
        return self._note(CHECKPOINT)

    def witnessed(self) -> bytes | None:
        """The newest checkpoint that reached the quorum, so that a proof need not lead to one that has not yet."""
        return self._note(WITNESSED)

    def stamped_sizes(self) -> list[int]:
        """The sizes whose checkpoints have a timestamp, in order."""
        names = (path.stem for path in (self.folder / TIMESTAMPS).glob("*.tsr"))
        return sorted(int(name) for name in names if name.isascii() and name.isdigit())

    def stamped(self) -> Stamped | None:
        """The last timestamp; None before the first."""
        sizes = self.stamped_sizes()
        if not sizes:
            return None
        kept = (self.folder / TIMESTAMPS / f"{sizes[-1]}.tsr").stat().st_mtime
        return Stamped(sizes[-1], datetime.fromtimestamp(kept, UTC))

    def timestamp(self, size: int) -> tuple[bytes, bytes]:
        """The signed note of a size as it was stamped, and the token (RFC 3161, DER) over exactly these bytes."""
        folder = self.folder / TIMESTAMPS
        return (folder / f"{size}.checkpoint").read_bytes(), (folder / f"{size}.tsr").read_bytes()

    def _note(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def tile(self, tile: Tile) -> tuple[bytes, ...]:
        """The hashes of a tile."""
        data, width = self._read(tile.path(), _full(tile).path(), tile.width)
        return tile_hashes(data, width)[: tile.width]

    def entries(self, tile: Tile) -> tuple[bytes, ...]:
        """The entries of the bundle that belongs to a tile of level 0."""
        data, width = self._read(tile.entries_path(), _full(tile).entries_path(), tile.width)
        return decode_bundle(data, width)[: tile.width]

    def _read(self, path: str, full: str, width: int) -> tuple[bytes, int]:
        """The file of a width, or the full one, or the narrowest that is wider; and how wide it is."""
        for name, there in ((path, width), (full, WIDTH)):
            with suppress(FileNotFoundError):
                return (self.folder / name).read_bytes(), there
        partials = self.folder / f"{full}.p"
        widths = (int(each.name) for each in partials.iterdir() if each.name.isascii() and each.name.isdigit())
        wider = min((each for each in widths if each > width), default=width)
        return (partials / str(wider)).read_bytes(), wider

    # The publisher's side.

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files by their paths under the folder. Writing the same again is harmless."""
        self._disk.write_all({self.folder / path: data for path, data in files.items()})

    def publish(self, note: bytes) -> None:
        """Replace the published checkpoint; every tile that it needs must have been put before."""
        self._disk.write(self.folder / CHECKPOINT, note)

    def keep_witnessed(self, note: bytes) -> None:
        """Replace the newest witnessed checkpoint, unless it is this one."""
        if note != self.witnessed():
            self._disk.write(self.folder / WITNESSED, note)

    def keep_timestamp(self, size: int, note: bytes, token: bytes) -> None:
        """Keep a token beside the note that it is over: cosignatures come and go, what was stamped stays."""
        folder = self.folder / TIMESTAMPS
        self._disk.write_all({folder / f"{size}.checkpoint": note, folder / f"{size}.tsr": token})

    def drop_partials(self, tiles: Sequence[Tile]) -> None:
        """Throw away the partial files of tiles that are full. What stays after a crash is only superfluous."""
        for tile in tiles:
            if tile.width == WIDTH:
                paths = [tile.path()] if tile.level else [tile.path(), tile.entries_path()]
                for path in paths:
                    shutil.rmtree(self.folder / f"{path}.p", ignore_errors=True)

    def put_aside(self, last: Checkpoint) -> None:
        """Keep the files of a log that goes on under another name, beside the public folder in ``former``."""
        kept = self.folder.parent / "former" / f"{sha256(last.origin.encode()).hexdigest()[:12]}-{last.size}"
        if self.folder.exists():
            self._disk.move_folder(self.folder, kept)


def _full(tile: Tile) -> Tile:
    return Tile(tile.level, tile.number)


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """The file of a tile's hashes, 32 bytes each."""
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ValueError(f"a hash has {HASH_BYTES} bytes")
    return b"".join(hashes)
