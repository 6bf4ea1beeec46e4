"""Publish the next version of a form."""

import re
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.reporting.content import SEALED
from domain.reporting.errors import FormMalformed, FormVersionTaken
from domain.reporting.events import ArithmeticRule, FieldKind, FormField, FormPublished
from domain.reporting.form_state import FORM_KEEPERS, FormState

_FORM: Final = re.compile(r"[A-Z][0-9A-Z]{0,7}")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class PublishForm(Command):
    """Versions count 1, 2, 3 …; what was published never changes. A form that contradicts itself is refused."""

    name: ClassVar[str] = "publish_form"

    def __init__(
        self,
        *,
        acting: Acting,
        form: str,
        form_version: int,
        title_zh: str,
        title_en: str,
        has_classes: bool,
        fields: tuple[FormField, ...],
        rules: tuple[ArithmeticRule, ...],
    ) -> None:
        if _FORM.fullmatch(form) is None:
            raise FormMalformed("form", "must be a capital letter and up to 7 capitals or digits")
        self.published = FormPublished(
            form=form,
            form_version=form_version,
            title_zh=title_zh,
            title_en=title_en,
            has_classes=has_classes,
            fields=fields,
            rules=rules,
        )
        self.authority = Authority(acting)
        self.form = FormState(form)
        self.perspectives = (self.authority, self.form)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, FormVersionTaken, FormMalformed."""
        self.authority.require(FORM_KEEPERS)
        if self.published.form_version != self.form.latest + 1:
            raise FormVersionTaken(form=self.published.form, next=self.form.latest + 1)
        _check_form(self.published)
        self.record(self.published)
        self.recorded_before = self.authority.valid_until


def _check_form(form: FormPublished) -> None:
    kinds: dict[str, FieldKind] = {}
    for field in form.fields:
        if _FIELD.fullmatch(field.name) is None:
            raise FormMalformed(field.name[:64], "a name is lower-case letters, digits and underscores")
        if field.name in kinds:
            raise FormMalformed(field.name, "two fields have this name")
        if (field.kind is FieldKind.CHOICE) != bool(field.choices):
            raise FormMalformed(field.name, "a choice field, and no other, has choices")
        if field.kind is not FieldKind.COUNT and (field.positive or field.maximum is not None):
            raise FormMalformed(field.name, "only a count is positive or has a maximum")
        sealed = field.kind if field.kind in SEALED.values() else None
        if SEALED.get(field.name) is not sealed:
            raise FormMalformed(
                field.name, "remarks, and nothing else, is a text; named_list, and nothing else, a list"
            )
        kinds[field.name] = field.kind
    for rule in form.rules:
        if rule.relation not in ("=", "<="):
            raise FormMalformed(rule.rule[:64], "the relation is = or <=")
        if not rule.left or not rule.right:
            raise FormMalformed(rule.rule[:64], "both sides need a count")
        for name in (*rule.left, *rule.right):
            if kinds.get(name) is not FieldKind.COUNT:
                raise FormMalformed(rule.rule[:64], f"{name[:64]} is no count of this form")
