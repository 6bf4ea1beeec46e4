"""A log as files, made by ``domain.evidence`` alone: tiles, bundles, a checkpoint signed and cosigned, receipts."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.evidence.checkpoint import Checkpoint
from domain.evidence.cosignature import cosignature_line, cosigned_bytes
from domain.evidence.digest import leaf_hash
from domain.evidence.merkle import inclusion_proof, tree_root
from domain.evidence.note import COSIGNATURE, ED25519, Note, Signature, VerifierKey
from domain.evidence.tiles import WIDTH, encode_bundle, tiles_between
from domain.evidence.tlog_proof import TlogProof

ORIGIN = "wenze.test/log"
WITNESSES = ("court.test", "union.test")
SECONDS = 1_583_310_300


def private(name: str) -> Ed25519PrivateKey:
    """The same key for the same name."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def key(name: str, key_type: int = ED25519) -> VerifierKey:
    """The public half, under that name."""
    return VerifierKey(name, key_type, private(name).public_key().public_bytes_raw())


class SmallLog:
    """A log of ``size`` entries below ``folder``."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.entries = [f'{{"entry":{number}}}'.encode() for number in range(size)]
        self.hashes = [leaf_hash(entry) for entry in self.entries]
        levels: list[Sequence[bytes]] = [self.hashes]
        while len(levels[-1]) >= WIDTH:
            below = levels[-1]
            whole = range(0, len(below) - len(below) % WIDTH, WIDTH)
            levels.append([tree_root(below[at : at + WIDTH]) for at in whole])
        for tile in tiles_between(0, size):
            start = tile.number * WIDTH
            self._write(tile.path(), b"".join(levels[tile.level][start : start + tile.width]))
            if tile.level == 0:
                self._write(tile.entries_path(), encode_bundle(self.entries[start : start + tile.width]))
        self.note = self.checkpoint(size)
        self._write("checkpoint", self.note.encoded())

    def checkpoint(self, size: int) -> Note:
        """A checkpoint over the first entries, signed by the log and cosigned by every witness."""
        text = Checkpoint(ORIGIN, size, tree_root(self.hashes[:size])).text()
        log = key(ORIGIN)
        lines = [Signature(log.name, log.key_id, private(ORIGIN).sign(text))]
        for name in WITNESSES:
            made = private(name).sign(cosigned_bytes(text, SECONDS))
            lines.append(cosignature_line(key(name, COSIGNATURE), seconds=SECONDS, signature=made))
        return Note(text, tuple(lines))

    def receipt(self, index: int) -> bytes:
        """The ``.tlog-proof`` of one entry."""
        return TlogProof(index, inclusion_proof(self.hashes, index), self.note).encoded()

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
