"""Whether the content of a report answers its form.

1. Fields: none unknown, none required missing, each of its kind, none above its maximum.
2. Arithmetic: every rule of the form holds over the counts; an absent optional count is zero.
3. Classes: no class missed unseen, none twice, no person missed; the counts of classes are those of the rows, the
   counts of people those of the declared roster. Where they differ, the report says why (sealed), and that stays.
4. Nature: a zero report attests, and all its positive counts are zero; a positive report has at least one.

Each error names the field and the rule. Nothing here depends on history but the form and the roster it is given.
"""

import re
from collections.abc import Mapping
from typing import Final, assert_never

from domain.ledger.errors import Invalid
from domain.registry.organisation import Roster
from domain.reporting import errors
from domain.reporting.events import ArithmeticRule, Content, FieldKind, FormField, FormPublished, Nature

TEXT_LIMIT: Final = 500
"""Characters of a text, and of a reason for a difference, before they are sealed."""
SEALED: Final = {"remarks": FieldKind.TEXT, "named_list": FieldKind.LIST}
"""The text and the list that a form may have. Only their presence can be judged here: what they hold is looked at
before they are sealed, at the edge."""
COUNT_LIMIT: Final = 1_000_000_000
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_content(content: Content, form: FormPublished, roster: Roster | None) -> None:
    """Rules 1 to 4 for a filing. ``roster`` is the site's on the business date; a form with classes needs one.

    Raises: Invalid (the classes of ``errors.py``), NoRoster.
    """
    _check_fields(content, form, complete=True)
    for rule in form.rules:
        _check_arithmetic(content.counts, rule)
    if not form.has_classes:
        _check_no_classes(content)
    elif roster is None:
        raise errors.NoRoster(form=form.form)
    else:
        _check_people(content, roster)
        _check_classes(content, roster)
    _check_nature(content, form)


def check_draft(content: Content, form: FormPublished) -> None:
    """A draft may be incomplete and unbalanced, but it holds nothing that the form does not know."""
    _check_fields(content, form, complete=False)


def _check_fields(content: Content, form: FormPublished, *, complete: bool) -> None:
    fields = {field.name: field for field in form.fields}
    for name, count in content.counts.items():
        field = _known(fields, name, FieldKind.COUNT)
        if count < 0:
            raise errors.WrongValue(name, "a count is not negative")
        maximum = COUNT_LIMIT if field.maximum is None else field.maximum
        if count > maximum:
            raise errors.AboveMaximum(name, f"at most {maximum}, got {count}")
    for name in content.flags:
        _known(fields, name, FieldKind.BOOLEAN)
    for name, choice in content.choices.items():
        field = _known(fields, name, FieldKind.CHOICE, FieldKind.PERSON)
        if field.kind is FieldKind.PERSON:
            _check_id(name, choice)
        elif choice not in (field.choices or ()):
            raise errors.WrongValue(name, "not one of the choices")
    for name, kind in SEALED.items():
        if getattr(content, name) is not None:
            _known(fields, name, kind)
    _check_id("prepared_by", content.prepared_by)
    if complete:
        for field in form.fields:
            if field.required and not _is_there(content, field):
                raise errors.MissingField(field.name, "is required")


def _known(fields: Mapping[str, FormField], name: str, *kinds: FieldKind) -> FormField:
    field = fields.get(name)
    if field is None:
        raise errors.UnknownField(name[:64], "the form has no such field")
    if field.kind not in kinds:
        raise errors.WrongValue(name, f"is a {field.kind.value}")
    return field


def _check_id(field: str, value: str) -> None:
    # A pseudonym and nothing else: a name typed here would enter the ledger in clear, for ever.
    if _ID.fullmatch(value) is None:
        raise errors.WrongValue(field, "must be a person's id")


def _is_there(content: Content, field: FormField) -> bool:
    match field.kind:
        case FieldKind.COUNT:
            return field.name in content.counts
        case FieldKind.BOOLEAN:
            return field.name in content.flags
        case FieldKind.CHOICE | FieldKind.PERSON:
            return field.name in content.choices
        case FieldKind.TEXT | FieldKind.LIST:
            return getattr(content, field.name, None) is not None
        case _:
            assert_never(field.kind)


def _check_arithmetic(counts: Mapping[str, int], rule: ArithmeticRule) -> None:
    left = sum(counts.get(name, 0) for name in rule.left)
    right = sum(counts.get(name, 0) for name in rule.right)
    if left == right or (rule.relation == "<=" and left < right):
        return
    said = f"{' + '.join(rule.left)} {rule.relation} {' + '.join(rule.right)}"
    raise errors.ArithmeticBroken(rule.left[0], f"{said}: got {left} and {right}", arithmetic=rule.rule)


def _check_no_classes(content: Content) -> None:
    if content.classes or content.missing_classes:
        raise errors.UnknownField("classes", "the form has no class rows")
    if content.roster_difference is not None:
        raise errors.UnknownField("roster_difference", "the form has no class rows")


def _check_classes(content: Content, roster: Roster) -> None:
    students = {each.class_id: each.students for each in roster.classes}
    named: set[str] = set()
    for class_id in (*(row.class_id for row in content.classes), *content.missing_classes):
        if class_id not in students:
            raise errors.ClassUnknown("classes", "the roster has no such class", class_id=class_id[:64])
        if class_id in named:
            raise errors.ClassTwice("classes", "a class appears once", class_id=class_id)
        named.add(class_id)
    for class_id in students:
        if class_id not in named:
            raise errors.ClassMissedUnseen("classes", "needs a row or must be named as missing", class_id=class_id)
    for name, classes in (("classes_expected", len(students)), ("classes_reported", len(content.classes))):
        if content.counts.get(name, classes) != classes:
            raise errors.ArithmeticBroken(name, f"must be {classes}")
    for row in content.classes:
        _check_id("given_by", row.given_by)
        if row.given_at.tzinfo is None:
            raise Invalid("given_at", "needs a time zone")
        if row.present < 0 or row.absent < 0 or row.present + row.absent != students[row.class_id]:
            rule = f"present + absent = {students[row.class_id]}"
            raise errors.PersonMissed("classes", rule, class_id=row.class_id)


def _check_people(content: Content, roster: Roster) -> None:
    people = {"students_total": roster.students, "staff_total": roster.staff}
    differing = [name for name, count in people.items() if content.counts.get(name, count) != count]
    if differing and content.roster_difference is None:
        name = differing[0]
        raise errors.RosterDiffers(name, f"the roster has {people[name]}: say why in roster_difference")
    if not differing and content.roster_difference is not None:
        raise errors.WrongValue("roster_difference", "the counts are those of the roster")


def _check_nature(content: Content, form: FormPublished) -> None:
    positive = [field.name for field in form.fields if field.positive and content.counts.get(field.name, 0) > 0]
    match content.nature:
        case Nature.ZERO:
            if not content.zero_attestation:
                raise errors.ZeroNotAttested("zero_attestation", "a zero report is an explicit attestation")
            if positive:
                raise errors.NatureContradicted(positive[0], "a zero report has no positive count")
        case Nature.POSITIVE:
            if content.zero_attestation:
                raise errors.ZeroNotAttested("zero_attestation", "a positive report attests no zero")
            if not positive:
                raise errors.NatureContradicted("nature", "a positive report has a positive count")
        case _:
            assert_never(content.nature)
