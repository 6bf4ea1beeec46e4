"""A ledger in memory that a test can damage, and a disk that fails where the test says."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from adapters.disk import Disk
from adapters.publisher.cosigning import Cosigning
from adapters.publisher.following import Following
from adapters.publisher.publisher import Publisher
from adapters.publisher.rows import ADOPTION, Adoption, Page, Row, adoption_of, continued_by
from adapters.signing_key import SigningKey
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.digest import leaf_hash
from domain.evidence.merkle import tree_root
from domain.evidence.note import ED25519, parse_note

ORIGIN = "wenze.test/log"


def key_of(number: int, name: str = ORIGIN) -> SigningKey:
    return SigningKey(name, ED25519, bytes([number]) * 32)


KEY = key_of(1)


NOW = "2020-05-20T08:00:00.000000Z"


def adoption(key: SigningKey = KEY) -> bytes:
    payload = f'{{"vkey":"{key.verifier.vkey()}"}}'
    return f'{{"payload":{payload},"recorded_at":"{NOW}","type":"LogKeyAdopted"}}'.encode()


def entry_of(word: str, at: str = NOW) -> bytes:
    return f'{{"recorded_at":"{at}","word":"{word}"}}'.encode()


class MemoryRows:
    """Rows as the ledger would give them; ``rows`` may be changed under the publisher's feet."""

    def __init__(self, *entries: bytes) -> None:
        self.rows: list[Row] = []
        self.head: int | None = None
        self.asked: list[int] = []
        self.add(*entries)

    def add(self, *entries: bytes) -> None:
        for entry in entries:
            kind = ADOPTION if b'"LogKeyAdopted"' in entry else "Other"
            self.rows.append(Row(len(self.rows) + 1, kind, entry, leaf_hash(entry)))

    def grow_to(self, size: int, word: str = "entry") -> None:
        self.add(*(entry_of(f"{word} {number}") for number in range(len(self.rows) + 1, size + 1)))

    def change(self, position: int, entry: bytes, *, leaf: bytes | None = None) -> None:
        old = self.rows[position - 1]
        self.rows[position - 1] = old._replace(entry=entry, leaf=leaf or leaf_hash(entry))

    def root(self, size: int | None = None) -> bytes:
        return tree_root([row.leaf for row in self.rows[:size]])

    async def page(self, after: int, limit: int) -> Page:
        self.asked.append(after)
        rows = [row for row in self.rows if row.position > after][:limit]
        return Page(rows, self.head if self.head is not None else max((row.position for row in self.rows), default=0))

    async def leaves(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        return [(row.position, row.leaf) for row in self.rows if row.position > after][:limit]

    async def continued(self) -> Sequence[Checkpoint]:
        return [continued_by(row.entry) for row in self.rows if row.type == "LogContinued"]

    async def adopted(self) -> Sequence[Adoption]:
        return [adoption_of(row.position, row.entry) for row in self.rows if row.type == ADOPTION]


def log_of(size: int) -> MemoryRows:
    rows = MemoryRows(adoption())
    rows.grow_to(size)
    return rows


def publisher_of(
    rows: MemoryRows,
    folder: Path,
    *,
    keys: Callable[[], Sequence[SigningKey]] = lambda: [KEY],
    disk: Disk | None = None,
    cosigning: Cosigning | None = None,
    origin: str = ORIGIN,
) -> Publisher:
    return Publisher(rows, folder, origin=origin, keys=keys, disk=disk, cosigning=cosigning)


def following(publisher: Publisher) -> Following:
    return Following(publisher, grown_beyond=never, before=at_once)


async def never(_position: int) -> None:
    await asyncio.Event().wait()


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110  it happens on the disk
            await asyncio.sleep(0.05)


async def at_once() -> None:
    pass


async def publish(rows: MemoryRows, folder: Path, **more: Any) -> Checkpoint:
    """Everything, once, by a publisher that knows nothing but what is on the disk."""
    return await publisher_of(rows, folder, **more).publish()


def checkpoint_in(data: bytes | None) -> Checkpoint | None:
    return None if data is None else parse_checkpoint(parse_note(data).text)


def served(folder: Path) -> dict[str, bytes]:
    """Every file of the public folder by its path."""
    public = folder / "public"
    return {str(file.relative_to(public)): file.read_bytes() for file in public.rglob("*") if file.is_file()}
