"""A report's content answers its form, or is refused with the field and the rule."""

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from domain.evidence.canonical_json import canonical_json
from domain.evidence.digest import content_digest
from domain.ledger.errors import FormatError, Invalid
from domain.registry.events import RosterDeclared
from domain.reporting import errors
from domain.reporting.content import check_content, check_draft
from domain.reporting.correct_report import CorrectReport
from domain.reporting.digests import report_digest
from domain.reporting.events import ClassRow, Content, Nature
from domain.reporting.forms.f1 import F1
from domain.reporting.submit_report import SubmitReport
from tests.domain.reporting.story import (
    COUNTS,
    NOON,
    ORIGIN,
    REASON,
    REPORT,
    REPORTER,
    ROSTER,
    Story,
    acting,
    content,
    positive,
    row,
)


def test_a_zero_report_and_a_positive_report_are_accepted() -> None:
    check_content(content(), F1, ROSTER)
    check_content(positive(choices={"duty_leader": REPORTER}, remarks=REASON, named_list=REASON), F1, ROSTER)


def test_a_class_may_be_named_as_missing() -> None:
    check_content(
        content(classes=(row("1-1", 30),), missing_classes=("1-2",), counts={"classes_reported": 1}), F1, ROSTER
    )


def _without(name: str) -> dict[str, int]:
    return {key: value for key, value in COUNTS.items() if key != name}


REFUSED: list[tuple[str, Content, type[Invalid], str]] = [
    ("unknown count", content(counts={"pupils": 1}), errors.UnknownField, "pupils"),
    ("unknown flag", content(flags={"open": True}), errors.UnknownField, "open"),
    ("unknown choice", content(choices={"colour": "red"}), errors.UnknownField, "colour"),
    ("count as a choice", content(choices={"confirmed": "0"}), errors.WrongValue, "confirmed"),
    ("a name where an id belongs", content(choices={"duty_leader": "张三"}), errors.WrongValue, "duty_leader"),
    ("negative", content(counts={"confirmed": -1}), errors.WrongValue, "confirmed"),
    ("above maximum", content(counts={"outside_city": 20_001}), errors.AboveMaximum, "outside_city"),
    ("sum", content(counts={"staff_total": 5}), errors.ArithmeticBroken, "students_total"),
    ("bound", content(counts={"hubei_registered": 63}), errors.ArithmeticBroken, "hubei_registered"),
    ("classes counted", content(counts={"classes_reported": 1}), errors.ArithmeticBroken, "classes_reported"),
    ("class unseen", content(classes=(row("1-1", 30),)), errors.ClassMissedUnseen, "classes"),
    ("class unknown", content(classes=(row("9-9", 30),)), errors.ClassUnknown, "classes"),
    (
        "class twice",
        content(classes=(row("1-1", 30), row("1-1", 30)), missing_classes=("1-2",)),
        errors.ClassTwice,
        "classes",
    ),
    (
        "class both there and missing",
        content(classes=(row("1-1", 30), row("1-2", 28)), missing_classes=("1-2",)),
        errors.ClassTwice,
        "classes",
    ),
    ("person missed", content(classes=(row("1-1", 28, 1), row("1-2", 28))), errors.PersonMissed, "classes"),
    ("negative person", content(classes=(row("1-1", 31, -1), row("1-2", 28))), errors.PersonMissed, "classes"),
    ("zero without attestation", content(zero_attestation=False), errors.ZeroNotAttested, "zero_attestation"),
    ("zero with a positive", content(counts={"fever_or_cough": 1}), errors.NatureContradicted, "fever_or_cough"),
    (
        "positive with nothing",
        content(nature=Nature.POSITIVE, zero_attestation=False),
        errors.NatureContradicted,
        "nature",
    ),
    (
        "positive with attestation",
        content(nature=Nature.POSITIVE, counts={"confirmed": 1}),
        errors.ZeroNotAttested,
        "zero_attestation",
    ),
    ("preparer no id", content("somebody"), errors.WrongValue, "prepared_by"),
]


