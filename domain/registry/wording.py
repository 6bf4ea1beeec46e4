"""What the registry's codes, names and counts may be, whatever the history."""

from typing import Final

from domain.ledger.errors import Invalid
from domain.ledger.tags import TAG

MAX_NAME: Final = 200


def require_code(field: str, code: str) -> None:
    """A code stands in a tag: 1 to 64 of ``A-Z a-z 0-9 . _ -``. Raises Invalid."""
    if TAG.fullmatch(f"code:{code}") is None:
        raise Invalid(field, "must be 1 to 64 of A-Z a-z 0-9 . _ -")


def require_name(field: str, name: str) -> None:
    """A name is one line of 1 to 200 characters, with no space at its ends. Raises Invalid."""
    if not 0 < len(name) <= MAX_NAME:
        raise Invalid(field, f"must be 1 to {MAX_NAME} characters")
    if name != name.strip() or not name.isprintable():
        raise Invalid(field, "must be one line of printable text with no space at its ends")
