"""The vault against the entries: every commitment has its part, under a key that is known, and opens to what it says.

Whether a part still opens is only asked of keys that live: what was sealed under a destroyed one is gone, which is what
destroying is for; its part stays, and so does the row of its key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from adapters.fsck.difference import Differences
from adapters.sealing import KeyEncryption, decrypt
from domain.ledger.commitments import FieldPath, commitments
from domain.ledger.errors import NotFound

# The parts of these commitments with their keys; primary keys of part and key.
PARTS: Final = """
SELECT given.n, part.commitment AS there, part.position, part.key_id, part.ciphertext,
       key.key_id AS key, key.wrapped, key.kek
FROM unnest($1::text[]) WITH ORDINALITY AS given (commitment, n)
LEFT JOIN LATERAL (SELECT * FROM vault.part AS p WHERE p.commitment = given.commitment LIMIT 1) AS part ON true
LEFT JOIN LATERAL (SELECT * FROM vault.key AS k WHERE k.key_id = part.key_id LIMIT 1) AS key ON true
"""

Sealed = Mapping[str, tuple[FieldPath, ...]]
"""By the name of an event type, where its payloads hold commitments."""
_WHERE: Final = "vault.part"
_KEYS_IN_MEMORY: Final = 4_096


@dataclass(frozen=True, slots=True)
class Committed:
    """A commitment of the entry at a position, in a field of its payload."""

    position: int
    field: str
    commitment: str


class Parts:
    """Checks the commitments of entries. ``masters`` are key-encryption keys of 32 bytes; what they do not open stays
    shut, and ``unopened`` counts it."""

    def __init__(self, sealed: Sealed, masters: Sequence[bytes]) -> None:
        self._sealed = sealed
        self._keks = {each.id: each for each in map(KeyEncryption, masters)}
        self._keys: dict[str, bytes] = {}
        self.unopened = 0

    def committed(self, position: int, event_type: object, payload: object) -> list[Committed]:
        """What the payload of an event commits to."""
        return [
            Committed(position, f"payload.{'.'.join(path)}", commitment)
            for path in self._sealed.get(str(event_type), ())
            for commitment in commitments(payload, path)
        ]

    async def check(
        self, connection: asyncpg.Connection, committed: Sequence[Committed], differences: Differences
    ) -> None:
        """Name the commitments that nothing stands behind, or something else."""
        if committed:
            for row in await connection.fetch(PARTS, [each.commitment for each in committed]):
                self._check(committed[row["n"] - 1], row, differences)

    def _check(self, committed: Committed, row: Any, differences: Differences) -> None:
        position, name = committed.position, committed.field
        if row["there"] is None:
            differences.add(_WHERE, position, name, expected=committed.commitment, found="no part")
        elif row["position"] > position:
            differences.add(_WHERE, position, "position", expected=f"at most {position}", found=row["position"])
        elif row["key"] is None:
            differences.add(_WHERE, position, "key_id", expected="a key of the vault", found=row["key_id"])
        elif row["wrapped"] is not None:
            if row["kek"] in self._keks:
                self._open(self._keks[row["kek"]], committed, row, differences)
            else:
                self.unopened += 1

    def _open(self, kek: KeyEncryption, committed: Committed, row: Any, differences: Differences) -> None:
        key_id = row["key_id"]
        try:
            if key_id not in self._keys:
                if len(self._keys) >= _KEYS_IN_MEMORY:
                    self._keys.pop(next(iter(self._keys)))
                self._keys[key_id] = kek.unwrap(row["wrapped"], key_id)
        except (NotFound, ValueError):  # ValueError: it has not even a whole nonce
            differences.add("vault.key", committed.position, "wrapped", expected="opens", found=f"{key_id} does not")
            return
        try:
            decrypt(self._keys[key_id], row["ciphertext"], committed.commitment)
        except (NotFound, ValueError) as error:
            expected = f"opens to {committed.commitment}"
            differences.add(_WHERE, committed.position, "ciphertext", expected=expected, found=error)
