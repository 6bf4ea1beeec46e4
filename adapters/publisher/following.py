"""Publishing for as long as the process lives, or watching whoever else does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final, Literal

import structlog

from adapters.postgres.passing import PASSING
from adapters.publisher.errors import SigningRefused
from adapters.publisher.publisher import Publisher
from adapters.publisher.state import WhyRefused
from domain.evidence.checkpoint import Checkpoint, parse_checkpoint
from domain.evidence.errors import MalformedError
from domain.evidence.note import parse_note

EVERY_S: Final = 0.25
LEAST_REST_S: Final = 0.05
"""How often a turn begins under load, and how long it rests at least: batches grow, the disk and the processor are for
others as well, and a checkpoint follows an append within a second."""
LOOK_S: Final = 1.0
"""How often it looks at the ledger though nothing grows, and at the lock while somebody else holds it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How publishing stands. ``watching``: another process does it, or none."""

    state: Literal["publishing", "watching", "refused"]
    published: Checkpoint | None
    why: WhyRefused | None


class Following:
    """Follows the ledger with a publisher."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        grown_beyond: Callable[[int], Awaitable[None]],
        before: Callable[[], Awaitable[None]],
    ) -> None:
        """``grown_beyond`` waits until the ledger is longer; ``before`` is carried out once under the lock."""
        self.publisher = publisher
        self._grown_beyond = grown_beyond
        self._before = before
        self.trouble: str | None = None
        """The class of the error that interrupts publishing in this process; none while it goes on."""
        self._publishing = False
        self._why: WhyRefused | None = None

    def standing(self) -> Standing:
        """How publishing stands, also where another process does it; read from the disk."""
        published = None
        with suppress(MalformedError):
            note = self.publisher.files.checkpoint()
            published = None if note is None else parse_checkpoint(parse_note(note).text)
        why = self._why if self._publishing else self.publisher.state.refusal()
        if why is not None:
            return Standing("refused", published, why)
        return Standing("publishing" if self._publishing else "watching", published, None)

    @property
    def publishing(self) -> bool:
        """Whether this process is the one that publishes."""
        return self._publishing

    @property
    def why_refused(self) -> WhyRefused | None:
        """Why nothing is signed, as this process knew it a second ago at most; asked at every answer."""
        return self._why

    async def watch(self) -> None:
        """Only watch, for ever."""
        while True:
            await self._look()

    async def run(self) -> None:
        """Publish while the lock is ours and wait for it while it is not, for ever, whatever is raised."""
        while True:
            try:
                with self.publisher.state.alone() as alone:
                    if alone:
                        await self._publish_for_ever()
            except OSError as error:  # no folder can be made here
                self._interrupted(error)
            await self._look()

    async def _look(self) -> None:
        with suppress(OSError):
            self._why = await asyncio.to_thread(self.publisher.state.refusal)
        await asyncio.sleep(LOOK_S)

    async def _publish_for_ever(self) -> None:
        self._publishing, begun = True, False
        try:
            while True:
                try:
                    if not begun:
                        await self._before()
                    begun = True
                    await self._turns()
                    await self._tell(None)
                    self.trouble = None
                except SigningRefused as error:
                    self.trouble = None
                    await self._tell(WhyRefused(error.code, error.position, str(error)))
                    await asyncio.sleep(LOOK_S)
                except Exception as error:
                    self._interrupted(error)
                    await asyncio.sleep(LOOK_S)
                else:
                    # The ledger is looked at each second all the same: it may have become shorter.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await self._grown_beyond(self.publisher.size)
        finally:
            self._publishing = False

    async def _turns(self) -> None:
        more = True
        while more:
            began = monotonic()
            more = await self.publisher.turn()
            await asyncio.sleep(max(LEAST_REST_S, began + EVERY_S - monotonic()) if more else 0)

    def _interrupted(self, error: Exception) -> None:
        name = type(error).__name__
        if name != self.trouble:
            _log.error("publishing_interrupted", error=name, exc_info=None if isinstance(error, PASSING) else error)
        self.trouble = name

    async def _tell(self, why: WhyRefused | None) -> None:
        if why is not None and why != self._why:
            _log.error("signing_refused", code=why.code, position=why.position, detail=why.detail)
        if why != self._why or why is None:
            await asyncio.to_thread(self.publisher.state.refuse, why)
        self._why = why
