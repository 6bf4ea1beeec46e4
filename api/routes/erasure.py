"""Commands about erasure: retention periods, proposals, approvals, legal holds."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field

from adapters.postgres.views.values_stand_with import fetch_values_stand_with
from api.carrying import Acts, ReceiptBody
from api.identity import Wired
from api.routes.answers import COMMAND
from api.routes.fields import Body, Id, Instant, Key, Name, Sealed
from domain.erasure.adopt_retention import LONGEST, AdoptRetention
from domain.erasure.approve_erasure import ApproveErasure, subjects_of
from domain.erasure.decline_erasure import DeclineErasure
from domain.erasure.end_legal_hold import EndLegalHold
from domain.erasure.events import ErasureProposed, Ground
from domain.erasure.offices import MOST_KEYS
from domain.erasure.place_legal_hold import PlaceLegalHold
from domain.erasure.propose_key_erasure import ProposeKeyErasure
from domain.erasure.propose_person_erasure import ProposePersonErasure
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem

routes: Final = APIRouter(tags=["erasure"])
Term = Annotated[int, Field(strict=True, ge=2000, le=9000)]


class AdoptRetentionBody(Body):
    """For what, how many days after the end of the year, and the provision that says so."""

    purpose: Key
    days: Annotated[int, Field(strict=True, ge=1, le=LONGEST)]
    source: Name


@routes.post("/api/v1/erasure/adopt_retention", operation_id="adopt_retention", **COMMAND)
async def adopt_retention(body: AdoptRetentionBody, acts: Acts) -> ReceiptBody:
    """Adopt how long values of a purpose are kept."""
    return await acts.carry_out(AdoptRetention, body)


class SealedUnderBody(Body):
    """One key of the vault."""

    subject: Id
    purpose: Key
    term: Term


class ProposeKeyErasureBody(Body):
    """Which keys, and why."""

    erasure: Id
    ground: Ground
    keys: Annotated[tuple[SealedUnderBody, ...], Field(min_length=1, max_length=MOST_KEYS)]


@routes.post("/api/v1/erasure/propose_key_erasure", operation_id="propose_key_erasure", **COMMAND)
async def propose_key_erasure(body: ProposeKeyErasureBody, acts: Acts) -> ReceiptBody:
    """Propose to destroy keys of years that are over."""
    return await acts.carry_out(ProposeKeyErasure, body)


class ProposePersonErasureBody(Body):
    """Who, and why."""

    erasure: Id
    ground: Ground
    person: Id


@routes.post("/api/v1/erasure/propose_person_erasure", operation_id="propose_person_erasure", **COMMAND)
async def propose_person_erasure(body: ProposePersonErasureBody, acts: Acts) -> ReceiptBody:
    """Propose to erase a person."""
    return await acts.carry_out(ProposePersonErasure, body)


class ApproveErasureBody(Body):
    """Which erasure, and whose keys are left out of it."""

    erasure: Id
    spare: Annotated[tuple[Id, ...], Field(max_length=MOST_KEYS)] = ()


@routes.post("/api/v1/erasure/approve_erasure", operation_id="approve_erasure", **COMMAND)
async def approve_erasure(body: ApproveErasureBody, acts: Acts, wiring: Wired) -> ReceiptBody:
    """Approve what somebody else proposed. The keys are destroyed within seconds, and for good."""
    subjects = await _subjects(wiring.ledger.log, body.erasure)
    async with wiring.pool.acquire() as connection:
        stands_with = await fetch_values_stand_with(connection, subjects)
    return await acts.carry_out(ApproveErasure, body, given={"stands_with": stands_with})


async def _subjects(log: EventLog, erasure: str) -> list[str]:
    proposals = QueryItem(frozenset({ErasureProposed.type_name}), frozenset({f"erasure:{erasure}"}))
    return sorted(
        subject
        for recorded in (await log.read(Query((proposals,)))).events
        if isinstance(recorded.event, ErasureProposed)
        for subject in subjects_of(recorded.event)
    )


class DeclineErasureBody(Body):
    """Which erasure."""

    erasure: Id


@routes.post("/api/v1/erasure/decline_erasure", operation_id="decline_erasure", **COMMAND)
async def decline_erasure(body: DeclineErasureBody, acts: Acts) -> ReceiptBody:
    """Turn an erasure down."""
    return await acts.carry_out(DeclineErasure, body)


class PlaceLegalHoldBody(Body):
    """Over which person or organisation, until when, and why."""

    hold: Id
    over: Id
    until: Instant
    reason: Sealed


@routes.post("/api/v1/erasure/place_legal_hold", operation_id="place_legal_hold", **COMMAND)
async def place_legal_hold(body: PlaceLegalHoldBody, acts: Acts) -> ReceiptBody:
    """Keep a person's or an organisation's data as evidence."""
    return await acts.carry_out(PlaceLegalHold, body)


class EndLegalHoldBody(Body):
    """Which hold."""

    hold: Id


@routes.post("/api/v1/erasure/end_legal_hold", operation_id="end_legal_hold", **COMMAND)
async def end_legal_hold(body: EndLegalHoldBody, acts: Acts) -> ReceiptBody:
    """End a legal hold."""
    return await acts.carry_out(EndLegalHold, body)
