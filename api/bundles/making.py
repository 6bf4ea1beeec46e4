"""Making a bundle: entries and proofs from the published tiles, under one checkpoint, with a manifest over them all."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Final
from uuid import uuid4

import msgspec

from adapters.files.bundles import pack_bundle
from adapters.postgres.vault import PostgresVault
from adapters.publisher.published import Published, PublishedLog
from adapters.publisher.tile_files import TileFiles
from api.bundles.asked import Asked, asked_text
from api.bundles.covering import coverage_of
from api.bundles.errors import NothingToBundle, NotPublished
from api.bundles.gathering import Gathering
from api.ledger import Ledger, request_bytes
from api.pages.bundle_readme import Contents, readmes
from domain.evidence.add_checkpoint import AddCheckpoint
from domain.evidence.bundle import CHECKPOINT, LATER, Disclosed, encode_disclosed
from domain.evidence.commitment import NAMED_LIST, listed_commitments
from domain.evidence.entry import is_digest
from domain.evidence.manifest import NAME as MANIFEST
from domain.evidence.manifest import BundleRole, Manifest, SealedValue
from domain.evidence.tiles import WIDTH, Tile, TiledTree
from domain.evidence.tlog_proof import TlogProof
from domain.ledger.entry import Actor, Recorded
from domain.ledger.record_export import RecordExport

STAMP: Final = "timestamps/checkpoint.1.tsr"
WAIT_S: Final = 3.0
_LOOK_S: Final = 0.1
MayRead = Callable[[Recorded], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """For whom a bundle is made, and what that person may see; ``may_disclose`` says whose personal values."""

    person: str
    may_read: MayRead
    may_disclose: MayRead


@dataclass(frozen=True, slots=True)
class MadeBundle:
    """A packed bundle, under the id that the log records it by."""

    bundle: str
    packed: bytes
    entries: int
    size: int


class BundleMaker:
    """Makes bundles of one log."""

    def __init__(self, ledger: Ledger, vault: PostgresVault, published: PublishedLog, files: TileFiles) -> None:
        self._ledger = ledger
        self._vault = vault
        self._published_log = published
        self._files = files

    async def make(self, asked: Asked, exporter: Exporter) -> MadeBundle:
        """The bundle, whose export is recorded before it is given away.

        Raises NothingToBundle, BundleTooLarge, NotPublished, and what an append raises.
        """
        gathering = Gathering(self._ledger.log, exporter.may_read)
        await gathering.gather(asked)
        if BundleRole.ASKED not in gathering.roles.values():
            raise NothingToBundle
        newest = max(gathering.entries)
        stamped = await asyncio.to_thread(self._published_log.stamped, newest)
        published = await self._published(newest) if stamped is None else stamped[0]
        size = published.checkpoint.size
        files = await asyncio.to_thread(self._proved, sorted(gathering.entries), published)
        if stamped is not None:
            files[STAMP] = stamped[1]
        coverage = await coverage_of(self._ledger.log, gathering)
        files |= {name: each.encoded() for name, each in coverage.items()}
        sealed, disclosed = await self._sealed(gathering, exporter)
        files |= {f"disclosed/{name}.json": encode_disclosed(each) for name, each in disclosed.items()}
        contents = Contents(
            origin=self._ledger.origin,
            size=size,
            witnessed=published.witnessed,
            asked=asked_text(asked),
            made_at=self._ledger.clock.now(),
            disclosed=len(disclosed),
            entries=gathering.by_role(),
        )
        files |= readmes(contents)
        manifest = Manifest(
            origin=self._ledger.origin,
            asked=asked.plain(),
            exporter=exporter.person,
            made_at=contents.made_at,
            tool=f"wenze {version('wenze')}",
            files={name: sha256(data).hexdigest() for name, data in files.items()},
            roles={role: [each.position for each in entries] for role, entries in contents.entries.items()},
            sealed=sealed,
        ).encoded()
        bundle = await self._recorded(exporter, manifest, entries=len(gathering.entries), disclosed=len(disclosed))
        packed = await asyncio.to_thread(pack_bundle, files | {MANIFEST: manifest})
        return MadeBundle(bundle, packed, len(gathering.entries), size)

    async def _published(self, newest: int) -> Published:
        """The checkpoint that holds the newest entry: a witnessed one, where there is one.

        Raises NotPublished after 3 seconds, and at once where nothing was ever published.
        """
        for _ in range(int(WAIT_S / _LOOK_S)):
            found = await asyncio.to_thread(self._published_log.holding, newest)
            if found is not None:
                return found
            if await asyncio.to_thread(self._published_log.newest) is None:
                break
            await asyncio.sleep(_LOOK_S)
        raise NotPublished(position=newest)

    def _proved(self, positions: Sequence[int], published: Published) -> dict[str, bytes]:
        note, size = published.note, published.checkpoint.size
        tree = TiledTree(size, self._files.tile)
        files = {CHECKPOINT: note.encoded()}
        for position, entry in self._exact(positions, size):
            files[f"entries/{position}.json"] = entry
            proof = TlogProof(position - 1, tree.inclusion_proof(position - 1), note)
            files[f"proofs/{position}.tlog-proof"] = proof.encoded()
        # What nobody has cosigned is led on to what somebody has; a witnessed checkpoint, to the newest.
        later = self._published_log.newest() if published.witnessed else self._published_log.beyond(size)
        if later is not None and later.checkpoint.size > size:
            consistency = TiledTree(later.checkpoint.size, self._files.tile).consistency_proof(size)
            files[LATER] = AddCheckpoint(size, consistency, later.note).encoded()
        return files

    def _exact(self, positions: Sequence[int], size: int) -> Iterator[tuple[int, bytes]]:
        number, entries = -1, tuple[bytes, ...]()
        for position in positions:
            index = position - 1
            if index // WIDTH != number:
                number = index // WIDTH
                entries = self._files.entries(Tile(0, number, min(WIDTH, size - number * WIDTH)))
            yield position, entries[index % WIDTH]

    async def _sealed(self, gathering: Gathering, exporter: Exporter) -> tuple[list[SealedValue], dict[str, Disclosed]]:
        """Where the entries commit to personal values, and those that are disclosed: of what was asked, as allowed."""
        places: dict[int, dict[str, str]] = {
            position: dict(_digests(msgspec.to_builtins(each.event))) for position, each in gathering.entries.items()
        }
        known = await self._vault.among(sorted({each for found in places.values() for each in found.values()}))
        sealed: list[SealedValue] = []
        disclosed: dict[str, Disclosed] = {}
        rows: set[str] = set()
        for position, found in places.items():
            shows = gathering.roles[position] is BundleRole.ASKED and exporter.may_disclose(gathering.entries[position])
            for path, digest in found.items():
                if digest in known:
                    sealed.append(SealedValue(position, path))
                    value = known[digest]
                    if shows and value is not None:
                        disclosed[digest] = Disclosed(*value)
                        rows.update(listed_commitments(value[0]) if path == NAMED_LIST else ())
        # The rows of a list that is disclosed; one whose person was erased is not among them, and the list says so.
        opened = await self._vault.among(sorted(rows))
        return sealed, disclosed | {row: Disclosed(*value) for row, value in opened.items() if value is not None}

    async def _recorded(self, exporter: Exporter, manifest: bytes, *, entries: int, disclosed: int) -> str:
        bundle = self._ledger.ids.new()
        said = {
            "bundle": bundle,
            "person": exporter.person,
            "manifest": sha256(manifest).hexdigest(),
            "entries": entries,
            "disclosed": disclosed,
        }
        await self._ledger.carry_out(
            lambda: RecordExport(
                bundle=bundle,
                person=exporter.person,
                manifest=sha256(manifest).hexdigest(),
                entries=entries,
                disclosed=disclosed,
            ),
            actor=Actor(person=exporter.person),
            key=str(uuid4()),
            request=request_bytes(RecordExport.name, said),
        )
        return bundle


def _digests(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Everything in a payload that looks like a digest, with where it stands."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _digests(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, str) and is_digest(value):
        yield path, value
