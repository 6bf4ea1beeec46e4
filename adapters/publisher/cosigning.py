"""Asking the witnesses, all at the same time, without waiting for them longer than a little.

What comes later is not lost: it is added to the checkpoint while that is still the newest, and a checkpoint that
reaches the quorum late is still the newest witnessed one.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, Protocol

import structlog

from adapters.publisher.http_witness import WitnessAway, WitnessRefuses
from adapters.publisher.state import WitnessStanding
from domain.evidence.note import Note, Signature
from domain.evidence.policy import Policy
from domain.evidence.tiles import TiledTree
from domain.evidence.witnessed import is_witnessed

COSIGN_S: Final = 0.3
"""How long a checkpoint waits for its cosignatures before it is published without them."""
SETTLE_S: Final = 10.0
AGAIN_S: Final = 5.0
"""How long a witness that was away or refused is left alone."""
REMEMBERED: Final = 8
"""Checkpoints for which cosignatures may still come."""

_log = structlog.get_logger(__name__)


class Cosigner(Protocol):
    """A witness, as the publisher asks it."""

    @property
    def name(self) -> str:
        """As the policy calls it."""
        ...

    async def cosign(self, note: Note, tree: TiledTree) -> Sequence[Signature]:
        """Its lines for a signed checkpoint; ``tree`` is of its size, and proves that it extends any smaller one.

        Raises WitnessRefuses, and whatever else means that it cannot be asked at the moment.
        """
        ...


class Cosigning:
    """Asks the cosigners. One task for each at most: a witness is asked one thing at a time, the newest there is."""

    def __init__(
        self, cosigners: Sequence[Cosigner], policy: Policy | None = None, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._cosigners = cosigners
        self._policy = policy
        self._clock = clock
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, float] = {}
        self._newest: tuple[Note, TiledTree] | None = None
        self._lines: dict[bytes, dict[str, Sequence[Signature]]] = {}
        self._notes: dict[bytes, Note] = {}
        self._news = True  # what another process has told of other witnesses is out of date
        self._standings = {each.name: WitnessStanding(each.name, "not_asked") for each in cosigners}

    @property
    def standings(self) -> tuple[WitnessStanding, ...]:
        """How it stands with each witness, in the order of the policy."""
        return tuple(self._standings.values())

    def begin(self, note: Note, tree: TiledTree) -> None:
        """This is the newest checkpoint from now on; nobody is asked yet."""
        if note.text not in self._notes:
            self._notes[note.text], self._lines[note.text] = note, {}
            for old in [*self._notes][:-REMEMBERED]:
                del self._notes[old], self._lines[old]
        self._newest = (note, tree)

    async def ask(self, note: Note, tree: TiledTree) -> Note:
        """Begin with a checkpoint; it comes back with the lines that come in time, and with those that it had."""
        self.begin(note, tree)
        if asking := self._ask_who_is_due():
            await asyncio.wait(asking, timeout=COSIGN_S)
        return self.with_lines(note)

    async def settle(self) -> None:
        """Wait for everybody who is being asked."""
        if self._asking:
            await asyncio.wait([*self._asking.values()], timeout=SETTLE_S)

    def later(self) -> bool:
        """Ask those again who have not cosigned the newest checkpoint, and wait for nobody.

        Whether a line came or a standing changed since this was asked before.
        """
        self._ask_who_is_due()
        news, self._news = self._news, False
        return news

    def with_lines(self, note: Note) -> Note:
        """The checkpoint with every line that has come for it by now."""
        lines = {(each.name, each.key_id): each for each in note.signatures}
        for came in self._lines.get(note.text, {}).values():
            lines |= {(each.name, each.key_id): each for each in came}
        return Note(note.text, tuple(lines.values()))

    def newest_witnessed(self) -> Note | None:
        """The newest of the last few checkpoints that is witnessed under the policy."""
        recent = (self.with_lines(note) for note in reversed(self._notes.values()))
        return next((note for note in recent if self.is_witnessed(note)), None)

    def is_witnessed(self, note: Note) -> bool:
        """Whether a checkpoint is witnessed under the policy."""
        return is_witnessed(note, self._policy)

    async def stop(self) -> None:
        """Ask nobody any more."""
        asking = [*self._asking.values()]
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking)

    def _ask_who_is_due(self) -> list[asyncio.Task[None]]:
        """The tasks of those who are asked from now on; who is still being asked goes on to the newest by itself."""
        if self._newest is None:
            return []
        cosigned, now = self._lines[self._newest[0].text], self._clock()
        due = [
            each
            for each in self._cosigners
            if each.name not in self._asking
            and each.name not in cosigned
            and now >= self._not_before.get(each.name, now)
        ]
        begun = {each.name: asyncio.create_task(self._ask(each), name=f"witness {each.name}") for each in due}
        self._asking |= begun
        return [*begun.values()]

    async def _ask(self, cosigner: Cosigner) -> None:
        """Until it has cosigned the newest checkpoint, or says no, or nothing."""
        try:
            asked: bytes | None = None
            while self._newest is not None and asked != self._newest[0].text:
                note, tree = self._newest
                asked = note.text
                lines = await cosigner.cosign(note, tree)
                if asked in self._lines:
                    self._lines[asked][cosigner.name] = lines
                    self._news = True
                self._tell(WitnessStanding(cosigner.name, "cosigns"))
        except WitnessRefuses as error:
            self._leave_alone(WitnessStanding(cosigner.name, "refuses", str(error)))
        except WitnessAway as error:
            self._leave_alone(WitnessStanding(cosigner.name, "away", str(error)))
        except Exception as error:
            _log.exception("witness_not_asked", witness=cosigner.name)
            self._leave_alone(WitnessStanding(cosigner.name, "away", type(error).__name__))
        finally:
            del self._asking[cosigner.name]

    def _leave_alone(self, standing: WitnessStanding) -> None:
        self._not_before[standing.name] = self._clock() + AGAIN_S
        self._tell(standing)

    def _tell(self, standing: WitnessStanding) -> None:
        if standing == self._standings[standing.name]:
            return
        self._standings[standing.name] = standing
        self._news = True
        match standing.state:
            case "refuses":
                _log.error("witness_refuses", witness=standing.name, detail=standing.detail)
            case "away":
                _log.warning("witness_away", witness=standing.name, detail=standing.detail)
            case _:
                _log.info("witness_cosigns", witness=standing.name)
