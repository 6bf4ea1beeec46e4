"""The part of the school-day's fold that comes from credentials: with which key each act was signed, and disputes.

A disputed signature stays where it is, and everything that was in time stays in time; but it does not count as signed
until somebody else has confirmed it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.reporting.school_day_parts import Attestation, Hand, Mark, Objection, Signature
from domain.signing.events import DisputeResolved, SignatureDisputed
from domain.signing.held_signature import HeldSignature
from domain.signing.signature_standing import SignatureStanding

if TYPE_CHECKING:
    from domain.reporting.school_day import SchoolDay


def hand_of(held: HeldSignature) -> Hand:
    """With which key something was signed."""
    return Hand(
        method=held.method,
        credential=held.credential,
        attested_by=held.attested_by,
        batch=None if held.batch is None else held.batch.size,
    )


def is_signed_by(day: "SchoolDay", credential: str) -> bool:
    """Whether anything about this duty was signed with this key."""
    acts: list[Signature | Objection | Attestation] = [*day.signatures, *day.objections, *day.attestations]
    return any(each.hand.credential == credential for each in acts)


def disputed(day: "SchoolDay", event: SignatureDisputed, _: Mark) -> None:
    """What the key signed at or after the instant that its holder names is disputed."""

    def reached(hand: Hand, mark: Mark) -> Hand:
        if hand.credential != event.credential or hand.dispute is not None or mark.recorded_at < event.since:
            return hand
        return replace(hand, dispute=event.dispute, standing=SignatureStanding.DISPUTED)

    _each_hand(day, reached)


def resolved(day: "SchoolDay", event: DisputeResolved, _: Mark) -> None:
    """Confirmed, the signatures stand again; repudiated, they never count."""
    confirmed = event.outcome == "confirmed"
    standing = SignatureStanding.VALID if confirmed else SignatureStanding.REPUDIATED
    _each_hand(day, lambda hand, _: replace(hand, standing=standing) if hand.dispute == event.dispute else hand)


def _each_hand(day: "SchoolDay", change: Callable[[Hand, Mark], Hand]) -> None:
    day.signatures = tuple(replace(each, hand=change(each.hand, each.mark)) for each in day.signatures)
    day.objections = tuple(replace(each, hand=change(each.hand, each.mark)) for each in day.objections)
    day.attestations = tuple(replace(each, hand=change(each.hand, each.mark)) for each in day.attestations)
