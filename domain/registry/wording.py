"""What the registry's codes, names and counts may be, whatever the history."""

import re
from typing import Final

from domain.ledger.errors import Invalid
from domain.ledger.tags import TAG

MAX_NAME: Final = 200
_SEPARATORS: Final = re.compile(r"[._-]")
# An identity number of 18 (the last may be X) or, until 1999, 15; a mobile number, perhaps after the country's 86.
_IDENTITY: Final = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")
_MOBILE: Final = re.compile(r"(?<![0-9])(?:(?:00)?86)?1[3-9][0-9]{9}(?![0-9])")


def require_code(field: str, code: str) -> None:
    """A code stands in a tag: 1 to 64 of ``A-Z a-z 0-9 . _ -``. Raises Invalid."""
    if TAG.fullmatch(f"code:{code}") is None:
        raise Invalid(field, "must be 1 to 64 of A-Z a-z 0-9 . _ -")


def require_person_code(field: str, code: str) -> None:
    """A person's code stands in leaf and tag for ever, so it is neither an identity number nor a telephone number,
    however parted or dressed up. Raises Invalid.
    """
    require_code(field, code)
    digits = _SEPARATORS.sub("", code)
    if _IDENTITY.search(digits) or _MOBILE.search(digits):
        raise Invalid(field, "must not hold an identity number or a mobile number: it can never be erased")


def require_name(field: str, name: str) -> None:
    """A name is one line of 1 to 200 characters, with no space at its ends. Raises Invalid."""
    if not 0 < len(name) <= MAX_NAME:
        raise Invalid(field, f"must be 1 to {MAX_NAME} characters")
    if name != name.strip() or not name.isprintable():
        raise Invalid(field, "must be one line of printable text with no space at its ends")
