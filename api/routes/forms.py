"""Commands about forms and rules."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from api.carrying import Acts, ReceiptBody
from api.routes.answers import COMMAND
from api.routes.fields import Body, ClockText, Code, Count, Day, Flag, Form, Key, Name, Version
from domain.registry.events import CalendarName, OrganisationKind
from domain.reporting.adopt_rules import AdoptRules
from domain.reporting.events import FieldKind
from domain.reporting.publish_form import PublishForm

routes: Final = APIRouter(tags=["reporting"])
Sum = Annotated[tuple[Key, ...], Field(min_length=1, max_length=100)]


class FormFieldBody(Body):
    """One field of a form. ``positive`` marks counts that make a report positive."""

    name: Key
    kind: FieldKind
    label_zh: Name
    label_en: Name
    required: Flag
    positive: Flag
    choices: Annotated[tuple[Key, ...], Field(max_length=100)] | None = None
    maximum: Count | None = None


class ArithmeticRuleBody(Body):
    """``sum(left) relation sum(right)``."""

    rule: Key
    left: Sum
    relation: Literal["=", "<="]
    right: Sum


class PublishFormBody(Body):
    """The next version of a form."""

    form: Form
    form_version: Version
    title_zh: Name
    title_en: Name
    has_classes: Flag
    fields: Annotated[tuple[FormFieldBody, ...], Field(min_length=1, max_length=100)]
    rules: Annotated[tuple[ArithmeticRuleBody, ...], Field(max_length=100)]


@routes.post("/api/v1/reporting/publish_form", operation_id="publish_form", **COMMAND)
async def publish_form(body: PublishFormBody, acts: Acts) -> ReceiptBody:
    """Publish the next version of a form."""
    return await acts.carry_out(PublishForm, body)


class AdoptRulesBody(Body):
    """Deadlines of the three levels, ``HH:MM`` in Asia/Shanghai, for days from ``effective_from`` on.

    Without ``calendar`` every day counts; without ``owed_by`` every kind of school owes the form.
    """

    rules: Code
    form: Form
    form_version: Version
    effective_from: Day
    deadlines: tuple[ClockText, ClockText, ClockText]
    closes: ClockText
    closes_after_days: Annotated[int, Field(strict=True, ge=0, le=31)]
    calendar: CalendarName | None = None
    owed_by: Annotated[tuple[OrganisationKind, ...], Field(min_length=1, max_length=10)] | None = None


@routes.post("/api/v1/reporting/adopt_rules", operation_id="adopt_rules", **COMMAND)
async def adopt_rules(body: AdoptRulesBody, acts: Acts) -> ReceiptBody:
    """Adopt a version of the reporting rules."""
    return await acts.carry_out(AdoptRules, body)
