"""The checkpoints outside the database, against the tree over its rows: the published one and the last signed one."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.fsck.difference import Differences
from adapters.publisher.state import SIGNED
from adapters.publisher.tile_files import CHECKPOINT, TileFiles
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.errors import EvidenceError, MalformedError, SignatureError
from domain.evidence.merkle import EMPTY_ROOT
from domain.evidence.note import Note, VerifierKey, parse_note, verify_log_signature
from domain.evidence.tiles import TiledTree

PUBLISHED: Final = "checkpoint"
LAST_SIGNED: Final = "signed"
PUBLISHED_WITHIN_S: Final = 3.0
"""As long as the publisher may take from the signature to the published file, its witnesses included."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint in a file of the log's folder; ``where`` is the file's name."""

    where: str
    note: Note
    checkpoint: Checkpoint


def read_checkpoints(folder: Path, differences: Differences) -> list[Signed]:
    """Those that are there, the published one first; what is there and is none, is named."""
    found: list[Signed] = []
    for where, path in ((PUBLISHED, folder / "public" / CHECKPOINT), (LAST_SIGNED, folder / "state" / SIGNED)):
        try:
            note = parse_note(path.read_bytes())
            found.append(Signed(where, note, parse_checkpoint(note.text)))
        except FileNotFoundError:
            continue
        except MalformedError as error:
            differences.add(where, 0, error.field, expected="a signed checkpoint", found=error.rule)
    return found


async def check_published(folder: Path, checkpoints: Sequence[Signed], differences: Differences) -> None:
    """What was signed last must be published, or become so soon: an older checkpoint put back is true, and too old."""
    signed = max((each.checkpoint.size for each in checkpoints if each.where == LAST_SIGNED), default=0)
    ends = time.monotonic() + PUBLISHED_WITHIN_S
    while (size := await asyncio.to_thread(_published_size, folder)) < signed:
        if time.monotonic() >= ends:
            found = size or "none"
            differences.add(PUBLISHED, size, "size", expected=f"at least {signed}, which was signed", found=found)
            return
        await asyncio.sleep(0.1)


def _published_size(folder: Path) -> int:
    try:
        return parse_checkpoint(parse_note((folder / "public" / CHECKPOINT).read_bytes()).text).size
    except FileNotFoundError:
        return 0
    except MalformedError:
        return sys.maxsize  # named already


def check_signature(signed: Signed, keys: Sequence[VerifierKey], differences: Differences) -> bool:
    """Whether one of the keys has signed it, and no line that claims to be that key's is wrong."""
    wrong = [each for each in (_signature_error(signed.note, key) for key in keys) if each is not None]
    if len(wrong) < len(keys):
        return True
    expected = " or ".join(f"a signature of {key.name} {key.key_id.hex()}" for key in keys)
    differences.add(signed.where, signed.checkpoint.size, "signature", expected=expected, found=wrong[0])
    return False


def _signature_error(note: Note, key: VerifierKey) -> str | None:
    try:
        verify_log_signature(note, key)
    except SignatureError as error:
        return str(error)
    return None


def check_root(signed: Signed, *, computed: Callable[[int], bytes], files: TileFiles, differences: Differences) -> None:
    """Its root must be that of the rows, which ``computed`` gives by the size.

    A root that is of the files and not of the rows is right: it is the rows that were changed.
    """
    size, root = signed.checkpoint.size, signed.checkpoint.root
    of_rows = computed(size) if size else EMPTY_ROOT
    if of_rows == root:
        return
    if is_rooted(signed, files):
        differences.add("event", size, "root", expected=root, found=of_rows)
    else:
        differences.add(signed.where, size, "root", expected=of_rows, found=root)


def is_rooted(signed: Signed, files: TileFiles) -> bool:
    """Whether the tiles lead to its root."""
    try:
        return TiledTree(signed.checkpoint.size, files.tile).root() == signed.checkpoint.root
    except (EvidenceError, OSError):
        return False
