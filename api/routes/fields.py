"""What fields of a request may hold. Strict, so that whatever is odd is refused here, with its field's name.

Times and days are text of one form only. Text is put into Unicode's normal form C, which the ledger demands, and may
not hold control characters. ``Sealed`` text is plain here and nowhere behind the edge.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from domain.ledger.errors import Invalid
from domain.ledger.time import parse_instant
from domain.reporting.content import TEXT_LIMIT

UUID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
KEY: Final = r"^[a-z][a-z0-9_]{0,63}$"
REPORT: Final = r"^[a-z][a-z0-9]{0,12}\.[0-9]{4}-[0-9]{2}-[0-9]{2}\." + UUID[1:]
CODE: Final = r"^[A-Za-z0-9._-]{1,64}$"
DIGEST: Final = r"^[0-9a-f]{64}$"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_YEARS: Final = range(1900, 2200)
_KEPT_CONTROLS: Final = frozenset("\n\t")


class SealedText:
    """Marks a field whose text, or rows about persons, goes to the vault; behind the edge is only its commitment."""


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or _DAY.fullmatch(value) is None or int(value[:4]) not in _YEARS:
        raise ValueError("must be YYYY-MM-DD between 1900 and 2199")
    return date.fromisoformat(value)


def _instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None or int(value[:4]) not in _YEARS:
        raise ValueError("must be an RFC 3339 instant with an offset, between 1900 and 2199")
    try:
        return parse_instant(value)
    except Invalid as error:
        raise ValueError("must be an RFC 3339 instant with an offset, between 1900 and 2199") from error


def _normal(value: str) -> str:
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in _KEPT_CONTROLS for sign in value):
        raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", value)


Id = Annotated[str, StringConstraints(pattern=UUID)]
ReportId = Annotated[str, StringConstraints(pattern=REPORT)]
RollupId = Annotated[str, StringConstraints(pattern=r"^f2-" + REPORT.removeprefix("^"))]
Code = Annotated[str, StringConstraints(pattern=CODE)]
Digest = Annotated[str, StringConstraints(pattern=DIGEST)]
Key = Annotated[str, StringConstraints(pattern=KEY)]
KeyOrId = Annotated[str, StringConstraints(pattern=f"{KEY}|{UUID}")]
ClockText = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}$")]
Form = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,12}$")]
Version = Annotated[int, Field(strict=True, ge=1, le=10_000)]
LevelNumber = Annotated[int, Field(strict=True, ge=1, le=3)]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Small = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Flag = StrictBool
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_normal)]
Sealed = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_normal), SealedText()]

Remarks = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_normal), SealedText()]


class Body(BaseModel):
    """A request body, or a part of one. What it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AboutPerson(Body):
    """A row about one person. In the vault it falls under the key of that person, whoever sends it."""

    person: Id
