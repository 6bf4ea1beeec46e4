"""What the routes are given: adapters that ``main`` has joined. Nothing here opens or closes anything."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import asyncpg
from fastapi import Request

from adapters.files.scans import Scans
from adapters.postgres.projector import Projector
from adapters.postgres.vault import PostgresVault
from adapters.publisher.following import Following
from adapters.publisher.published import PublishedLog
from adapters.publisher.stamping import Stamping
from api.ledger import Ledger
from api.metrics import Metrics
from api.nonces import Nonces
from api.settings import Settings
from domain.ledger.errors import AppendsStopped, PositionBeyondHead

_ORIGIN_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The joined parts of one running app. ``simulated`` says that the log's time is not real."""

    settings: Settings
    ledger: Ledger
    pool: asyncpg.Pool
    metrics: Metrics
    simulated: bool
    projector: Projector
    nonces: Nonces
    enrolment_nonces: Nonces
    vault: PostgresVault
    scans: Scans
    publishing: Following
    published: PublishedLog
    stamping: Stamping | None

    async def publish(self) -> None:
        """Publish the log, and have it stamped, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.publishing.run())
            if self.stamping is not None:
                tasks.create_task(self.stamping.run(lambda: self.publishing.publishing))

    def position_token(self, position: int) -> str:
        """A position that cannot be mistaken for one of another log: ``<12 hex digits of its origin>:<position>``."""
        return f"{origin_hash(self.ledger.origin)}:{position}"

    def position_of(self, token: str) -> int:
        """The position of a token. Raises PositionBeyondHead when it is none, or of another log."""
        origin, _, digits = token.partition(":")
        if origin != origin_hash(self.ledger.origin) or not (digits.isascii() and digits.isdigit()):
            raise PositionBeyondHead("not a position of this log")
        if len(digits) > 16:
            raise PositionBeyondHead("far beyond the head")
        return int(digits)


def origin_hash(origin: str) -> str:
    """The first 12 hex digits of the SHA-256 of an origin."""
    return sha256(origin.encode()).hexdigest()[:_ORIGIN_DIGITS]


def wiring_of(request: Request) -> Wiring:
    """The wiring of the app that answers. Raises AppendsStopped before it has started."""
    wiring = getattr(request.app.state, "wiring", None)
    if not isinstance(wiring, Wiring):
        raise AppendsStopped("not started")
    return wiring
