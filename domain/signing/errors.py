"""Why a signature, or what concerns a credential, is refused. One class per reason; the codes are stable."""

from domain.evidence.statement import Statement
from domain.ledger.errors import Invalid, Refusal


class UnknownCredential(Refusal):
    """No key of this name was enrolled for this person."""

    code = "unknown_credential"


class NotYourCredential(Refusal):
    """The key is another person's."""

    code = "not_your_credential"


class CredentialNotYetValid(Refusal):
    """The key signs only from a later instant on."""

    code = "credential_not_yet_valid"


class RevokedCredential(Refusal):
    """The key was revoked, or a dispute over it was decided: a new one is enrolled."""

    code = "credential_revoked"


class FrozenCredential(Refusal):
    """Its holder disputes what the key signed; it signs nothing more."""

    code = "credential_frozen"


class SignatureWrong(Refusal):
    """The key did not sign exactly this: another decision, level, revision, office, nonce or log, or not at all."""

    code = "signature_wrong"


class SignatureNeeded(Refusal):
    """The decision could be taken now, and comes with no signature; ``statement`` is what is to be signed."""

    code = "signature_needed"

    def __init__(self, statement: Statement) -> None:
        super().__init__()
        self.statement = statement


class NonceUsed(Refusal):
    """A nonce serves once for what it was signed for."""

    code = "nonce_used"


class PaperAttestedBySigner(Refusal):
    """A paper is attested by a second person: neither who signed it nor on whose behalf."""

    code = "paper_attested_by_signer"


class BatchTooLarge(Refusal):
    """One signature covers at most 20 decisions."""

    code = "batch_too_large"


class ExaminedMissing(Invalid):
    """Who signs at level 2 or 3 says whether it was examined, or only its summary was read."""

    code = "examined_missing"


class KeyUnfit(Invalid):
    """The key, or what is said about it, cannot be enrolled."""

    code = "key_unfit"


class CredentialTaken(Refusal):
    """This key was enrolled before; a key is enrolled once, for one person."""

    code = "credential_taken"


class VouchedByOneself(Refusal):
    """Nobody vouches for the own key, in person or through a delegate."""

    code = "vouched_by_oneself"


class AlreadyDisputed(Refusal):
    """A dispute over this key is open, or an earlier one reached as far back."""

    code = "already_disputed"


class DisputeUnknown(Refusal):
    """No such dispute over this key."""

    code = "dispute_unknown"


class DisputeOver(Refusal):
    """The dispute was resolved before."""

    code = "dispute_over"


class ResolvedByParty(Refusal):
    """A dispute is resolved by somebody who neither holds the key nor vouched for it."""

    code = "resolved_by_party"
