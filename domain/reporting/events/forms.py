"""Events of forms and reporting rules."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

import msgspec

from domain.ledger.event import Event
from domain.registry.events import CalendarName, OrganisationKind


class FieldKind(StrEnum):
    """What a form field holds. Counts are whole and not negative; a person is a pseudonym and stands among choices; a
    list has rows of person, status (``PersonStatus``) and day. Texts and lists are sealed.
    """

    COUNT = "count"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    PERSON = "person"
    TEXT = "text"
    LIST = "list"


class FormField(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field: ``name`` as in the data, labels for people, whether it must be there.

    ``positive`` marks counts that make a report positive when they are not zero.
    """

    name: str
    kind: FieldKind
    label_zh: str
    label_en: str
    required: bool
    positive: bool
    choices: tuple[str, ...] | None = None
    maximum: int | None = None


class ArithmeticRule(msgspec.Struct, frozen=True, kw_only=True):
    """``sum(left) relation sum(right)`` over fields; ``relation`` is one of ``=`` and ``<=``."""

    rule: str
    left: tuple[str, ...]
    relation: str
    right: tuple[str, ...]


class FormPublished(Event, frozen=True, kw_only=True):
    """A version of a form was published."""

    type_name: ClassVar[str] = "FormPublished"
    form: str
    form_version: int
    title_zh: str
    title_en: str
    has_classes: bool
    fields: tuple[FormField, ...]
    rules: tuple[ArithmeticRule, ...]

    def tags(self) -> tuple[str, ...]:
        return (f"form:{self.form}",)


class RulesAdopted(Event, frozen=True, kw_only=True):
    """A version of the reporting rules was adopted for days from ``effective_from`` on.

    ``deadlines`` are ``HH:MM`` in Asia/Shanghai for levels 1, 2 and 3 (three of them: three levels, three persons);
    a filing at the very deadline is in time. ``closes`` is ``HH:MM`` of the day ``closes_after_days`` later. What is
    owed and what is counted are days of ``calendar``; ``owed_by`` are the kinds of site that owe the form.
    """

    type_name: ClassVar[str] = "RulesAdopted"
    rules: str
    form: str
    form_version: int
    effective_from: date
    deadlines: tuple[str, str, str]
    closes: str
    closes_after_days: int
    calendar: CalendarName
    owed_by: tuple[OrganisationKind, ...]

    def tags(self) -> tuple[str, ...]:
        return (f"rules:{self.form}",)
