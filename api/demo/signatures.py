"""The keys of the synthetic people, and what they sign with them: real Ed25519 signatures, the same for every run.

What one person decides about reports in one minute is one batch of up to 20: a reviewer who sits down to a pile signs
once, and each decision is provable from that signature alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.files.held_key import HeldKey
from api.demo.orders import Order, ToSign
from domain.evidence.statement import (
    MAX_BATCH,
    batch_digest,
    batch_path,
    batch_root,
    statement,
    statement_digest,
)
from domain.ledger.ports import Ids
from domain.signing.held_signature import BatchPart, HeldSignature

Commitments = Mapping[str, str]
"""What stands for the personal values of an order, by argument name."""


class Hands:
    """Signs for everybody. ``nonces`` are seeded: in the scenario nobody is there to replay one."""

    def __init__(self, seed: int, *, origin: str, nonces: Ids) -> None:
        self._seed = seed
        self._origin = origin
        self._nonces = nonces
        self._keys: dict[str, HeldKey] = {}

    def key_of(self, person: str) -> HeldKey:
        """A person's key, made from the seed."""
        key = self._keys.get(person)
        if key is None:
            secret = sha256(f"wenze:{self._seed}:key:{person}".encode()).digest()
            key = self._keys[person] = HeldKey(Ed25519PrivateKey.from_private_bytes(secret))
        return key

    def sign(self, orders: Sequence[Order], sealed: Sequence[Commitments]) -> list[dict[str, Any]]:
        """The arguments that come with a signature, for each order of an instant; none where nothing is signed."""
        added: list[dict[str, Any]] = [{} for _ in orders]
        for pile in _piles(orders):
            nonce = self._nonces.new()
            signed = [
                self._digest(to_sign, sealed[place], nonce)
                for place in pile
                if (to_sign := orders[place].to_sign) is not None
            ]
            held = self._held(orders[pile[0]], signed, nonce)
            for place, signature in zip(pile, held, strict=True):
                added[place] = {"nonce": nonce, "held": signature}
        return added

    def _digest(self, to_sign: ToSign, sealed: Commitments, nonce: str) -> str:
        return statement_digest(
            statement(
                origin=self._origin,
                digest=to_sign.digest,
                level=to_sign.level,
                decision=to_sign.decision,
                appointment=to_sign.acting.appointment,
                nonce=nonce,
                below=to_sign.below,
                rules=to_sign.rules,
                examined=to_sign.examined,
                reason=sealed["reason"] if to_sign.decision in ("return", "refuse") else None,
                delegation=to_sign.acting.delegation,
            )
        )

    def _held(self, order: Order, signed: Sequence[str], nonce: str) -> Iterator[HeldSignature]:
        key = self.key_of(order.actor.person)
        if len(signed) == 1:
            yield HeldSignature(method="ed25519", credential=key.credential, signature=key.sign(signed[0]))
            return
        root, size = batch_root(signed), len(signed)
        signature = key.sign(batch_digest(origin=self._origin, size=size, root=root, nonce=nonce))
        for index in range(size):
            place = BatchPart(index=index, size=size, path=batch_path(signed, index))
            yield HeldSignature(method="ed25519", credential=key.credential, signature=signature, batch=place)


def _piles(orders: Sequence[Order]) -> Iterator[list[int]]:
    """Which orders, by place, are signed together."""
    piles: dict[str, list[int]] = {}
    for place, order in enumerate(orders):
        if order.to_sign is None:
            continue
        if order.to_sign.examined is None:
            yield [place]
        else:
            piles.setdefault(order.actor.person, []).append(place)
    for pile in piles.values():
        yield from (pile[first : first + MAX_BATCH] for first in range(0, len(pile), MAX_BATCH))
