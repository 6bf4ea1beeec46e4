"""The vault in Postgres: values encrypted under a key per (subject, purpose, year), keys wrapped from outside.

Parts are written by ``append``, in the transaction of the event that commits to them. A key is made when it is first
needed, in a transaction of its own: a key without parts harms nobody, a part without its key would be lost.
What destroys keys is in ``shredding.py``; the row of a key stays, so that the same key is never made anew.

Each key is wrapped by a key-encryption key (KEK) that never goes to the database, and names it. The database says which
KEK is in force, so that no process goes on wrapping under one that was rotated away (``rewrapping.py``).
"""

from collections.abc import Callable, Sequence
from secrets import token_bytes
from typing import Final

import asyncpg

from adapters.sealing import (
    KEY_BYTES,
    NONCE_BYTES,
    SALT_BYTES,
    KeyEncryption,
    Salts,
    commit,
    decrypt,
    decrypt_file,
    decrypt_salted,
    encrypt,
    encrypt_file,
    likeness,
)
from domain.ledger.errors import KeyDestroyed, NotFound, VaultKeyWrong
from domain.ledger.ports import Clock, SealedPart
from domain.ledger.time import business_date_of

KEYS_IN_MEMORY: Final = 4096
ERASED: Final = "WZ004"
ANOTHER_KEK: Final = "WZ005"

# The wrapped bytes of one key and under which KEK, null when it is destroyed; primary key of vault.key.
KEY = "SELECT wrapped, kek FROM vault.key WHERE key_id = $1"

# A new key, unless another process was first; primary key of vault.key.
NEW_KEY = """
INSERT INTO vault.key (key_id, subject, purpose, term, wrapped, kek) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key_id) DO NOTHING
"""

# A sealed value with its key; primary keys of vault.part and vault.key.
PART = """
SELECT part.key_id, part.ciphertext, key.wrapped, key.kek
FROM vault.part AS part JOIN vault.key AS key USING (key_id)
WHERE part.commitment = $1
"""

# Those of some hex digits that are commitments, with their sealed values and keys; primary keys of vault.part and key.
PARTS_AMONG = """
SELECT part.commitment, part.key_id, part.ciphertext, key.wrapped, key.kek
FROM vault.part AS part JOIN vault.key AS key USING (key_id)
WHERE part.commitment = ANY ($1::text[])
"""

# The KEK in force; one row.
KEK = "SELECT id FROM vault.kek"

# The first KEK of a vault, unless another process was first; one row.
FIRST_KEK = "UPDATE vault.kek SET id = $1, adopted_at = clock_timestamp() WHERE id IS NULL"


