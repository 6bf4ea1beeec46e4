"""Commands about credentials: revoke, dispute, resolve. Enrolment has its own file.

Who holds a credential revokes and disputes it without any office, also after leaving.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Header

from api.carrying import Acts, Founding, ReceiptBody
from api.identity import Asking, deputed
from api.routes.answers import COMMAND
from api.routes.fields import UUID, Body, Digest, Id, Instant, Sealed
from domain.ledger.entry import Actor
from domain.signing.dispute_signature import DisputeSignature
from domain.signing.events import Outcome, RevokedBecause
from domain.signing.resolve_dispute import ResolveDispute
from domain.signing.revoke_credential import RevokeCredential

routes: Final = APIRouter(tags=["signing"])


class RevokeCredentialBody(Body):
    """Which key signs no more, whose it is, and why."""

    person: Id
    credential: Digest
    why: RevokedBecause


@routes.post("/api/v1/signing/revoke_credential", operation_id="revoke_credential", **COMMAND)
async def revoke_credential(
    body: RevokeCredentialBody,
    carry: Founding,
    asking: Asking,
    wenze_appointment: Annotated[str | None, Header(pattern=UUID, description="An officer's office.")] = None,
    wenze_delegation: Annotated[str | None, Header(pattern=UUID, description="A delegation to act under.")] = None,
) -> ReceiptBody:
    """Revoke one's own key, or as an officer that of a person one answers for. What it signed stands."""
    actor, given = Actor(person=carry.person), {"by": carry.person, "at": carry.at}
    if body.person != carry.person:
        officer = await deputed(asking, wenze_appointment, wenze_delegation)
        actor, given = officer.actor, given | {"acting": officer.acting}
    return await carry.carry_out(RevokeCredential, body, actor=actor, subject=body.person, given=given)


class DisputeSignatureBody(Body):
    """What one's key signed from this instant on was not one's own."""

    dispute: Id
    credential: Digest
    since: Instant
    statement: Sealed | None = None


@routes.post("/api/v1/signing/dispute_signature", operation_id="dispute_signature", **COMMAND)
async def dispute_signature(body: DisputeSignatureBody, carry: Founding) -> ReceiptBody:
    """Dispute signatures. The key is frozen at once; what it signed since then counts for nothing until resolved."""
    given = {"by": carry.person, "at": carry.at}
    return await carry.carry_out(
        DisputeSignature, body, actor=Actor(person=carry.person), subject=carry.person, given=given
    )


class ResolveDisputeBody(Body):
    """What was found of a dispute, and why."""

    dispute: Id
    credential: Digest
    person: Id
    outcome: Outcome
    reason: Sealed


@routes.post("/api/v1/signing/resolve_dispute", operation_id="resolve_dispute", **COMMAND)
async def resolve_dispute(body: ResolveDisputeBody, acts: Acts) -> ReceiptBody:
    """Confirm disputed signatures, or repudiate them."""
    return await acts.carry_out(ResolveDispute, body, subject=body.person)
