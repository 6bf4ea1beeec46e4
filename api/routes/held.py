"""What a request holds of a signature, and of a reason that is signed: parts of the bodies of several routes."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from api.routes.fields import Body, Digest, Id, Sealed
from domain.evidence.statement import MAX_BATCH, Examined

PATH_LIMIT: Final = (MAX_BATCH - 1).bit_length()
Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=4096)]
Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{44}$")]
Salt = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SignedReason(Body):
    """A reason that is signed. Who signs chooses the ``salt``, 32 fresh random bytes in hex, for the commitment

    SHA-256("wenze/sealed/v1\\n" ‖ salt ‖ text) is a part of what is signed. Both go to the vault.
    """

    text: Sealed
    salt: Salt


class PaperBody(Body):
    """The SHA-256 of the scan of what was signed by hand, and the second person who attests it."""

    scan: Digest
    attested_by: Id


class BatchBody(Body):
    """Where the statement stands in a batch that was signed once."""

    index: Annotated[int, Field(strict=True, ge=0, lt=MAX_BATCH)]
    size: Annotated[int, Field(strict=True, ge=1, le=MAX_BATCH)]
    path: Annotated[tuple[Digest, ...], Field(max_length=PATH_LIMIT)]


class HeldOnceBody(Body):
    """What a person's key made of the bytes of a digest; bytes are base64url without padding, exactly as made."""

    method: Literal["webauthn", "ed25519", "paper"]
    credential: Digest
    signature: Base64Url
    client_data: Base64Url | None = None
    authenticator_data: Base64Url | None = None
    paper: PaperBody | None = None


class HeldBody(HeldOnceBody):
    """The signature over one statement, alone or in a batch."""

    batch: BatchBody | None = None


class Signed(Body):
    """What every signed decision carries: the nonce that was given out for it, and the signature."""

    nonce: Nonce
    held: HeldBody


__all__ = ["Examined", "HeldBody", "HeldOnceBody", "Nonce", "Signed", "SignedReason"]
