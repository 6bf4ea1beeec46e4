"""From a request body to a command: what is personal is sealed, the rest goes to the command under the same names.

A body's fields are the command's arguments, one for one (a test compares them). The command's own annotations say what
they become; ``acting``, ``at`` and ``origin`` come from here and from nobody else.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from inspect import Parameter, signature
from typing import Annotated, Any, Final, TypeAlias, get_args, get_type_hints
from uuid import UUID, uuid5

import msgspec
from fastapi import Depends, Header, Request, Response
from pydantic.fields import FieldInfo

from api.identity import ActingAs, PersonAsking, Wired
from api.ledger import request_bytes
from api.routes.fields import AboutPerson, Body, SealedText
from api.routes.held import Signed, SignedReason
from api.wiring import Wiring
from domain.evidence.canonical_json import canonical_json
from domain.ledger.command import Command
from domain.ledger.entry import Actor
from domain.ledger.errors import Invalid, Refusal
from domain.ledger.ports import Receipt, SealedPart, Vault
from domain.registry.authority import Acting

KEY_HEADER = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"

MOST_LINKS: Final = 16


class ReceiptBody(Body):
    """What was stored: positions, leaf hashes, times. ``duplicate`` says that the key had stored it before."""

    first: int
    last: int
    recorded_at: datetime
    received_at: datetime
    leaves: list[str]
    duplicate: bool

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptBody":
        """The receipt as it is answered."""
        return cls(
            first=receipt.first,
            last=receipt.last,
            recorded_at=receipt.recorded_at,
            received_at=receipt.received_at,
            leaves=[leaf.hex() for leaf in receipt.leaves],
            duplicate=receipt.duplicate,
        )


def receipt_links(positions: Sequence[int]) -> str:
    """Where the receipts are; of a long append those of its beginning, for a header has its limits."""
    positions = positions[:MOST_LINKS]
    return ", ".join(f'</api/v1/receipts/{position}>; rel="describedby"' for position in positions)


class Carrying:
    """Carries out the commands of one request, once."""

    def __init__(self, *, wiring: Wiring, request: Request, response: Response, person: str, key: str) -> None:
        self.person = person
        self._wiring = wiring
        self._request = request
        self._response = response
        self._key = key.lower()
        self.at: datetime = request.state.received_at or wiring.ledger.clock.now()
        """The arrival of the request."""

    async def carry_out(
        self,
        command: type[Command],
        body: Body,
        *,
        actor: Actor,
        subject: str,
        business_date: date | None = None,
        given: Mapping[str, Any],
    ) -> ReceiptBody:
        """Carry the command out.

        ``subject`` is under whose key personal values fall; ``given`` are the arguments that no body may hold.
        Raises: NonceForeign, NonceExpired, ScanMissing for what is signed, and what ``Ledger.carry_out`` raises.
        """
        asked = body.model_dump(exclude_none=True)
        sealed: list[SealedPart] = []
        arguments = await _sealing(body, self._wiring.ledger.vault, subject, sealed, asked)
        as_whom = {"appointment": actor.appointment, "on_behalf_of": actor.on_behalf_of}
        request = request_bytes(command.name, asked | {name: who for name, who in as_whom.items() if who})
        receipt = await self._stored_before_nonce_was_refused(command, body, actor, request)
        if receipt is None:
            if isinstance(body, Signed) and body.held.paper is not None:
                await self._wiring.scans.require(body.held.paper.scan, signer=self.person)
            receipt = await self._wiring.ledger.carry_out(
                build_command(command, {**arguments, **given}),
                actor=actor,
                key=self._key,
                request=request,
                received_at=self.at,
                sealed=tuple(sealed),
                business_date=business_date,
            )
        state = self._request.state
        state.command, state.position, state.duplicate = command.name, receipt.last, receipt.duplicate
        self._response.headers["Wenze-Position"] = self._wiring.position_token(receipt.last)
        self._response.headers["Link"] = receipt_links(range(receipt.first, receipt.last + 1))
        return ReceiptBody.of(receipt)

    async def _stored_before_nonce_was_refused(
        self, command: type[Command], body: Body, actor: Actor, request: bytes
    ) -> Receipt | None:
        """Nothing, when the nonce of a signed decision is good; when it is not, what the key has stored before.

        A nonce that has expired meanwhile must not hide the receipt from whoever repeats a request.
        """
        if not isinstance(body, Signed):
            return None
        try:
            self._wiring.nonces.require(
                body.nonce, self.person, at=datetime.now(UTC), on_paper=body.held.method == "paper"
            )
        except Refusal:
            ledger = self._wiring.ledger
            stored = await ledger.stored(command.name, actor=actor, key=self._key, request=request, received_at=self.at)
            if stored is None:
                raise
            return stored
        return None

    def numbered(self, number: int) -> "Carrying":
        """The same request's part of this number, under a key of its own that is derived from the request's."""
        key = str(uuid5(UUID(self._key), str(number)))
        return Carrying(
            wiring=self._wiring, request=self._request, response=self._response, person=self.person, key=key
        )


class ActingCarrying:
    """Carries out commands of a person who acts under an office."""

    def __init__(self, carrying: Carrying, deputed: ActingAs, wiring: Wiring) -> None:
        self._carrying = carrying
        self._deputed = deputed
        self._wiring = wiring

    @property
    def acting(self) -> Acting:
        """Who acts, as what, and when."""
        return self._deputed.acting

    async def carry_out(
        self,
        command: type[Command],
        body: Body,
        *,
        subject: str | None = None,
        business_date: date | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> ReceiptBody:
        """Carry the command out; without a ``subject`` personal values fall under the key of who acts.

        ``given`` is what no body may hold beside who acts and the log's origin.
        """
        return await self._carrying.carry_out(
            command,
            body,
            actor=self._deputed.actor,
            subject=subject or self.acting.person,
            business_date=business_date,
            given={"acting": self.acting, "at": self.acting.at, "origin": self._wiring.ledger.origin, **(given or {})},
        )

    def numbered(self, number: int) -> "ActingCarrying":
        """See ``Carrying.numbered``."""
        return ActingCarrying(self._carrying.numbered(number), self._deputed, self._wiring)


def carrying(
    request: Request,
    response: Response,
    wiring: Wired,
    person: PersonAsking,
    idempotency_key: Annotated[
        str, Header(pattern=KEY_HEADER, description="A UUID; the same key again never stores twice.")
    ],
) -> Carrying:
    """What a command route needs before an office is known."""
    return Carrying(wiring=wiring, request=request, response=response, person=person, key=idempotency_key)


def acting_carrying(wiring: Wired, carry: Annotated[Carrying, Depends(carrying)], deputed: ActingAs) -> ActingCarrying:
    """What a command route needs."""
    return ActingCarrying(carry, deputed, wiring)


Founding: TypeAlias = Annotated[Carrying, Depends(carrying)]
Acts: TypeAlias = Annotated[ActingCarrying, Depends(acting_carrying)]


async def _sealing(
    body: Body, vault: Vault, subject: str, sealed: list[SealedPart], asked: dict[str, Any]
) -> dict[str, Any]:
    """The body's fields with commitments in place of personal text; the sealed parts are added to ``sealed``.

    In ``asked``, of which a keyed MAC is kept with the append, the text gives way to a likeness under its own key:
    whoever holds the MAC's key could otherwise try out names and numbers after their keys are destroyed.
    """
    fields: dict[str, Any] = {}
    for name, field in type(body).model_fields.items():
        value = getattr(body, name)
        if isinstance(value, SignedReason):
            part = await vault.seal(value.text, subject=subject, purpose=name, salt=bytes.fromhex(value.salt))
            sealed.append(part)
            fields[name], asked[name] = part.commitment, part.likeness
        elif isinstance(value, Body):
            fields[name] = await _sealing(value, vault, subject, sealed, asked[name])
        elif value is not None and _is_sealed(field):
            rows = [] if isinstance(value, str) else await _rows(value, vault, name)
            text = value if isinstance(value, str) else canonical_json([row.commitment for row in rows]).decode()
            part = await vault.seal(text, subject=subject, purpose=name)
            sealed += [*rows, part]
            fields[name] = part.commitment
            asked[name] = [row.likeness for row in rows] or part.likeness
        elif isinstance(value, tuple):
            fields[name] = [each.model_dump(exclude_none=True) if isinstance(each, Body) else each for each in value]
        elif value is not None:
            fields[name] = value
    return fields


async def _rows(rows: tuple[AboutPerson, ...], vault: Vault, name: str) -> list[SealedPart]:
    """A list of persons, each row under the key of the person it is about.

    So that a person who is erased is gone from every list, while the list still says how many it named.
    """
    return [
        await vault.seal(canonical_json(row.model_dump(mode="json")).decode(), subject=row.person, purpose=name)
        for row in rows
    ]


def _is_sealed(field: FieldInfo) -> bool:
    def marked(annotation: object) -> bool:
        return (
            isinstance(annotation, SealedText)
            or any(marked(each) for each in getattr(annotation, "__metadata__", ()))
            or any(marked(each) for each in get_args(annotation))
        )

    return any(marked(each) for each in field.metadata) or marked(field.annotation)


@cache
def arguments_of(command: type[Command]) -> Mapping[str, Any]:
    """The arguments of a command by name, with their types."""
    hints = get_type_hints(command.__init__)
    hints.pop("return", None)
    return hints


def has_default(command: type[Command], argument: str) -> bool:
    """Whether a command can be built without this argument."""
    return signature(command.__init__).parameters[argument].default is not Parameter.empty


def build_command(command: type[Command], values: Mapping[str, Any]) -> Callable[[], Command]:
    """Builds the command afresh each time, from values by argument name. Raises Invalid."""
    arguments: dict[str, Any] = {}
    for name, hint in arguments_of(command).items():
        if name not in values:
            # An optional field that was not sent: the body demands all others.
            if not has_default(command, name):
                arguments[name] = None
        elif name == "acting":
            arguments[name] = values[name]
        else:
            try:
                arguments[name] = msgspec.convert(values[name], hint)
            except msgspec.ValidationError as error:
                raise Invalid(name, str(error)) from error
    return lambda: command(**arguments)
