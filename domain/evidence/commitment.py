"""Commitments: what stands in an entry for a personal value, and the value that somebody shows for it."""

from hashlib import sha256
from typing import Final

SALT_BYTES: Final = 32
_DOMAIN: Final = b"wenze/sealed/v1\n"


def commitment(value: str, salt: bytes) -> str:
    """``SHA-256("wenze/sealed/v1\\n" || salt || value)`` as 64 hex digits; ``salt`` has 32 bytes.

    Whoever holds the entry alone cannot guess a name from its commitment.
    """
    return sha256(_DOMAIN + salt + value.encode()).hexdigest()