@pytest.mark.parametrize(("said", "error", "field"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_refused_with_field_and_rule(said: Content, error: type[Invalid], field: str) -> None:
    with pytest.raises(error) as caught:
        check_content(said, F1, ROSTER)
    assert caught.value.details["field"] == field
    assert caught.value.details["rule"]


@pytest.mark.parametrize("name", [field.name for field in F1.fields if field.required])
def test_every_required_field_must_be_there(name: str) -> None:
    with pytest.raises(errors.MissingField) as caught:
        check_content(msgspec.structs.replace(content(), counts=_without(name)), F1, ROSTER)
    assert caught.value.details["field"] == name


def test_a_row_without_a_time_zone_is_refused() -> None:
    naive: ClassRow = msgspec.structs.replace(row("1-1", 30), given_at=NOON.replace(tzinfo=None))
    with pytest.raises(Invalid):
        check_content(content(classes=(naive, row("1-2", 28))), F1, ROSTER)


def test_a_form_without_classes_takes_none() -> None:
    form = msgspec.structs.replace(F1, has_classes=False)
    with pytest.raises(errors.UnknownField):
        check_content(content(), form, None)
    plain = content(classes=(), roster_difference=REASON)
    with pytest.raises(errors.UnknownField, match="roster_difference"):
        check_content(plain, form, None)


NOBODY = {"roster_total": 0, "students_total": 0, "staff_total": 0, "outside_city": 0}


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        (NOBODY, "students_total"),
        ({"students_total": 57, "roster_total": 61}, "students_total"),
        ({"staff_total": 5, "roster_total": 63}, "staff_total"),
    ],
)
def test_no_person_of_the_roster_is_missed_without_a_reason_that_stays(counts: dict[str, int], field: str) -> None:
    with pytest.raises(errors.RosterDiffers) as caught:
        check_content(content(counts=counts), F1, ROSTER)
    assert caught.value.details["field"] == field
    check_content(content(counts=counts, roster_difference=REASON), F1, ROSTER)


def test_a_difference_to_the_roster_is_named_only_where_there_is_one() -> None:
    with pytest.raises(errors.WrongValue):
        check_content(content(roster_difference=REASON), F1, ROSTER)


def test_a_form_with_classes_needs_a_roster() -> None:
    with pytest.raises(errors.NoRoster):
        check_content(content(classes=()), F1, None)


def test_a_draft_may_be_incomplete_but_knows_its_form() -> None:
    check_draft(msgspec.structs.replace(content(), counts={"confirmed": 1}, classes=()), F1)
    with pytest.raises(errors.UnknownField):
        check_draft(content(counts={"pupils": 1}), F1)


@pytest.mark.parametrize(
    "changes", [{"origin": "other/log"}, {"report": "f1.2020-02-10.x"}, {"revision": 2}, {"form_version": 2}]
)
def test_a_digest_covers_origin_report_revision_and_form(changes: dict[str, Any]) -> None:
    plain: dict[str, Any] = {
        "origin": ORIGIN,
        "report": REPORT,
        "revision": 1,
        "form": "F1",
        "form_version": 1,
        "content": content(),
    }
    assert report_digest(**plain) != report_digest(**plain | changes)
    assert report_digest(**plain) != report_digest(**plain | {"content": content(counts={"outside_city": 4})})


def test_a_digest_is_computed_again_from_what_the_entry_holds() -> None:
    """An entry writes every instant in UTC; a row that was given with another offset has the same digest."""
    given = content()
    offset = timezone(timedelta(hours=8))
    elsewhere = msgspec.structs.replace(
        given,
        classes=tuple(
            msgspec.structs.replace(each, given_at=each.given_at.astimezone(offset)) for each in given.classes
        ),
    )
    stored = json.loads(canonical_json(msgspec.to_builtins(elsewhere, builtin_types=(datetime, date))))
    plain: dict[str, Any] = {"origin": ORIGIN, "report": REPORT, "revision": 1, "form": "F1", "form_version": 1}
    again = content_digest("report", plain | {"content": stored})
    assert report_digest(**plain, content=elsewhere) == report_digest(**plain, content=given) == again


def test_content_without_canonical_form_is_a_format_error() -> None:
    with pytest.raises(FormatError):
        report_digest(
            origin=ORIGIN,
            report=REPORT,
            revision=1,
            form="F1",
            form_version=1,
            content=content(missing_classes=("e\u0301",)),
        )


def test_a_report_of_a_site_without_a_roster_is_refused_filed_or_corrected() -> None:
    story = Story()
    filed: dict[str, Any] = {
        "acting": acting(REPORTER),
        "origin": ORIGIN,
        "report": REPORT,
        "content": content(classes=()),
    }
    known = Story()
    known.filed()
    for each, command in (
        (story, SubmitReport(**filed)),
        (known, CorrectReport(**filed, reason=REASON)),
    ):
        each.history = [event for event in each.history if not isinstance(event, RosterDeclared)]
        each.refuses(command, errors.NoRoster)
