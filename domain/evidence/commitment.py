"""Commitments: what stands in an entry for a personal value, and the value that somebody shows for it."""

import json
from hashlib import sha256
from typing import Final

from domain.evidence.canonical_json import canonical_json
from domain.evidence.entry import is_digest
from domain.evidence.errors import MalformedError

SALT_BYTES: Final = 32
NAMED_LIST: Final = "content.named_list"
"""Where a filing commits to a list of commitments, each to a row about one person."""
_DOMAIN: Final = b"wenze/sealed/v1\n"


def commitment(value: str, salt: bytes) -> str:
    """``SHA-256("wenze/sealed/v1\\n" || salt || value)`` as 64 hex digits; ``salt`` has 32 bytes.

    Whoever holds the entry alone cannot guess a name from its commitment.
    """
    return sha256(_DOMAIN + salt + value.encode()).hexdigest()


def listed_commitments(value: str) -> tuple[str, ...]:
    """The commitments to its rows that a disclosed named list holds. Raises MalformedError."""
    try:
        rows = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise MalformedError(NAMED_LIST, "must be an array in JSON") from error
    if not isinstance(rows, list) or not all(map(is_digest, rows)) or canonical_json(rows) != value.encode():
        raise MalformedError(NAMED_LIST, "must be an array of commitments in canonical JSON")
    return tuple(rows)
