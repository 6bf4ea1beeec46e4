"""Tags: what an event is about, and the consistency boundary of the decisions over it.

A tag is ``kind:value``. Tags never hold personal data: a person appears by pseudonym. ``district:`` and ``bureau:``
are not tag kinds at all, so that no boundary can ever be a whole district.
"""

import re
from collections.abc import Iterable
from typing import Final

from domain.ledger.errors import FormatError

MAX_TAGS: Final = 16
TAG: Final = re.compile(r"[a-z]+:[A-Za-z0-9._-]{1,64}")


def normal_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Sorted, unique tags as they stand in an entry.

    Raises:
        FormatError: more than 16, or one does not match ``^[a-z]+:[A-Za-z0-9._-]{1,64}$`` (ledger format 1).
    """
    unique = tuple(sorted(set(tags)))
    if len(unique) > MAX_TAGS:
        raise FormatError("tags", f"at most {MAX_TAGS} tags, got {len(unique)}")
    for tag in unique:
        if TAG.fullmatch(tag) is None:
            raise FormatError("tags", f"not a tag: {tag!r}")
    return unique
