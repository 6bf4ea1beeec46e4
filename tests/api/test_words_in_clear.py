"""What stands in the ledger in clear, for ever: reviewed, field by field, in the events and in the forms.

Personal by default: a field of an event that holds text is a commitment, unless it is on one of the two lists here.
``PSEUDONYMS`` can hold nothing that a person wrote freely; ``WORDS_IN_CLEAR`` are words, each with the reason why they
are nobody's. The third list compares them with the forms: free text that a form takes is sealed or reviewed.
Whoever adds to a list has thought about that.
"""

import pkgutil
import types
import typing
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

import api.routes
from api.carrying import _is_sealed
from api.routes import fields
from api.routes.fields import Body
from domain.catalogue import CATALOGUE
from tests.domain.ledger.test_event_types import structs_in

PSEUDONYMS = {
    # Ids of people, organisations, offices and of what they do: UUIDs.
    "acting_for", "addressee", "appointment", "approved_by", "attested_by", "bundle", "bureau", "by", "covers",
    "declined_by", "delegate", "delegation", "dispute", "district", "ended_by", "erasure", "formed_by",
    "from_parent", "given_by", "group", "heir", "hold", "holder", "into", "on_behalf_of", "organisation",
    "outage", "over", "parent", "person", "placed_by", "prepared_by", "proposed_by", "reminder", "school",
    "schools", "served_to", "subject", "task_force", "to_parent", "token", "vouched_by", "vouching_appointment",
    # Names that follow from others: a form, a day and an organisation.
    "report", "rollup", "changed", "excused", "missing", "not_owed", "unsigned",
    # Words of closed sets, of published forms and rules: one lower-case word, a clock, a relation.
    "channel", "choices", "closes", "counts", "deadlines", "flags", "form", "how", "left", "relation", "right", "rule",
    "rules", "sums",
    # Keys, signatures and what a browser signs: bytes as text. The names of our own site and log.
    "authenticator_data", "client_data", "credential_id", "nonce", "origin", "public_key", "rp_id", "signature", "vkey",
    "web_origin",
}  # fmt: skip

WORDS_IN_CLEAR = {
    ("BureauFounded", "name"): "the name of a public office",
    ("OrganisationRegistered", "name"): "the name of an institution",
    ("OrganisationRegistered", "code"): "the registrar's number for an institution",
    ("PersonRegistered", "code"): "the registrar's number for a person; a telephone or identity number is refused",
    ("TaskForceFormed", "name"): "the name of a line of work, given by the registrar",
    ("CalendarPublished", "source"): "the notice in which a calendar was published",
    ("CalendarChanged", "source"): "the notice in which a calendar was changed",
    ("FormPublished", "title_zh"): "the title of a published form",
    ("FormPublished", "title_en"): "the title of a published form",
    ("FormField", "label_zh"): "a label of a published form",
    ("FormField", "label_en"): "a label of a published form",
    ("FormField", "name"): "the key of a field of a published form",
    ("ClassRoster", "class_id"): "the number of a class, from the declared roster",
    ("ClassRow", "class_id"): "the same number; one that the roster has not is refused",
    ("Content", "missing_classes"): "the same numbers",
    ("RetentionAdopted", "source"): "the provision on which a period rests",
}

FREE_TEXT_OF_FORMS = {
    ("ChangeCalendarBody", "source"): ("CalendarChanged", "source"),
    ("PublishCalendarBody", "source"): ("CalendarPublished", "source"),
    ("FormFieldBody", "label_zh"): ("FormField", "label_zh"),
    ("FormFieldBody", "label_en"): ("FormField", "label_en"),
    ("FormTaskForceBody", "name"): ("TaskForceFormed", "name"),
    ("FoundBureauBody", "name"): ("BureauFounded", "name"),
    ("PublishFormBody", "title_zh"): ("FormPublished", "title_zh"),
    ("PublishFormBody", "title_en"): ("FormPublished", "title_en"),
    ("RegisterOrganisationBody", "name"): ("OrganisationRegistered", "name"),
    ("AdoptRetentionBody", "source"): ("RetentionAdopted", "source"),
}