class PostgresVault:
    """Personal values in the database of the ledger.

    ``master`` are the 32 bytes of the KEK. ``masters`` gives all that are known now, the newest first: it is asked when
    a KEK turns up that this process has not heard of.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        master: bytes,
        clock: Clock,
        salts: Salts = token_bytes,
        masters: Callable[[], Sequence[bytes]] | None = None,
    ) -> None:
        self._pool = pool
        self._masters = masters or (lambda: (master,))
        self._newest = KeyEncryption(master)
        self._keks = {self._newest.id: self._newest}
        self._clock = clock
        self._salts = salts
        self._keys: dict[str, bytes] = {}

    async def require_own_kek(self) -> None:
        """Make this process's KEK the first of a new vault. Raises VaultKeyWrong when the vault is under another."""
        await self._kek_in_force()

    async def seal(self, value: str, *, subject: str, purpose: str, salt: bytes | None = None) -> SealedPart:
        """See the port. Raises KeyDestroyed when the subject's key of this year, or the subject, has been erased."""
        # Drawn before anything is awaited: seals that start in one order get their salts in that order.
        salt = salt or self._salts(SALT_BYTES)
        key_id, key = await self._own_key(subject, purpose)
        commitment = commit(value, salt)
        nonce = token_bytes(NONCE_BYTES)
        ciphertext = encrypt(key, nonce=nonce, salt=salt, value=value, commitment=commitment)
        return SealedPart(commitment, key_id, ciphertext, likeness(key, value))

    async def seal_file(self, data: bytes, *, subject: str, purpose: str, digest: str) -> bytes:
        """A file as it may lie on a disk: its key's id, a line feed, and the ciphertext. Raises as ``seal``."""
        key_id, key = await self._own_key(subject, purpose)
        return key_id.encode() + b"\n" + encrypt_file(key, data, digest)

    async def open_file(self, sealed: bytes, *, digest: str) -> bytes:
        """What ``seal_file`` was given. Raises NotFound when its key is destroyed, or it is another file."""
        name, _, rest = sealed.partition(b"\n")
        row = await self._pool.fetchrow(KEY, name.decode(errors="replace"))
        kek = None if row is None or row["wrapped"] is None else self._known(row["kek"])
        if row is None or kek is None:
            raise NotFound("the key of this file is destroyed, or not here", digest=digest)
        return decrypt_file(kek.unwrap(row["wrapped"], name.decode()), rest, digest)

    async def open(self, commitment: str) -> str:
        """See the port. The key is read each time: what is destroyed must not live on in a process."""
        row = await self._pool.fetchrow(PART, commitment)
        if row is None or row["wrapped"] is None:
            raise NotFound("nothing can be opened under this commitment", commitment=commitment)
        kek = self._known(row["kek"])
        if kek is None:
            raise NotFound("wrapped under a key-encryption key that is not here", commitment=commitment)
        return decrypt(kek.unwrap(row["wrapped"], row["key_id"]), row["ciphertext"], commitment)

    async def among(self, digests: Sequence[str]) -> dict[str, tuple[str, bytes] | None]:
        """Those of some hex digits that are commitments: the value with its salt, or None where its key is destroyed.

        Raises NotFound for one that does not open.
        """
        found: dict[str, tuple[str, bytes] | None] = {}
        for row in await self._pool.fetch(PARTS_AMONG, digests):
            kek = None if row["wrapped"] is None else self._known(row["kek"])
            found[row["commitment"]] = (
                None
                if kek is None
                else decrypt_salted(kek.unwrap(row["wrapped"], row["key_id"]), row["ciphertext"], row["commitment"])
            )
        return found

    def forget_keys(self) -> None:
        """See the port. KEKs too: one that was taken away since must open nothing here either."""
        self._keys.clear()
        self._keks.clear()

    async def _own_key(self, subject: str, purpose: str) -> tuple[str, bytes]:
        """The key of this year, with its id."""
        term = business_date_of(self._clock.now()).year
        key_id = f"{subject}/{purpose}/{term}"
        key = self._keys.get(key_id)
        if key is None:
            key = await self._key(key_id, subject, purpose, term)
            if len(self._keys) >= KEYS_IN_MEMORY:
                self._keys.pop(next(iter(self._keys)))
            self._keys[key_id] = key
        return key_id, key

    async def _key(self, key_id: str, subject: str, purpose: str, term: int) -> bytes:
        row = await self._pool.fetchrow(KEY, key_id)
        if row is None:
            kek = await self._kek_in_force()
            wrapped = kek.wrap(token_bytes(KEY_BYTES), key_id)
            try:
                await self._pool.execute(NEW_KEY, key_id, subject, purpose, term, wrapped, kek.id)
            except asyncpg.PostgresError as error:
                if error.sqlstate == ERASED:
                    raise KeyDestroyed(subject=subject, purpose=purpose) from error
                if error.sqlstate == ANOTHER_KEK:  # rotated between the two statements
                    raise VaultKeyWrong(kek=kek.id) from error
                raise
            row = await self._pool.fetchrow(KEY, key_id)
        if row is None or row["wrapped"] is None:
            raise KeyDestroyed(subject=subject, purpose=purpose)
        known = self._known(row["kek"])
        if known is None:
            raise VaultKeyWrong(kek=row["kek"])
        return known.unwrap(row["wrapped"], key_id)

    async def _kek_in_force(self) -> KeyEncryption:
        """The KEK under which new keys are wrapped; the first process to ask makes its own the vault's."""
        found = await self._pool.fetchval(KEK)
        if found is None:
            await self._pool.execute(FIRST_KEK, self._newest.id)
            found = await self._pool.fetchval(KEK)
        kek = self._known(found)
        if kek is None:
            raise VaultKeyWrong(kek=found)
        return kek

    def _known(self, kek: str) -> KeyEncryption | None:
        if kek not in self._keks:
            self._keks = {each.id: each for each in map(KeyEncryption, self._masters())}
        return self._keks.get(kek)
