"""The vault without a database: the reference for tests."""

from secrets import token_bytes

from adapters.sealing import KEY_BYTES, NONCE_BYTES, SALT_BYTES, Salts, commit, decrypt, encrypt, likeness
from domain.ledger.errors import NotFound
from domain.ledger.ports import SealedPart


class InMemoryVault:
    """Keeps every part from the moment it is sealed, since no append carries it further."""

    def __init__(self, *, salts: Salts = token_bytes) -> None:
        self._salts = salts
        self._keys: dict[str, bytes] = {}
        self._parts: dict[str, SealedPart] = {}

    async def seal(self, value: str, *, subject: str, purpose: str, salt: bytes | None = None) -> SealedPart:
        """See the port."""
        key_id = f"{subject}/{purpose}"
        key = self._keys.setdefault(key_id, token_bytes(KEY_BYTES))
        salt = salt or self._salts(SALT_BYTES)
        commitment = commit(value, salt)
        nonce = token_bytes(NONCE_BYTES)
        ciphertext = encrypt(key, nonce=nonce, salt=salt, value=value, commitment=commitment)
        part = SealedPart(commitment, key_id, ciphertext, likeness(key, value))
        self._parts[commitment] = part
        return part

    async def open(self, commitment: str) -> str:
        """See the port."""
        part = self._parts.get(commitment)
        key = self._keys.get(part.key_id) if part is not None else None
        if part is None or key is None:
            raise NotFound("nothing is sealed under this commitment", commitment=commitment)
        return decrypt(key, part.ciphertext, commitment)

    def forget_keys(self) -> None:
        """See the port: there is nothing but the memory."""

    def destroy(self, *, subject: str, purpose: str) -> None:
        """Destroy a key; what was sealed under it no longer opens."""
        self._keys.pop(f"{subject}/{purpose}", None)