def holds_plain_text(kind: Any) -> bool:
    """Whether a value of this type holds text that no pattern or closed set bounds."""
    if kind is str:
        return True
    if typing.get_origin(kind) in (typing.Annotated, typing.Literal, typing.ClassVar):
        return False
    return any(holds_plain_text(each) for each in typing.get_args(kind))


def text_fields() -> set[tuple[str, str]]:
    structs = set().union(*(structs_in(each) for each in CATALOGUE.types.values()))
    return {
        (struct.__name__, field)
        for struct in structs
        for field, kind in typing.get_type_hints(struct, include_extras=True).items()
        if holds_plain_text(kind)
    }


def test_every_text_of_every_event_is_a_pseudonym_or_a_reviewed_word_or_sealed() -> None:
    assert {each for each in text_fields() if each[1] not in PSEUDONYMS} == set(WORDS_IN_CLEAR)
    assert all(WORDS_IN_CLEAR.values())


def test_no_reviewed_name_is_left_over() -> None:
    assert {field for _, field in text_fields()} >= PSEUDONYMS


def forms() -> set[type[Body]]:
    """Every body that a route takes, with the bodies inside."""

    def within(kind: Any) -> Iterator[type[Body]]:
        if isinstance(kind, type) and issubclass(kind, Body):
            yield kind
            for field in kind.model_fields.values():
                yield from within(field.annotation)
        for each in typing.get_args(kind):
            yield from within(each)

    areas = [import_module(f"api.routes.{each.name}") for each in pkgutil.iter_modules(api.routes.__path__)]
    routers = [area.routes for area in areas if isinstance(getattr(area, "routes", None), APIRouter)]
    bodies = [
        typing.get_type_hints(route.endpoint)["body"]
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in route.methods and "body" in typing.get_type_hints(route.endpoint)
    ]
    return {form for body in bodies for form in within(body)}


def takes_free_text(kind: Any, marks: tuple[Any, ...] = ()) -> bool:
    if typing.get_origin(kind) is typing.Annotated:
        return takes_free_text(typing.get_args(kind)[0], typing.get_args(kind)[1:])
    if kind is str:
        return not any(getattr(each, "pattern", None) for each in marks)
    if isinstance(kind, types.GenericAlias) or typing.get_args(kind):
        return any(takes_free_text(each) for each in typing.get_args(kind))
    return False


def free_text_in_clear(form: type[Body]) -> set[tuple[str, str]]:
    return {
        (form.__name__, name)
        for name, field in form.model_fields.items()
        if takes_free_text(field.annotation, tuple(field.metadata)) and not _is_sealed(field)
    }


def test_free_text_of_a_form_is_sealed_or_stands_in_clear_by_review() -> None:
    assert set().union(*map(free_text_in_clear, forms())) == set(FREE_TEXT_OF_FORMS)
    assert set(FREE_TEXT_OF_FORMS.values()) <= set(WORDS_IN_CLEAR)


def test_a_pseudonym_of_a_form_is_bounded_by_a_pattern() -> None:
    loose = {
        (form.__name__, name)
        for form in forms()
        for name, field in form.model_fields.items()
        if name in PSEUDONYMS and takes_free_text(field.annotation, tuple(field.metadata))
    }
    assert loose == set()


class WatchedBody(Body):
    """A form that nobody has reviewed."""

    note: fields.Name
    aliases: tuple[fields.Name, ...]
    sealed: fields.Sealed
    code: fields.Code
    day: date


def test_a_new_field_of_free_text_is_noticed() -> None:
    assert free_text_in_clear(WatchedBody) == {("WatchedBody", "note"), ("WatchedBody", "aliases")}
