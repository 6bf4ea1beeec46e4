"""Commands about organisations: the bureau, sections, districts, sites."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field

from api.carrying import Acts, Founding, ReceiptBody
from api.routes.answers import COMMAND
from api.routes.fields import Body, Code, Day, Flag, Id, Instant, Name, Sealed, Small
from domain.ledger.entry import Actor
from domain.registry.abolish_organisation import AbolishOrganisation
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.end_small_site_exemption import EndSmallSiteExemption
from domain.registry.events import OrganisationKind
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.found_bureau import FoundBureau
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.resume_site import ResumeSite
from domain.registry.suspend_site import SuspendSite

routes: Final = APIRouter(tags=["registry"])


class FoundBureauBody(Body):
    """The bureau, and its first registrar: the person whose token is sent."""

    bureau: Id
    name: Name
    registrar_code: Code
    registrar_name: Sealed
    appointment: Id


@routes.post("/api/v1/registry/found_bureau", operation_id="found_bureau", **COMMAND)
async def found_bureau(body: FoundBureauBody, acts: Founding) -> ReceiptBody:
    """Found the bureau, once, on an empty registry; whoever does it becomes its registrar."""
    return await acts.carry_out(
        FoundBureau,
        body,
        actor=Actor(person=acts.person),
        subject=acts.person,
        given={"registrar_person": acts.person, "at": acts.at},
    )


class RegisterOrganisationBody(Body):
    """A section, district or site."""

    organisation: Id
    kind: OrganisationKind
    code: Code
    name: Name
    parent: Id
    opened_on: Day
    public: Flag


@routes.post("/api/v1/registry/register_organisation", operation_id="register_organisation", **COMMAND)
async def register_organisation(body: RegisterOrganisationBody, acts: Acts) -> ReceiptBody:
    """Enter an organisation, valid from a day."""
    return await acts.carry_out(RegisterOrganisation, body)


class ClassRosterBody(Body):
    """One class: grade 0 is kindergarten, 1–9 compulsory, 10–12 senior and vocational."""

    class_id: Code
    grade: Annotated[int, Field(strict=True, ge=0, le=12)]
    students: Small


class DeclareRosterBody(Body):
    """Staff and classes as of a day."""

    organisation: Id
    as_of: Day
    staff: Small
    classes: Annotated[tuple[ClassRosterBody, ...], Field(max_length=300)]


@routes.post("/api/v1/registry/declare_roster", operation_id="declare_roster", **COMMAND)
async def declare_roster(body: DeclareRosterBody, acts: Acts) -> ReceiptBody:
    """Declare a site's staff and classes as of a day."""
    return await acts.carry_out(DeclareRoster, body)


class SuspendSiteBody(Body):
    """From which day on the site owes nothing."""

    organisation: Id
    suspended_on: Day


@routes.post("/api/v1/registry/suspend_site", operation_id="suspend_site", **COMMAND)
async def suspend_site(body: SuspendSiteBody, acts: Acts) -> ReceiptBody:
    """Suspend a site."""
    return await acts.carry_out(SuspendSite, body)


class ResumeSiteBody(Body):
    """From which day on the site works again."""

    organisation: Id
    resumed_on: Day


@routes.post("/api/v1/registry/resume_site", operation_id="resume_site", **COMMAND)
async def resume_site(body: ResumeSiteBody, acts: Acts) -> ReceiptBody:
    """Let a suspended site work again."""
    return await acts.carry_out(ResumeSite, body)


class CloseSiteBody(Body):
    """The first day without the site, and who answers what it leaves open."""

    organisation: Id
    closed_on: Day
    heir: Id


@routes.post("/api/v1/registry/close_site", operation_id="close_site", **COMMAND)
async def close_site(body: CloseSiteBody, acts: Acts) -> ReceiptBody:
    """Close a site."""
    return await acts.carry_out(CloseSite, body)


class MergeSiteBody(Body):
    """Which site becomes part of which, and from which day on."""

    organisation: Id
    into: Id
    merged_on: Day


@routes.post("/api/v1/registry/merge_site", operation_id="merge_site", **COMMAND)
async def merge_site(body: MergeSiteBody, acts: Acts) -> ReceiptBody:
    """Merge a site into another."""
    return await acts.carry_out(MergeSite, body)


class AbolishOrganisationBody(Body):
    """The first day without the district or section."""

    organisation: Id
    abolished_on: Day


@routes.post("/api/v1/registry/abolish_organisation", operation_id="abolish_organisation", **COMMAND)
async def abolish_organisation(body: AbolishOrganisationBody, acts: Acts) -> ReceiptBody:
    """Abolish a district or a section."""
    return await acts.carry_out(AbolishOrganisation, body)


class MoveSiteBody(Body):
    """The district that the site belongs to from a day on."""

    organisation: Id
    to_parent: Id
    moved_on: Day


@routes.post("/api/v1/registry/move_site", operation_id="move_site", **COMMAND)
async def move_site(body: MoveSiteBody, acts: Acts) -> ReceiptBody:
    """Move a site to another district."""
    return await acts.carry_out(MoveSite, body)


class ExemptSmallSiteBody(Body):
    """For how long, and why, one person may both report and sign level 1."""

    organisation: Id
    valid_from: Instant
    valid_to: Instant | None = None
    reason: Sealed


@routes.post("/api/v1/registry/exempt_small_site", operation_id="exempt_small_site", **COMMAND)
async def exempt_small_site(body: ExemptSmallSiteBody, acts: Acts) -> ReceiptBody:
    """Exempt a small site from the rule that who reports does not sign."""
    return await acts.carry_out(ExemptSmallSite, body, subject=body.organisation)


class EndSmallSiteExemptionBody(Body):
    """From when on two persons are needed again."""

    organisation: Id
    ended_at: Instant


@routes.post("/api/v1/registry/end_small_site_exemption", operation_id="end_small_site_exemption", **COMMAND)
async def end_small_site_exemption(body: EndSmallSiteExemptionBody, acts: Acts) -> ReceiptBody:
    """End a small-site exemption."""
    return await acts.carry_out(EndSmallSiteExemption, body)
