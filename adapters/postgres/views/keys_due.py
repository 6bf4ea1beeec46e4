"""Keys due: those whose retention period is over. No view of its own: the vault itself is asked."""

from datetime import datetime

from adapters.postgres.shredding import KeyName
from adapters.postgres.view import Connection, read

# The living keys of a purpose up to a year, page by page; perhaps without those whose subject is in office; indexes
# key_purpose_term and appointment_by_person.
DUE = """
SELECT key.subject, key.purpose, key.term FROM vault.key AS key
WHERE key.purpose = $1 AND key.wrapped IS NOT NULL AND key.term <= $2 AND (key.term, key.key_id) > ($3, $4)
  AND (NOT $5 OR (
      SELECT true FROM views.appointment AS office
      WHERE office.generation = views.live('appointments') AND office.person = key.subject
        AND (office.valid_to IS NULL OR $6 < office.valid_to)
      LIMIT 1
  ) IS NULL)
ORDER BY key.term, key.key_id LIMIT $7
"""


async def fetch_keys_due(
    connection: Connection,
    purpose: str,
    last_term: int,
    now: datetime,
    *,
    kept_in_office: bool,
    after: tuple[int, str] = (0, ""),
    limit: int = 100,
) -> list[KeyName]:
    """The keys of a purpose that may go, after a key (term, key id), the oldest first.

    ``kept_in_office``: whoever is in office is known by values of this purpose, and keeps them.
    """
    rows = await read(connection, DUE, purpose, last_term, *after, kept_in_office, now, limit)
    return [KeyName(*row) for row in rows]
