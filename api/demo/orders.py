"""An order: one command of the scenario with what it needs, before its personal values are sealed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.evidence.statement import Decision, Examined
from domain.ledger.command import Command
from domain.ledger.entry import Actor
from domain.registry.authority import Acting


@dataclass(frozen=True, slots=True)
class Personal:
    """A personal value on its way into the vault, under whose key, for what."""

    value: str
    subject: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """What the person signs of an order; its nonce and the commitment to a reason come when it is signed."""

    acting: Acting
    digest: str
    level: int
    decision: Decision
    below: str | None = None
    rules: str | None = None
    examined: Examined | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``arguments`` go to the command as they are; ``personal`` as commitments, by argument name.

    ``subject`` tells one order of a person from another in the remembered request.
    """

    command: Callable[..., Command]
    name: str
    actor: Actor
    subject: str
    arguments: Mapping[str, Any]
    personal: Mapping[str, Personal] = field(default_factory=dict)
    business_date: date | None = None
    to_sign: ToSign | None = None


def order(
    command: type[Command],
    acting: Acting,
    subject: str,
    *,
    personal: Mapping[str, Personal] | None = None,
    day: date | None = None,
    on_behalf_of: str | None = None,
    to_sign: ToSign | None = None,
    **arguments: Any,
) -> Order:
    """An order of a person who acts under an appointment; ``day`` is the business day of its envelope."""
    return Order(
        command=command,
        name=command.name,
        actor=Actor(person=acting.person, appointment=acting.appointment, on_behalf_of=on_behalf_of),
        subject=subject,
        arguments={"acting": acting, **arguments},
        personal=personal or {},
        business_date=day,
        to_sign=to_sign,
    )
