"""Commands about duties: opening, closing, inheriting, excusing; outages, reminders. The clock's acts have no route."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from adapters.postgres.views.lateness_by_level import fetch_was_late
from api.carrying import Acts, ReceiptBody
from api.identity import Wired
from api.routes.answers import COMMAND
from api.routes.fields import Body, Day, Form, Id, Instant, Key, LevelNumber, ReportId, Sealed
from domain.reporting.close_duty import CloseDuty
from domain.reporting.declare_outage import DeclareOutage
from domain.reporting.excuse_duty import ExcuseDuty
from domain.reporting.identifiers import parts_of
from domain.reporting.inherit_duty import InheritDuty
from domain.reporting.open_duties import OpenDuties
from domain.reporting.send_reminder import SendReminder
from domain.reporting.serve_reminder import ServeReminder

routes: Final = APIRouter(tags=["reporting"])


class OpenDutiesBody(Body):
    """One district's schools and a day."""

    business_date: Day
    form: Form
    district: Id
    schools: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]


@routes.post("/api/v1/reporting/open_duties", operation_id="open_duties", **COMMAND)
async def open_duties(body: OpenDutiesBody, acts: Acts) -> ReceiptBody:
    """Open the duties of one district for one day."""
    return await acts.carry_out(OpenDuties, body, business_date=body.business_date)


class CloseDutyBody(Body):
    """Which duty is not owed after all, and why."""

    report: ReportId
    reason: Sealed


@routes.post("/api/v1/reporting/close_duty", operation_id="close_duty", **COMMAND)
async def close_duty(body: CloseDutyBody, acts: Acts) -> ReceiptBody:
    """Lift the duty of a site that is closed or suspended on its day."""
    _, business_date, school = parts_of(body.report)
    return await acts.carry_out(CloseDuty, body, subject=school, business_date=business_date)


class InheritDutyBody(Body):
    """Which duty, who answered until now, and who answers from now on."""

    report: ReportId
    closed: Id
    heir: Id


@routes.post("/api/v1/reporting/inherit_duty", operation_id="inherit_duty", **COMMAND)
async def inherit_duty(body: InheritDutyBody, acts: Acts) -> ReceiptBody:
    """Let the heir of a closed or merged site answer its duty."""
    return await acts.carry_out(InheritDuty, body, business_date=parts_of(body.report)[1])


class ExcuseDutyBody(Body):
    """Which level is excused, and why. At level 2, ``section`` is the officer's section."""

    report: ReportId
    level: LevelNumber
    reason: Sealed
    section: Id | None = None


@routes.post("/api/v1/reporting/excuse_duty", operation_id="excuse_duty", **COMMAND)
async def excuse_duty(body: ExcuseDutyBody, acts: Acts, wiring: Wired) -> ReceiptBody:
    """Excuse an absence or lateness of the level below; it stays visible."""
    _, business_date, school = parts_of(body.report)
    async with wiring.pool.acquire() as connection:
        late = await fetch_was_late(connection, body.report, body.level)
    return await acts.carry_out(ExcuseDuty, body, subject=school, business_date=business_date, given={"late": late})


class DeclareOutageBody(Body):
    """When filing was impossible, until when grace is given, and for which schools (absent: all)."""

    outage: Id
    began_at: Instant
    ended_at: Instant
    grace_until: Instant
    reason: Sealed
    schools: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1000)] | None = None


@routes.post("/api/v1/reporting/declare_outage", operation_id="declare_outage", **COMMAND)
async def declare_outage(body: DeclareOutageBody, acts: Acts) -> ReceiptBody:
    """Declare that filing was impossible for a while."""
    return await acts.carry_out(DeclareOutage, body)


class SendReminderBody(Body):
    """Whom to remind of which report, at which level, by which channel."""

    report: ReportId
    reminder: Id
    level: LevelNumber
    addressee: Id
    channel: Key
    section: Id | None = None


@routes.post("/api/v1/reporting/send_reminder", operation_id="send_reminder", **COMMAND)
async def send_reminder(body: SendReminderBody, acts: Acts) -> ReceiptBody:
    """Record that a reminder was sent. Sent is not served."""
    return await acts.carry_out(SendReminder, body, business_date=parts_of(body.report)[1])


class ServeReminderBody(Body):
    """How and when the addressee was reached; the number called goes to the vault."""

    report: ReportId
    reminder: Id
    how: Literal["opened", "called"]
    served_to: Id
    served_at: Instant
    number: Sealed | None = None


@routes.post("/api/v1/reporting/serve_reminder", operation_id="serve_reminder", **COMMAND)
async def serve_reminder(body: ServeReminderBody, acts: Acts) -> ReceiptBody:
    """Record that a reminder reached its addressee."""
    return await acts.carry_out(ServeReminder, body, subject=body.served_to, business_date=parts_of(body.report)[1])
