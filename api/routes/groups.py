"""Commands about task forces, groups and calendars."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field

from api.carrying import Acts, ReceiptBody
from api.routes.answers import COMMAND
from api.routes.fields import Body, Day, Id, Instant, Name
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.change_calendar import ChangeCalendar
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.events import CalendarName, GroupPurpose, Level
from domain.registry.form_group import FormGroup
from domain.registry.form_task_force import FormTaskForce
from domain.registry.publish_calendar import PublishCalendar
from domain.registry.release_group_member import ReleaseGroupMember

routes: Final = APIRouter(tags=["registry"])
Organisations = Annotated[tuple[Id, ...], Field(min_length=1, max_length=1000)]
Persons = Annotated[tuple[Id, ...], Field(max_length=500)]
Days = Annotated[tuple[Day, ...], Field(max_length=1000)]


class FormTaskForceBody(Body):
    """A task force for a line of work, with what it covers and its first members."""

    task_force: Id
    level: Level
    formed_by: Id
    covers: Organisations
    name: Name
    members: Persons


@routes.post("/api/v1/registry/form_task_force", operation_id="form_task_force", **COMMAND)
async def form_task_force(body: FormTaskForceBody, acts: Acts) -> ReceiptBody:
    """Form a task force."""
    return await acts.carry_out(FormTaskForce, body)


class FormGroupBody(Body):
    """A special group with what it covers and its first members."""

    group: Id
    level: Level
    formed_by: Id
    covers: Organisations
    purpose: GroupPurpose
    members: Persons


@routes.post("/api/v1/registry/form_group", operation_id="form_group", **COMMAND)
async def form_group(body: FormGroupBody, acts: Acts) -> ReceiptBody:
    """Form a special group."""
    return await acts.carry_out(FormGroup, body)


class AssignGroupMemberBody(Body):
    """Who joins which group."""

    group: Id
    person: Id


@routes.post("/api/v1/registry/assign_group_member", operation_id="assign_group_member", **COMMAND)
async def assign_group_member(body: AssignGroupMemberBody, acts: Acts) -> ReceiptBody:
    """Assign a person to a group."""
    return await acts.carry_out(AssignGroupMember, body)


class ReleaseGroupMemberBody(Body):
    """Who leaves which group."""

    group: Id
    person: Id


@routes.post("/api/v1/registry/release_group_member", operation_id="release_group_member", **COMMAND)
async def release_group_member(body: ReleaseGroupMemberBody, acts: Acts) -> ReceiptBody:
    """Release a person from a group."""
    return await acts.carry_out(ReleaseGroupMember, body)


class DissolveGroupBody(Body):
    """Which group or task force ends its work."""

    group: Id


@routes.post("/api/v1/registry/dissolve_group", operation_id="dissolve_group", **COMMAND)
async def dissolve_group(body: DissolveGroupBody, acts: Acts) -> ReceiptBody:
    """Dissolve a group or task force."""
    return await acts.carry_out(DissolveGroup, body)


class PublishCalendarBody(Body):
    """A calendar for a span of days, with the days that differ from its plain rule."""

    calendar: CalendarName
    first_day: Day
    last_day: Day
    work_days: Days
    rest_days: Days
    known_at: Instant
    source: Name


@routes.post("/api/v1/registry/publish_calendar", operation_id="publish_calendar", **COMMAND)
async def publish_calendar(body: PublishCalendarBody, acts: Acts) -> ReceiptBody:
    """Publish a calendar."""
    return await acts.carry_out(PublishCalendar, body)


class ChangeCalendarBody(Body):
    """Single days that change, and from when anyone could know it."""

    calendar: CalendarName
    work_days: Days
    rest_days: Days
    known_at: Instant
    source: Name


@routes.post("/api/v1/registry/change_calendar", operation_id="change_calendar", **COMMAND)
async def change_calendar(body: ChangeCalendarBody, acts: Acts) -> ReceiptBody:
    """Change single days of a calendar."""
    return await acts.carry_out(ChangeCalendar, body)
