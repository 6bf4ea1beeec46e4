"""One way to carry out a command, for HTTP, for the command line and for the demo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.evidence.canonical_json import CanonicalError, canonical_json
from domain.ledger.command import Command
from domain.ledger.entry import Actor, Context
from domain.ledger.errors import AppendRejected, FormatError, NotFound
from domain.ledger.handling import handle
from domain.ledger.ports import Append, Clock, EventLog, Ids, Receipt, SealedPart, Vault


def request_bytes(command: str, args: Mapping[str, Any]) -> bytes:
    """What was asked, as canonical bytes: the same key with other bytes is found out.

    ``args`` are the arguments before sealing, for commitments differ at every try; what is personal is replaced by its
    likeness under its own key, so that nothing of it can be tried out once that key is destroyed.
    Raises FormatError for a value without canonical form (text not in NFC, U+0000, a number beyond 2^53).
    """
    try:
        return canonical_json({"command": command, "args": args})
    except CanonicalError as error:
        raise FormatError(error.path.removeprefix("$.args."), error.rule) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A log with what a command needs around it. ``origin`` names the log in everything that is signed."""

    log: EventLog
    clock: Clock
    ids: Ids
    vault: Vault
    origin: str

    async def carry_out(
        self,
        decide: Callable[[], Command],
        *,
        actor: Actor,
        key: str,
        request: bytes,
        received_at: datetime | None = None,
        sealed: tuple[SealedPart, ...] = (),
        occurred_at: datetime | None = None,
        business_date: date | None = None,
        causation: str | None = None,
        correlation: str | None = None,
        rules: str | None = None,
    ) -> Receipt:
        """Carry out one command. ``decide`` builds it afresh for every attempt; ``key`` is a UUID, unique per actor.

        ``received_at`` is when the request arrived; without it the command arrives now.
        Raises what ``domain.ledger.handling.handle`` raises.
        """
        context = Context(
            actor=actor,
            received_at=received_at or self.clock.now(),
            key=key,
            request=request,
            occurred_at=occurred_at,
            business_date=business_date,
            causation=causation,
            correlation=correlation,
            rules=rules,
        )
        try:
            return await handle(decide, context, log=self.log, ids=self.ids, sealed=sealed)
        except AppendRejected:
            # Perhaps for a key that another process destroyed: whoever repeats the request seals under what is there.
            self.vault.forget_keys()
            raise

    async def stored(
        self, command: str, *, actor: Actor, key: str, request: bytes, received_at: datetime
    ) -> Receipt | None:
        """What this key has stored for this request; None when it has stored nothing. Raises KeyReused."""
        context = Context(actor=actor, received_at=received_at, key=key, request=request)
        try:
            return await self.log.append(Append(events=(), ids=(), command=command, context=context))
        except NotFound:
            return None
