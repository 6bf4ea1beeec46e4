"""Where an event type holds commitments: which members of its payload stand for values in the vault."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from domain.ledger.event import SEALED, Event

EACH: Final = "*"
"""In a path: every item of an array, or every value of an object whose names are data."""

FieldPath = tuple[str, ...]


def sealed_fields(event_type: type[Event]) -> tuple[FieldPath, ...]:
    """The paths of a type's commitments within its payload, such as ``("content", "remarks")``."""
    return tuple(_paths(msgspec.inspect.type_info(event_type)))


def commitments(payload: object, path: FieldPath) -> Iterator[str]:
    """What stands at a path of a decoded payload; an optional member that is absent gives nothing."""
    if not path:
        if isinstance(payload, str):
            yield payload
    elif path[0] != EACH:
        if isinstance(payload, dict) and path[0] in payload:
            yield from commitments(payload[path[0]], path[1:])
    elif isinstance(payload, list | dict):
        for each in payload.values() if isinstance(payload, dict) else payload:
            yield from commitments(each, path[1:])


def _paths(info: Any) -> Iterator[FieldPath]:
    match info:
        case msgspec.inspect.Metadata(extra=extra) if extra == SEALED:
            yield ()
        case msgspec.inspect.Metadata(type=inner):
            yield from _paths(inner)
        case msgspec.inspect.UnionType(types=types):
            for each in types:
                yield from _paths(each)
        case msgspec.inspect.StructType(fields=fields):
            for member in fields:
                yield from ((member.encode_name, *path) for path in _paths(member.type))
        case msgspec.inspect.ListType(item_type=item) | msgspec.inspect.VarTupleType(item_type=item):
            yield from ((EACH, *path) for path in _paths(item))
        case msgspec.inspect.TupleType(item_types=items):
            yield from {(EACH, *path) for item in items for path in _paths(item)}
        case msgspec.inspect.DictType(value_type=value):
            yield from ((EACH, *path) for path in _paths(value))
        case _:
            return
