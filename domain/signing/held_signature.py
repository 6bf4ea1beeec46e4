"""The signature that an event carries, with all that is needed to verify it again."""

from typing import Literal

import msgspec

from domain.evidence.statement import Examined
from domain.ledger.event import Digest

__all__ = ["BatchPart", "Examined", "HeldSignature", "PaperPart"]


class PaperPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The SHA-256 of the scan of a paper that was signed by hand, and the second person who attests it."""

    scan: Digest
    attested_by: str


class BatchPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the statement stands in a batch that was signed once: ``index`` from 0, the path from the leaf up."""

    index: int
    size: int
    path: tuple[Digest, ...]


class HeldSignature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a key made of a statement. Bytes are base64url without padding and never written anew.

    ``credential`` names the key that made them: for a paper that of the second person, whose own method decides
    whether ``client_data`` and ``authenticator_data`` (a passkey's) are there.
    """

    method: Literal["webauthn", "ed25519", "paper"]
    credential: Digest
    signature: str
    client_data: str | None = None
    authenticator_data: str | None = None
    paper: PaperPart | None = None
    batch: BatchPart | None = None

    @property
    def attested_by(self) -> str | None:
        """Who attests the paper, where it was signed by hand."""
        return None if self.paper is None else self.paper.attested_by
