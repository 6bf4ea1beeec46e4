"""What is published, for those who answer: the checkpoint, whether it is witnessed, and the proofs that lead to it."""

from dataclasses import dataclass

from adapters.publisher.errors import LogForked, TilesUnreadable
from adapters.publisher.tile_files import TileFiles
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.errors import MalformedError, ProofError
from domain.evidence.merkle import verify_inclusion
from domain.evidence.note import Note, parse_note
from domain.evidence.policy import Policy
from domain.evidence.tiles import TiledTree
from domain.evidence.tlog_proof import TlogProof
from domain.evidence.witnessed import is_witnessed


@dataclass(frozen=True, slots=True)
class Published:
    """A published checkpoint. Without ``witnessed`` nobody but us vouches for it, and it is to be shown so."""

    note: Note
    checkpoint: Checkpoint
    witnessed: bool


class PublishedLog:
    """The public folder, read under a policy. Reads the disk: not for the event loop. Raises TilesUnreadable."""

    def __init__(self, files: TileFiles, policy: Policy | None) -> None:
        self._files = files
        self._policy = policy

    def newest(self) -> Published | None:
        """The newest checkpoint; None before the first."""
        return self._published(self._files.checkpoint())

    def holding(self, position: int) -> Published | None:
        """The checkpoint that proves an entry: the newest witnessed one that holds it, else the newest if it does.

        A position is not unwitnessed again with every checkpoint that waits for its witnesses.
        """
        newest = self.newest()
        for published in (newest, self._published(self._files.witnessed())):
            if published is not None and published.witnessed and published.checkpoint.size >= position:
                return published
        return newest if newest is not None and newest.checkpoint.size >= position else None

    def stamped(self, position: int) -> tuple[Published, bytes] | None:
        """The earliest stamped checkpoint that holds a position, with its token: the best word on when it was there."""
        for size in self._files.stamped_sizes():
            if size >= position:
                note, token = self._files.timestamp(size)
                published = self._published(note)
                return None if published is None else (published, token)
        return None

    def beyond(self, size: int) -> Published | None:
        """A checkpoint of a larger size: the newest witnessed one, else the newest; None when there is none."""
        for published in (self._published(self._files.witnessed()), self.newest()):
            if published is not None and published.checkpoint.size > size:
                return published
        return None

    def proof(self, published: Published, position: int, leaf: bytes) -> TlogProof:
        """That the entry with this leaf hash (32 bytes) is at a position; requires 1 <= position <= size.

        Raises LogForked when what is published at that position is another entry.
        """
        checkpoint, index = published.checkpoint, position - 1
        tree = TiledTree(checkpoint.size, self._files.tile)
        try:
            hashes = tree.inclusion_proof(index)
            verify_inclusion(leaf_hash=leaf, index=index, size=checkpoint.size, proof=hashes, root=checkpoint.root)
        except ProofError as error:
            if tree.root() != checkpoint.root:
                raise TilesUnreadable(position=position) from error
            raise LogForked(f"position {position} is not what was published", position=position) from error
        except (FileNotFoundError, MalformedError) as error:
            raise TilesUnreadable(position=position) from error
        return TlogProof(index, hashes, published.note)

    def _published(self, data: bytes | None) -> Published | None:
        if data is None:
            return None
        try:
            note = parse_note(data)
            return Published(note, parse_checkpoint(note.text), is_witnessed(note, self._policy))
        except MalformedError as error:
            raise TilesUnreadable from error
