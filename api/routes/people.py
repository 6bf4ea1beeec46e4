"""Commands about people: registration, appointments, delegations."""

from typing import Final

from fastapi import APIRouter

from api.carrying import Acts, ReceiptBody
from api.routes.answers import COMMAND
from api.routes.fields import Body, Code, Id, Instant, Sealed
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.events import Role
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.register_person import RegisterPerson
from domain.registry.relieve import Relieve
from domain.registry.revoke_delegation import RevokeDelegation

routes: Final = APIRouter(tags=["registry"])


class RegisterPersonBody(Body):
    """A person; name and telephone number go to the vault."""

    person: Id
    code: Code
    name: Sealed
    phone: Sealed | None = None


@routes.post("/api/v1/registry/register_person", operation_id="register_person", **COMMAND)
async def register_person(body: RegisterPersonBody, acts: Acts) -> ReceiptBody:
    """Enter a person under a pseudonym."""
    return await acts.carry_out(RegisterPerson, body, subject=body.person)


class AppointBody(Body):
    """Who, as what, where, from when, until when."""

    appointment: Id
    person: Id
    role: Role
    organisation: Id
    valid_from: Instant
    valid_to: Instant | None = None


@routes.post("/api/v1/registry/appoint", operation_id="appoint", **COMMAND)
async def appoint(body: AppointBody, acts: Acts) -> ReceiptBody:
    """Appoint a person to a role in an organisation."""
    return await acts.carry_out(Appoint, body)


class AppointActingBody(Body):
    """Who stands in for which appointment, and for how long."""

    appointment: Id
    person: Id
    acting_for: Id
    valid_from: Instant
    valid_to: Instant


@routes.post("/api/v1/registry/appoint_acting", operation_id="appoint_acting", **COMMAND)
async def appoint_acting(body: AppointActingBody, acts: Acts) -> ReceiptBody:
    """Let a person stand in for another's appointment."""
    return await acts.carry_out(AppointActing, body)


class RelieveBody(Body):
    """Which appointment ends, and when."""

    appointment: Id
    relieved_at: Instant


@routes.post("/api/v1/registry/relieve", operation_id="relieve", **COMMAND)
async def relieve(body: RelieveBody, acts: Acts) -> ReceiptBody:
    """End an appointment."""
    return await acts.carry_out(Relieve, body)


class GrantDelegationBody(Body):
    """Who may act under the own appointment, and for how long."""

    delegation: Id
    appointment: Id
    delegate: Id
    valid_from: Instant
    valid_to: Instant


@routes.post("/api/v1/registry/grant_delegation", operation_id="grant_delegation", **COMMAND)
async def grant_delegation(body: GrantDelegationBody, acts: Acts) -> ReceiptBody:
    """Let another person act under one's own appointment."""
    return await acts.carry_out(GrantDelegation, body)


class RevokeDelegationBody(Body):
    """Which delegation ends, and when."""

    delegation: Id
    appointment: Id
    revoked_at: Instant


@routes.post("/api/v1/registry/revoke_delegation", operation_id="revoke_delegation", **COMMAND)
async def revoke_delegation(body: RevokeDelegationBody, acts: Acts) -> ReceiptBody:
    """End a delegation early."""
    return await acts.carry_out(RevokeDelegation, body)
