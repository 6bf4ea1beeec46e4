"""The vault in Postgres: values encrypted under a key per (subject, purpose, year), keys wrapped by a master key.

Parts are written by ``append``, in the transaction of the event that commits to them. A key is made when it is first
needed, in a transaction of its own: a key without parts harms nobody, a part without its key would be lost.
Destroying a key is one UPDATE that removes the wrapped bytes; the row stays, so that the same key is never made anew.
"""

from datetime import datetime
from secrets import token_bytes
from typing import Final

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.sealing import KEY_BYTES, NONCE_BYTES, SALT_BYTES, Salts, commit, decrypt, encrypt
from domain.ledger.errors import NotFound
from domain.ledger.ports import Clock, SealedPart
from domain.ledger.time import business_date_of

KEYS_IN_MEMORY: Final = 4096

# The wrapped bytes of one key, null when it is destroyed; primary key of vault.key.
KEY = "SELECT wrapped FROM vault.key WHERE key_id = $1"

# A new key, unless another process was first; primary key of vault.key.
NEW_KEY = """
INSERT INTO vault.key (key_id, subject, purpose, term, wrapped) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key_id) DO NOTHING
"""

# A sealed value with its key; primary keys of vault.part and vault.key.
PART = """
SELECT part.key_id, part.ciphertext, key.wrapped
FROM vault.part AS part JOIN vault.key AS key USING (key_id)
WHERE part.commitment = $1
"""

# Removes what opens the values of one key; primary key of vault.key.
DESTROY = "UPDATE vault.key SET wrapped = NULL, destroyed_at = $2 WHERE key_id = $1 AND wrapped IS NOT NULL"


class PostgresVault:
    """Personal values in the database of the ledger. ``master`` are 32 bytes that never go to the database."""

    def __init__(self, pool: asyncpg.Pool, *, master: bytes, clock: Clock, salts: Salts = token_bytes) -> None:
        self._pool = pool
        self._master = AESGCM(master)
        self._clock = clock
        self._salts = salts
        self._keys: dict[str, bytes] = {}

    async def seal(self, value: str, *, subject: str, purpose: str, salt: bytes | None = None) -> SealedPart:
        """See the port. Raises NotFound when the subject's key of this year has been destroyed."""
        # Drawn before anything is awaited: seals that start in one order get their salts in that order.
        salt = salt or self._salts(SALT_BYTES)
        term = business_date_of(self._clock.now()).year
        key_id = f"{subject}/{purpose}/{term}"
        key = self._keys.get(key_id)
        if key is None:
            key = await self._key(key_id, subject, purpose, term)
            if len(self._keys) >= KEYS_IN_MEMORY:
                self._keys.pop(next(iter(self._keys)))
            self._keys[key_id] = key
        commitment = commit(value, salt)
        nonce = token_bytes(NONCE_BYTES)
        return SealedPart(commitment, key_id, encrypt(key, nonce=nonce, salt=salt, value=value, commitment=commitment))

    async def open(self, commitment: str) -> str:
        """See the port. The key is read each time: what is destroyed must not live on in a process."""
        row = await self._pool.fetchrow(PART, commitment)
        if row is None or row["wrapped"] is None:
            raise NotFound("nothing can be opened under this commitment", commitment=commitment)
        return decrypt(self._unwrap(row["wrapped"], row["key_id"]), row["ciphertext"], commitment)

    async def destroy(self, *, subject: str, purpose: str, term: int, at: datetime) -> None:
        """Destroy a key: every value sealed under it is gone, every commitment and proof stays."""
        key_id = f"{subject}/{purpose}/{term}"
        self._keys.pop(key_id, None)
        await self._pool.execute(DESTROY, key_id, at)

    def forget_keys(self) -> None:
        """See the port."""
        self._keys.clear()

    async def _key(self, key_id: str, subject: str, purpose: str, term: int) -> bytes:
        row = await self._pool.fetchrow(KEY, key_id)
        if row is None:
            nonce = token_bytes(NONCE_BYTES)
            wrapped = nonce + self._master.encrypt(nonce, token_bytes(KEY_BYTES), key_id.encode())
            await self._pool.execute(NEW_KEY, key_id, subject, purpose, term, wrapped)
            row = await self._pool.fetchrow(KEY, key_id)
        if row is None or row["wrapped"] is None:
            raise NotFound("this key has been destroyed", subject=subject, purpose=purpose)
        return self._unwrap(row["wrapped"], key_id)

    def _unwrap(self, wrapped: bytes, key_id: str) -> bytes:
        return self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id.encode())
