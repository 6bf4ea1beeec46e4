"""Whether appends can commit, found out by asking for one without events: through the queue, under the head's lock.

It stores nothing, and yet it commits: a full disk, or a standby that is waited for and does not answer, is found out.

When commits were impossible for a while, the service records that window itself: what arrived inside it counts by its
arrival, however late it could be recorded.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from fastapi import Request

from api.ledger import Ledger, request_bytes
from api.metrics import Metrics
from domain.ledger.entry import MACHINE, Actor, Context
from domain.ledger.errors import NotFound, WenzeError
from domain.ledger.ports import Append, Receipt

PATIENCE_S: Final = 3.0
SHORTEST: Final = timedelta(seconds=1)


class Readiness:
    """Probes the log; one probe at a time serves everybody who asks meanwhile."""

    def __init__(self, ledger: Ledger, metrics: Metrics) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._probing: asyncio.Task[str | None] | None = None
        self._asking: asyncio.Task[Receipt] | None = None

    async def probe(self) -> str | None:
        """None when an append can commit, else the code of what stops it."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._probe())
        reason = await asyncio.shield(self._probing)
        self._metrics.ready.set(0 if reason else 1)
        return reason

    async def _probe(self) -> str | None:
        # One that still waits for a dead database is asked again: others would fill the queue, one a probe.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ledger.log.append(self._nothing()))
            self._asking.add_done_callback(_heard)
        done, _ = await asyncio.wait((self._asking,), timeout=PATIENCE_S)
        if not done:
            return "outcome_unknown"
        try:
            self._asking.result()
        except NotFound:
            return None
        except WenzeError as error:
            return error.code
        return None

    def _nothing(self) -> Append:
        return Append(
            events=(),
            ids=(),
            command="probe",
            context=Context(
                actor=Actor(person=MACHINE),
                received_at=self._ledger.clock.now(),
                key=str(uuid4()),
                request=request_bytes("probe", {}),
            ),
        )


def _heard(asking: asyncio.Task[Receipt]) -> None:
    """Nobody may be waiting for the answer any more; it is no fault then."""
    if not asking.cancelled():
        asking.exception()


class Interruptions:
    """Notices windows in which commits were impossible; ``window`` gives one once it is over."""

    def __init__(self) -> None:
        self._began_at: datetime | None = None

    def go_on(self, began_at: datetime) -> None:
        """A window that was given is not over after all."""
        self._began_at = began_at

    def window(self, reason: str | None, now: datetime) -> tuple[datetime, datetime] | None:
        """Take one probe into account."""
        if reason is not None:
            self._began_at = self._began_at or now
            return None
        began_at, self._began_at = self._began_at, None
        return (began_at, now) if began_at is not None and now - began_at >= SHORTEST else None


def readiness_of(request: Request) -> Readiness:
    """The readiness of the app that answers."""
    readiness = request.app.state.readiness
    if not isinstance(readiness, Readiness):
        raise TypeError("the app has no readiness")
    return readiness
