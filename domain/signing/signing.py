"""The signature that comes with a decision: of whom, over what, and right."""

from collections.abc import Collection

import msgspec

from domain.evidence.canonical_json import CanonicalError
from domain.evidence.errors import EvidenceError
from domain.evidence.held_signature import verify_held
from domain.evidence.statement import MAX_BATCH, Decision, Examined, statement, statement_digest
from domain.ledger.errors import FormatError, Invalid
from domain.registry.authority import Acting, Authority
from domain.signing.credential_state import CredentialState
from domain.signing.errors import (
    BatchTooLarge,
    ExaminedMissing,
    NonceUsed,
    PaperAttestedBySigner,
    SignatureNeeded,
    SignatureWrong,
)
from domain.signing.held_signature import HeldSignature


class Signing:
    """A signature, and the check that its credential signed exactly what is decided.

    The server verifies before the event exists: what is recorded verifies for ever, or never was.
    """

    def __init__(self, *, acting: Acting, origin: str, nonce: str, held: HeldSignature | None) -> None:
        self.credential = CredentialState("0" * 64 if held is None else held.credential)
        self.acting = acting
        self.origin = origin
        self.nonce = nonce
        self.held = held

    @property
    def given(self) -> HeldSignature:
        """The signature, once ``require`` has found it right."""
        if self.held is None:
            raise AssertionError("nothing is recorded without a signature")
        return self.held

    def require(
        self,
        authority: Authority,
        *,
        digest: str,
        level: int,
        decision: Decision,
        nonces: Collection[str],
        below: str | None = None,
        rules: str | None = None,
        examined: Examined | None = None,
        reason: str | None = None,
    ) -> str:
        """The digest of the statement, which was signed. ``nonces`` have served over the same report or roll-up.

        Raises: SignatureNeeded without ``held``; PaperAttestedBySigner, the refusals of
        ``CredentialState.require_usable``, NonceUsed, BatchTooLarge, SignatureWrong, FormatError.
        """
        signed = statement(
            origin=self.origin,
            digest=digest,
            level=level,
            decision=decision,
            appointment=self.acting.appointment,
            nonce=self.nonce,
            below=below,
            rules=rules,
            examined=examined,
            reason=reason,
            delegation=self.acting.delegation,
        )
        try:
            signature = statement_digest(signed)
        except CanonicalError as error:
            raise FormatError(error.path, error.rule) from error
        if self.held is None:
            raise SignatureNeeded(signed)
        attested_by = self.held.attested_by
        if attested_by in (self.acting.person, authority.holder):
            raise PaperAttestedBySigner(person=self.acting.person)
        key = self.credential.require_usable(attested_by or self.acting.person, self.acting.at)
        if self.nonce in nonces:
            raise NonceUsed
        if self.held.batch is not None and self.held.batch.size > MAX_BATCH:
            raise BatchTooLarge(size=self.held.batch.size, limit=MAX_BATCH)
        try:
            verify_held(
                msgspec.to_builtins(self.held),
                key=key,
                statement=signature,
                origin=self.origin,
                nonce=self.nonce,
                signer=self.acting.person,
            )
        except EvidenceError as error:
            raise SignatureWrong(credential=self.held.credential, expected=signature, why=str(error)) from error
        return signature


def require_examined(level: int, examined: Examined | None) -> None:
    """Levels 2 and 3 say whether they examined what they sign. Raises ExaminedMissing, Invalid."""
    if level > 1 and examined is None:
        raise ExaminedMissing("examined", "must say whether it was examined, or only its summary read")
    if level == 1 and examined is not None:
        raise Invalid("examined", "belongs to levels 2 and 3")
