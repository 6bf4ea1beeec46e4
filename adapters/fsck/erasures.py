"""The destroyed keys of the vault: each must have been approved. Destroying one is how a value is removed unseen.

An approval whose keys still live is no difference: the service may be about to destroy them.
"""

from typing import Final

import asyncpg
import msgspec

from adapters.fsck.difference import Differences
from domain.erasure.events import ErasureApproved

# Destroyed keys after one of them, page by page, each with the first event with which a value was sealed under it;
# primary key of vault.key, index part_key.
DESTROYED: Final = """
SELECT key.key_id, key.subject, key.purpose, key.term,
       (SELECT min(part.position) FROM vault.part AS part WHERE part.key_id = key.key_id) AS position
FROM vault.key AS key WHERE key.wrapped IS NULL AND key.key_id > $1 ORDER BY key.key_id LIMIT $2
"""

# Every approval, few events; index event_type_position.
APPROVED: Final = "SELECT entry FROM ledger.event WHERE type = 'ErasureApproved' ORDER BY type, position"

_PAGE: Final = 500


class _Entry(msgspec.Struct):
    payload: ErasureApproved


_ENTRY: Final = msgspec.json.Decoder(_Entry)


async def check_erasures(connection: asyncpg.Connection, *, differences: Differences) -> None:
    """Name the keys that are destroyed and were never approved to be."""
    # Keys first: whatever was destroyed by then was approved before, and those approvals are read after it.
    destroyed, after = [], ""
    while rows := await connection.fetch(DESTROYED, after, _PAGE):
        destroyed += rows
        after = rows[-1]["key_id"]
    if not destroyed:
        return
    persons: set[str] = set()
    keys: set[tuple[str, str, int]] = set()
    for row in await connection.fetch(APPROVED):
        try:
            approved = _ENTRY.decode(row["entry"]).payload
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # named where rows are checked
        if approved.person is not None:
            persons.add(approved.person)
        keys |= {(key.subject, key.purpose, key.term) for key in approved.keys or ()}
    for row in destroyed:
        if row["subject"] not in persons and (row["subject"], row["purpose"], row["term"]) not in keys:
            found = f"{row['key_id']} is destroyed"
            differences.add("vault.key", row["position"] or 0, "wrapped", expected="a key, or an approval", found=found)
