"""The publisher: signs what extends what it signed before, and puts it where everybody can read it.

One turn, in this order; a crash after any step is made good at the next start:

1. Read the rows after the last signed position, and that position again: it must be what was signed.
2. Build tiles, bundles and checkpoint, and prove that the new tree extends the old one.
3. Stage: all files of the turn in one file, durable. *A crash before the next step leaves something nobody has seen.*
4. Sign, and swap the last signed checkpoint, durable and outside the database. From here on it counts as signed: no
   other tree of this size, and no tree that does not extend it, is ever signed.
5. Apply: put the tiles and bundles. *After a crash from step 4 on, the staging file is applied again.*
6. Let the witnesses see it, publish the checkpoint, and drop the staging file. Cosignatures that come later are added
   by a later turn.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import structlog

from adapters.disk import Disk
from adapters.publisher.checking import (
    build_tiles,
    first_difference,
    last_leaf,
    last_signed,
    require_in_order,
    require_leaves,
)
from adapters.publisher.cosigning import Cosigning
from adapters.publisher.errors import LogForked, LogKeyNotHeld, PublisherElsewhere, PublisherStateWrong, RowCorrupt
from adapters.publisher.growing import Growth, grow
from adapters.publisher.rows import ADOPTION, Adoption, Row, Rows, adoption_of
from adapters.publisher.state import PublisherState, Staged
from adapters.publisher.tile_files import TileFiles
from adapters.signing_key import SigningKey
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.errors import EvidenceError, SignatureError
from domain.evidence.merkle import EMPTY_ROOT
from domain.evidence.note import Note, VerifierKey, parse_note, parse_vkey, verify_log_signature
from domain.evidence.tiles import WIDTH, TiledTree

PAGE: Final = 1024
MOST_ROWS: Final = 64 * WIDTH
MOST_BYTES: Final = 32 * 1024 * 1024

_log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


class Publisher:
    """Publishes one log into ``folder``. ``keys`` gives the signing keys at hand, asked anew when one is missing."""

    def __init__(
        self,
        rows: Rows,
        folder: Path,
        *,
        origin: str,
        keys: Callable[[], Sequence[SigningKey]],
        cosigning: Cosigning | None = None,
        disk: Disk | None = None,
    ) -> None:
        disk = disk or Disk()
        self.files = TileFiles(folder / "public", disk)
        self.state = PublisherState(folder / "state", disk)
        self.origin = origin
        self._rows = rows
        self._keys = keys
        self.cosigning = cosigning or Cosigning(())
        # What was signed last, with the keys adopted so far; None before it was read from the disk, and after a turn
        # that failed: what it did is on the disk, and only there.
        self._signed: Checkpoint | None = None
        self._adopted: list[Adoption] = []
        self._known: dict[str, SigningKey] = {}

    @property
    def size(self) -> int:
        """How far this process knows the log to be signed."""
        return 0 if self._signed is None else self._signed.size

    @property
    def signed(self) -> Checkpoint:
        """What was signed last, as this process knows it."""
        return self._signed or self._nothing()

    async def publish(self) -> Checkpoint:
        """Publish all that there is, once, and say how far. Raises SigningRefused, PublisherElsewhere."""
        with self.state.alone() as alone:
            if not alone:
                raise PublisherElsewhere
            more = True
            while more:
                more = await self.turn()
            # Nobody comes back for what a witness says later.
            await self.cosigning.settle()
            await _in_thread(self._take_over)
            return self.signed

    async def turn(self) -> bool:
        """Publish what is new, at most 16,384 entries; whether there was any. Only under the state's lock.

        Raises SigningRefused, and what the database and the disk raise; the next turn begins from the disk.
        """
        signed, self._signed = self._signed or await self._resumed(), None
        rows = await self._new_rows(signed)
        if rows:
            signer = self._signer(signed.size)
            growth = await _in_thread(self._grown, signed, rows)
            note = await _in_thread(self._sign, growth, signer)
            note = await self.cosigning.ask(note, TiledTree(growth.checkpoint.size, self.files.tile))
            await _in_thread(self._publish, note, growth)
            signed = growth.checkpoint
        if self.cosigning.later():
            await _in_thread(self._take_over)
        self._signed = signed
        return bool(rows)

    # Before the first turn.

    async def _resumed(self) -> Checkpoint:
        """What was signed last, with its files in place, whatever the last process left behind."""
        note = await _in_thread(last_signed, self.state, self.files, self.origin)
        self._adopted = [each for each in await self._rows.adopted() if _name(each.vkey) == self.origin]
        if note is None:
            return self._nothing()
        before = parse_checkpoint(note.text)
        if before.origin != self.origin and before in await self._rows.continued():
            # The database says that it continues exactly this. The first checkpoint of the new log will take the place
            # of the old one's last: until then a publisher of the old log finds it, and does not begin from nothing.
            await _in_thread(self.files.put_aside, before)
            return self._nothing()
        signed = self._require_own(note)
        await _in_thread(self._apply_again, note)
        try:
            root = await _in_thread(TiledTree(signed.size, self.files.tile).root)
        except (FileNotFoundError, EvidenceError):
            root = EMPTY_ROOT
        if root != signed.root:
            _log.warning("tiles_built_anew", size=signed.size)
            await build_tiles(self._rows, self.files, signed)
        if not await _in_thread(self._is_published, note):
            await _in_thread(self.files.publish, note.encoded())
        if await _in_thread(self.state.staged) is not None:
            await _in_thread(self.state.drop_staged)
        self.cosigning.begin(note, TiledTree(signed.size, self.files.tile))
        return signed

    def _nothing(self) -> Checkpoint:
        return Checkpoint(self.origin, 0, EMPTY_ROOT)

    def _require_own(self, note: Note) -> Checkpoint:
        checkpoint = parse_checkpoint(note.text)
        if checkpoint.origin != self.origin:
            raise PublisherStateWrong(f"the folder is of the log {checkpoint.origin}", position=0)
        keys = [parse_vkey(each.vkey) for each in self._adopted]
        keys += [each.verifier for each in self._keys() if each.name == self.origin]
        if not any(_has_signed(note, key) for key in keys):
            raise PublisherStateWrong("the last checkpoint is signed by no key of this log", position=0)
        return checkpoint

    def _apply_again(self, note: Note) -> None:
        kept = self.state.signed()
        if kept is None or kept.text != note.text:
            self.state.swap(note)
        staged = self.state.staged()
        if staged is not None and staged.text == note.text:
            self.files.put(staged.files)

    def _is_published(self, note: Note) -> bool:
        published = self.files.checkpoint()
        return published is not None and parse_note(published).text == note.text

    # The steps of a turn.

    async def _new_rows(self, signed: Checkpoint) -> list[Row]:
        """Rows to sign, up to the first that adopts a key: from there on that key signs.

        Raises LogForked, RowCorrupt, LogKeyNotHeld.
        """
        found: list[Row] = []
        size, after, latest = 0, max(signed.size - 1, 0), ""
        while len(found) < MOST_ROWS and size < MOST_BYTES:
            page = await self._rows.page(after, PAGE)
            rows = page.rows
            if signed.size and not found:
                await self._require_extends(signed, rows)
                # Its leaf is the signed one; its time counts only if its bytes are too.
                require_leaves(rows[:1])
                latest, rows = require_in_order(rows[:1], latest), rows[1:]
            latest = require_in_order(rows, latest)
            for position, row in enumerate(rows, signed.size + len(found) + 1):
                if row.position != position:
                    raise RowCorrupt(f"there is no row at position {position}", position=position)
                found.append(row)
                size += len(row.entry)
                if row.type == ADOPTION and self._adopts(row, found):
                    return found
            reached = signed.size + len(found)
            if len(page.rows) < PAGE:
                if reached < page.head:
                    raise RowCorrupt(f"there is no row at position {reached + 1}", position=reached + 1)
                break
            after = reached
        # Whole tiles, as long as more is waiting: a partial tile is read again and thrown away soon after.
        return found[: MOST_ROWS - signed.size % WIDTH] if len(found) >= MOST_ROWS else found

    async def _require_extends(self, signed: Checkpoint, rows: Sequence[Row]) -> None:
        last = await _in_thread(last_leaf, self.files, signed.size)
        if not rows or (rows[0].position, rows[0].leaf) != (signed.size, last):
            raise await first_difference(self._rows, self.files, signed.size) or LogForked(
                f"position {signed.size} was not what was signed, and then it was", position=signed.size
            )

    def _adopts(self, row: Row, found: list[Row]) -> bool:
        """Whether the rows end with this one, because it adopts another key of this log.

        A key that is not here may be a stranger's: who can append could hand the log over. One that was given up may
        be known to others since. So what adopts either is not signed; the rows before it are.
        """
        adoption = adoption_of(row.position, row.entry)
        if _name(adoption.vkey) != self.origin:
            return False
        again = any(each.vkey == adoption.vkey and each.position < row.position for each in self._adopted)
        if again or self._key(adoption.vkey) is None:
            found.pop()
            if not found:
                why = "a key that was adopted before" if again else "a key that is not here"
                raise LogKeyNotHeld(f"position {row.position} adopts {adoption.vkey}, {why}", position=row.position)
            return True
        if all(each.position != row.position for each in self._adopted):
            self._adopted.append(adoption)
        return row.position != self._adopted[0].position

    def _signer(self, signed_size: int) -> SigningKey:
        """The key adopted last among what is signed already; before the first such, the first that is adopted."""
        if not self._adopted:
            raise LogKeyNotHeld("no key of this log was adopted", position=0)
        before = [each for each in self._adopted if each.position <= signed_size]
        adoption = before[-1] if before else self._adopted[0]
        key = self._key(adoption.vkey)
        if key is None:
            raise LogKeyNotHeld(f"the key {adoption.vkey} is not here", position=signed_size + 1)
        return key

    def _key(self, vkey: str) -> SigningKey | None:
        known = self._known.get(vkey)
        if known is None:
            self._known = {each.verifier.vkey(): each for each in self._keys() if each.name == self.origin}
            known = self._known.get(vkey)
        return known

    def _grown(self, signed: Checkpoint, rows: Sequence[Row]) -> Growth:
        require_leaves(rows)
        return grow(
            signed,
            [row.entry for row in rows],
            [row.leaf for row in rows],
            tile=self.files.tile,
            bundle=self.files.entries,
        )

    def _sign(self, growth: Growth, signer: SigningKey) -> Note:
        checkpoint = growth.checkpoint
        self.state.stage(Staged(checkpoint.text(), growth.files))
        note = Note(checkpoint.text(), (signer.sign_checkpoint(checkpoint),))
        self.state.swap(note)
        self.files.put(growth.files)
        return note

    def _publish(self, note: Note, growth: Growth) -> None:
        self._show(note)
        self.state.drop_staged()
        self.files.drop_partials(growth.tiles)

    def _show(self, note: Note) -> None:
        # The witnessed one first: after a crash in between, what is shown in its place has no quorum, and this is kept.
        if self.cosigning.is_witnessed(note):
            self.files.keep_witnessed(note.encoded())
        self.files.publish(note.encoded())

    def _take_over(self) -> None:
        """Add what the witnesses have said since, also to what is published already."""
        if (witnessed := self.cosigning.newest_witnessed()) is not None:
            self.files.keep_witnessed(witnessed.encoded())
        if (data := self.files.checkpoint()) is not None:
            published = parse_note(data)
            if (cosigned := self.cosigning.with_lines(published)) != published:
                self._show(cosigned)
        self.state.tell_standings(self.cosigning.standings)


async def _in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Work that waits for the disk. Cancelled, it is waited for: the lock must not be let go of while it writes."""
    working = asyncio.create_task(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait((working,))
        raise


def _name(vkey: str) -> str:
    return vkey.partition("+")[0]


def _has_signed(note: Note, key: VerifierKey) -> bool:
    try:
        verify_log_signature(note, key)
    except SignatureError:
        return False
    return True
