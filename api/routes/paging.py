"""How rows of a view are answered: page by page by key, with the position of the view.

Rows are the views' own dataclasses, encoded by msgspec; their schemas go into the OpenAPI document from the same types.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Query, Response

from api.position import Demand
from api.routes.answers import POSITION_TOLD, READ
from domain.ledger.errors import Invalid

Row = TypeVar("Row")
Key = tuple[str | int | date | datetime, ...]
AwareInstant = Annotated[datetime, msgspec.Meta(tz=True)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows in a page.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before.")]
_KEY_TEXT: Final = re.compile(r"(?!0[0-9]{3}-|9999-)[A-Za-z0-9._:+-]{0,200}")
_LEVELS: Final = range(100)
_REFERENCE: Final = "#/components/schemas/{name}"


@cache
def _page_of(row: type) -> type:
    return msgspec.defstruct(
        f"{row.__name__}Page",
        [("rows", GenericAlias(list, row)), ("position", int), ("simulated", bool), ("next", str | None, None)],
        omit_defaults=True,
    )


class Answers:
    """The shapes that some routes answer, for the OpenAPI document."""

    def __init__(self) -> None:
        self.shapes: set[type] = set()

    def page_of(self, row: type) -> dict[str, Any]:
        """For the decorator of a route that answers pages of these rows."""
        return self.one(_page_of(row))

    def one(self, shape: type) -> dict[str, Any]:
        """For the decorator of a route that answers one object of this shape."""
        self.shapes.add(shape)
        schema = {"$ref": _REFERENCE.format(name=shape.__name__)}
        answered = {
            "description": "As of the position.",
            "content": {"application/json": {"schema": schema}},
            "headers": POSITION_TOLD,
        }
        return {"response_class": Response, "responses": {**READ["responses"], 200: answered}}


def schemas_of(*areas: Answers) -> dict[str, Any]:
    """The components of the OpenAPI document for all shapes, by name."""
    shapes = sorted({shape for area in areas for shape in area.shapes}, key=lambda shape: shape.__name__)
    return dict(msgspec.json.schema_components(shapes, ref_template=_REFERENCE)[1])


def json_answer(demand: Demand, value: object) -> Response:
    """A JSON answer that keeps the headers which the request's dependencies have set."""
    return Response(msgspec.json.encode(value), media_type="application/json", headers=demand.headers)


def page(
    demand: Demand,
    rows: Sequence[Row],
    position: int,
    *,
    limit: int | None = None,
    key: Callable[[Row], Key] | None = None,
) -> Response:
    """A page of rows; a full one says where the next begins."""
    answer: dict[str, object] = {"rows": rows, "position": position, "simulated": demand.wiring.simulated}
    if limit is not None and key is not None and len(rows) == limit:
        answer["next"] = _cursor(key(rows[-1]))
    return json_answer(demand, answer)


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


Shape = TypeVar("Shape")


def _comparable(part: str | int) -> bool:
    """Whether the database can compare with it. Keys are ids, levels, days and instants of these times."""
    return _KEY_TEXT.fullmatch(part) is not None if isinstance(part, str) else part in _LEVELS


def key_after(cursor: str, shape: type[Shape]) -> Shape:
    """The key that a cursor holds. Raises Invalid when it is none of this route's."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if not all(_comparable(each) for each in msgspec.json.decode(text, type=list[str | int])):
            raise ValueError("no key of a row")
        return msgspec.json.decode(text, type=shape)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError) as error:
        raise Invalid("after", "not a cursor of this list") from error
