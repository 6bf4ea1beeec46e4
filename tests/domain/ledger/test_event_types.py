"""Every event type of the catalogue keeps to format 1."""

import json
import re
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar

import msgspec
import pytest
import rfc8785

from domain.catalogue import CATALOGUE
from domain.evidence.canonical_json import KEY
from domain.ledger.entry import Actor, Context, recorded, template
from domain.ledger.errors import FormatError
from domain.ledger.event import Catalogue, Event
from domain.ledger.tags import normal_tags

TYPES = sorted(CATALOGUE.types.values(), key=lambda event_type: event_type.type_name)
INSTANT = datetime(2020, 2, 3, 12, tzinfo=UTC)
PATTERNS = {"^[0-9a-f]{64}$": "0f" * 32, "^[a-z][a-z0-9_]{0,63}$": "remarks"}


def sample(kind: Any) -> Any:
    """Some value of an annotation, every optional field filled."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        pattern = next((each.pattern for each in arguments[1:] if isinstance(each, msgspec.Meta)), None)
        return PATTERNS[pattern] if pattern else sample(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return sample(next(each for each in arguments if each is not type(None)))
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple:
        return tuple(sample(each) for each in arguments if each is not Ellipsis)
    if origin in (dict, typing.get_origin(typing.Mapping[str, str])):
        return {"key": sample(arguments[1])}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return filled(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {str: "F1.2020-02-03.site", int: 3, bool: True, datetime: INSTANT, date: INSTANT.date()}[kind]


def filled(struct: type[msgspec.Struct]) -> Any:
    hints = typing.get_type_hints(struct, include_extras=True)
    return struct(**{name: sample(hints[name]) for name in struct.__struct_fields__})


def structs_in(kind: Any) -> set[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {kind}.union(*(structs_in(hints[name]) for name in kind.__struct_fields__))
    return set().union(*(structs_in(each) for each in typing.get_args(kind)))


@pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.type_name)
def test_its_fields_are_what_format_1_allows(event_type: type[Event]) -> None:
    for struct in structs_in(event_type):
        schema = json.dumps(msgspec.json.schema(struct))
        assert '"type": "number"' not in schema, f"{struct.__name__} holds a float"
        for field in msgspec.structs.fields(struct):
            assert KEY.fullmatch(field.encode_name), field.encode_name
            assert field.default_factory is msgspec.NODEFAULT
            assert field.default in (msgspec.NODEFAULT, None), f"{struct.__name__}.{field.name} has a default"
            if field.default is None:
                assert type(None) in typing.get_args(field.type), f"{struct.__name__}.{field.name}"
                assert struct.__struct_config__.omit_defaults, f"{struct.__name__} would write null"


@pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.type_name)
def test_it_is_written_in_canonical_form_and_read_back(event_type: type[Event]) -> None:
    event = filled(event_type)
    context = Context(actor=Actor(person="p"), received_at=INSTANT, key="k", request=b"")
    entry = template(event, event_id="i", command="c", context=context).at(INSTANT)
    assert rfc8785.dumps(json.loads(entry)) == entry
    read = recorded(1, entry, CATALOGUE)
    assert read.event == event
    assert read.tags == normal_tags(event.tags())
    assert read.tags, "an event without tags is found by nobody"


def test_type_names_are_stable_words() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", event_type.type_name) for event_type in TYPES)
    assert all(event_type.type_name == event_type.__name__ for event_type in TYPES)


class Counted(Event, frozen=True, kw_only=True):
    """In its third shape."""

    type_name: ClassVar[str] = "Counted"
    version: ClassVar[int] = 3
    pupils: int
    staff: int

    def tags(self) -> tuple[str, ...]:
        return ("count:1",)


def split(payload: dict[str, Any]) -> dict[str, Any]:
    return {"pupils": payload["people"], "staff": 0}


COUNTED = Catalogue((Counted,), {("Counted", 1): lambda payload: {"people": payload["n"]}, ("Counted", 2): split})


@pytest.mark.parametrize(
    ("version", "payload"), [(1, b'{"n":7}'), (2, b'{"people":7}'), (3, b'{"pupils":7,"staff":0}')]
)
def test_every_version_that_ever_was_is_read_as_the_newest(version: int, payload: bytes) -> None:
    assert COUNTED.decode("Counted", version, msgspec.Raw(payload)) == Counted(pupils=7, staff=0)


@pytest.mark.parametrize(
    ("version", "payload", "field"),
    [
        (4, b'{"pupils":7,"staff":0}', "version"),
        (0, b'{"n":7}', "version"),
        (2, b'{"n":7}', "payload"),
        (1, b"[]", "payload"),
        (3, b'{"people":7}', "payload"),
    ],
)
def test_what_is_newer_or_fits_no_version_is_not_guessed_at(version: int, payload: bytes, field: str) -> None:
    with pytest.raises(FormatError) as refused:
        COUNTED.decode("Counted", version, msgspec.Raw(payload))
    assert refused.value.details["field"] == field
    with pytest.raises(FormatError):
        Catalogue((Counted,)).decode("Counted", 2, msgspec.Raw(b'{"people":7}'))
